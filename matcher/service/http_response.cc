#include "matcher/service/http_response.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"

namespace tallystick::matcher {
namespace {

std::string_view ReasonOf(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";  // RFC 9112, section 4: the phrase may be empty
  }
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void AppendJsonString(std::string& out, std::string_view text) {
  TS_CHECK(IsPrintable(text));
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

HttpResponse TransportRefusal(unsigned status, Literal id, Literal message) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = R"({"error":{"id":)";
  AppendJsonString(response.body, id.view());
  response.body += R"(,"message":)";
  AppendJsonString(response.body, message.view());
  response.body += "}}\n";
  if (status == 429 || status == 503) response.retry_after_seconds = 1;
  response.close_after = true;
  return response;
}

std::string ResponseHead(const HttpResponse& response, bool close) {
  TS_CHECK(response.status >= 200 && response.status <= 599);
  TS_CHECK(IsPrintable(response.content_type));
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(ReasonOf(response.status)).append("\r\n");
  // RFC 9110, 8.6: a 204 has no body and so no length.
  if (response.status != 204) {
    if (!response.body.empty()) head.append("Content-Type: " + response.content_type + "\r\n");
    head.append("Content-Length: " + std::to_string(response.body.size()) + "\r\n");
  }
  if (response.status == 405) head.append("Allow: GET, PUT, POST, DELETE\r\n");
  if (response.retry_after_seconds) {
    head.append("Retry-After: " + std::to_string(*response.retry_after_seconds) + "\r\n");
  }
  head.append("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
  head.append(close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
  return head;
}

}  // namespace tallystick::matcher

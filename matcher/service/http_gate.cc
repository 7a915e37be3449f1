#include "matcher/service/http_gate.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxContentTypeBytes = 128;
constexpr std::size_t kMaxContentLengthDigits = 18;  // fits in 64 bits
constexpr std::size_t kIdempotencyDigits = 32;

using Refused = std::optional<GateRefusal>;

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 9110, 5.6.2.
constexpr bool IsTokenChar(char c) {
  return IsDigit(c) || IsLetter(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
constexpr bool IsTargetChar(char c) {
  return IsDigit(c) || IsLetter(c) ||
         std::string_view("._~/?=&:,+@-").find(c) != std::string_view::npos;
}

template <class Predicate>
bool AllOf(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view TrimBlanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// TakeLine cuts the next line, without its CRLF, off `rest`. The scan has seen to it that every CR
// is followed by LF and the other way round.
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

std::optional<Method> MethodOf(std::string_view text) {
  if (text == "GET") return Method::kGet;
  if (text == "PUT") return Method::kPut;
  if (text == "POST") return Method::kPost;
  if (text == "DELETE") return Method::kDelete;
  return std::nullopt;
}

bool HasBody(Method method) { return method == Method::kPut || method == Method::kPost; }

// Segments of the path; the query is left alone.
bool HasOddSegment(std::string_view target) {
  std::string_view path = target.substr(0, target.find('?'));
  if (path == "/") return false;
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty() || segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

Refused CheckTarget(std::string_view target, const GateOptions& options) {
  if (target.size() > options.max_target_bytes) {
    return GateRefusal{414, "http.target-too-long", "the request target is too long"};
  }
  if (target.empty() || target.front() != '/' || !AllOf(target, IsTargetChar)) {
    return GateRefusal{400, "http.target", "the request target has a form that is not served"};
  }
  if (HasOddSegment(target)) {
    return GateRefusal{400, "http.target",
                       "the request target has an empty segment or a dot segment"};
  }
  return std::nullopt;
}

Refused ReadRequestLine(std::string_view line, const GateOptions& options, GatedHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return GateRefusal{400, "http.request-line", "the request line is malformed"};
  }
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1") {
    if (!version.starts_with("HTTP/")) {
      return GateRefusal{400, "http.request-line", "the request line is malformed"};
    }
    return GateRefusal{505, "http.version", "only HTTP/1.1 is served"};
  }
  const std::optional<Method> method = MethodOf(line.substr(0, first));
  if (!method) return GateRefusal{405, "http.method", "only GET, PUT, POST and DELETE are served"};
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (Refused refused = CheckTarget(target, options)) return refused;
  head.method = *method;
  head.target = std::string(target);
  return std::nullopt;
}

// The fields that are looked at, each of which may stand once.
struct Fields {
  std::optional<std::string_view> host, content_length, content_type, connection, expect,
      idempotency_key;
};

// SlotOf returns where the field `name` belongs, or null for one that is ignored.
std::optional<std::string_view>* SlotOf(std::string_view name, Fields& fields) {
  using Known = std::pair<std::string_view, std::optional<std::string_view>*>;
  const std::array<Known, 6> known = {{{"host", &fields.host},
                                       {"content-length", &fields.content_length},
                                       {"content-type", &fields.content_type},
                                       {"connection", &fields.connection},
                                       {"expect", &fields.expect},
                                       {"idempotency-key", &fields.idempotency_key}}};
  for (const auto& [known_name, slot] : known) {
    if (EqualIgnoringCase(name, known_name)) return slot;
  }
  return nullptr;
}

Refused CheckForbidden(std::string_view name) {
  if (EqualIgnoringCase(name, "transfer-encoding")) {
    return GateRefusal{400, "http.transfer-encoding",
                       "a transfer encoding is not accepted; send Content-Length"};
  }
  if (EqualIgnoringCase(name, "trailer")) {
    return GateRefusal{400, "http.trailer", "trailers are not accepted"};
  }
  if (EqualIgnoringCase(name, "upgrade")) {
    return GateRefusal{400, "http.upgrade", "the protocol cannot be changed"};
  }
  if (EqualIgnoringCase(name, "content-encoding")) {
    return GateRefusal{415, "http.content-encoding", "an encoded body is not accepted"};
  }
  // RFC 9110, 14.4: taking it for a whole body would replace the resource by a part of it.
  if (EqualIgnoringCase(name, "content-range")) {
    return GateRefusal{400, "http.content-range", "a part of a body is not accepted"};
  }
  return std::nullopt;
}

Refused ReadField(std::string_view line, Fields& fields) {
  // Covers folded lines, which start with a blank, and blanks before the colon.
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || !AllOf(line.substr(0, colon), IsTokenChar)) {
    return GateRefusal{400, "http.field", "a header field is malformed"};
  }
  const std::string_view name = line.substr(0, colon);
  if (Refused refused = CheckForbidden(name)) return refused;
  std::optional<std::string_view>* slot = SlotOf(name, fields);
  if (slot == nullptr) return std::nullopt;
  if (slot->has_value()) {
    return GateRefusal{400, "http.field-twice", "a header field that may stand once stands twice"};
  }
  *slot = TrimBlanks(line.substr(colon + 1));
  return std::nullopt;
}

std::string_view WithoutDefaultPort(std::string_view authority) {
  constexpr std::string_view kHttpsPort = ":443";
  if (authority.ends_with(kHttpsPort)) authority.remove_suffix(kHttpsPort.size());
  return authority;
}

Refused CheckHost(const std::optional<std::string_view>& host, const GateOptions& options) {
  const auto allowed = [](char c) {
    return IsDigit(c) || IsLetter(c) || std::string_view(".-:[]").find(c) != std::string_view::npos;
  };
  if (!host || host->empty() || !AllOf(*host, allowed)) {
    return GateRefusal{400, "http.host", "one Host field with one authority is required"};
  }
  if (!options.expected_host.empty() &&
      !EqualIgnoringCase(WithoutDefaultPort(*host), WithoutDefaultPort(options.expected_host))) {
    return GateRefusal{421, "http.host", "this server has another name; see public_url"};
  }
  return std::nullopt;
}

Refused ReadContentLength(const std::optional<std::string_view>& field, GatedHead& head) {
  if (!HasBody(head.method)) {
    if (!field) return std::nullopt;
    return GateRefusal{400, "http.content-length", "GET and DELETE have no body"};
  }
  if (!field) {
    return GateRefusal{411, "http.content-length", "PUT and POST need a Content-Length"};
  }
  const bool plain =
      !field->empty() && AllOf(*field, IsDigit) && (field->size() == 1 || field->front() != '0');
  if (!plain) return GateRefusal{400, "http.content-length", "Content-Length is malformed"};
  if (field->size() > kMaxContentLengthDigits) {
    return GateRefusal{413, "http.body-too-large", "the body is larger than this route takes"};
  }
  for (const char digit : *field) {
    head.content_length = head.content_length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return std::nullopt;
}

Refused ReadConnection(const std::optional<std::string_view>& field, GatedHead& head) {
  if (!field || EqualIgnoringCase(*field, "keep-alive")) return std::nullopt;
  if (EqualIgnoringCase(*field, "close")) {
    head.close = true;
    return std::nullopt;
  }
  return GateRefusal{400, "http.connection", "Connection may say close or keep-alive"};
}

Refused ReadExpect(const std::optional<std::string_view>& field, GatedHead& head) {
  if (!field) return std::nullopt;
  if (!HasBody(head.method) || !EqualIgnoringCase(*field, "100-continue")) {
    return GateRefusal{417, "http.expect", "only 100-continue can be expected, for a body"};
  }
  head.expects_continue = true;
  return std::nullopt;
}

Refused ReadIdempotencyKey(const std::optional<std::string_view>& field, GatedHead& head) {
  if (!field) return std::nullopt;
  const auto is_hex = [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  if (field->size() != kIdempotencyDigits || !AllOf(*field, is_hex)) {
    return GateRefusal{400, "http.idempotency-key", "Idempotency-Key must be 32 hex digits"};
  }
  head.idempotency_id = std::string(*field);
  std::transform(head.idempotency_id.begin(), head.idempotency_id.end(),
                 head.idempotency_id.begin(), Lower);
  return std::nullopt;
}

Refused ReadContentType(const std::optional<std::string_view>& field, GatedHead& head) {
  if (!field) return std::nullopt;
  if (field->size() > kMaxContentTypeBytes) {
    return GateRefusal{400, "http.content-type", "Content-Type is too long"};
  }
  head.content_type = std::string(*field);
  return std::nullopt;
}

Refused ReadFields(std::string_view rest, const GateOptions& options, GatedHead& head) {
  Fields fields;
  std::size_t count = 0;
  for (std::string_view line = TakeLine(rest); !line.empty(); line = TakeLine(rest)) {
    if (++count > options.max_fields) {
      return GateRefusal{431, "http.too-many-fields", "the header has too many fields"};
    }
    if (Refused refused = ReadField(line, fields)) return refused;
  }
  if (Refused refused = CheckHost(fields.host, options)) return refused;
  if (Refused refused = ReadContentLength(fields.content_length, head)) return refused;
  if (Refused refused = ReadConnection(fields.connection, head)) return refused;
  if (Refused refused = ReadExpect(fields.expect, head)) return refused;
  if (Refused refused = ReadIdempotencyKey(fields.idempotency_key, head)) return refused;
  return ReadContentType(fields.content_type, head);
}

}  // namespace

HeadScan ScanHead(ByteView bytes, std::size_t from) {
  // Up to three bytes of a split CRLFCRLF may stand before `from`.
  const std::size_t start = from > 3 ? from - 3 : 0;
  for (std::size_t i = start; i < bytes.size(); ++i) {
    const char c = bytes[i];
    const bool after_cr = i > 0 && bytes[i - 1] == '\r';
    if ((c == '\n') != after_cr) return {HeadScan::State::kMalformed, i};
    if (c == '\n') {
      if (i >= 3 && bytes.substr(i - 3, 4) == "\r\n\r\n") {
        return {HeadScan::State::kComplete, i + 1};
      }
      continue;
    }
    const bool printable = (c >= ' ' && c <= '~') || c == '\t' || c == '\r';
    if (!printable) return {HeadScan::State::kMalformed, i};
  }
  return {HeadScan::State::kIncomplete, 0};
}

std::variant<GatedHead, GateRefusal> PassGate(ByteView head, const GateOptions& options) {
  const HeadScan scan = ScanHead(head);
  if (scan.state != HeadScan::State::kComplete || scan.end != head.size()) {
    return GateRefusal{400, "http.malformed", "the header has bytes that HTTP does not allow"};
  }
  GatedHead gated;
  std::string_view rest = head;
  if (Refused refused = ReadRequestLine(TakeLine(rest), options, gated)) return *refused;
  if (Refused refused = ReadFields(rest, options, gated)) return *refused;
  return gated;
}

}  // namespace tallystick::matcher

#include "tests/unit/matcher/service/http_corpus.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kHost = "Host: matcher.test:8443\r\n";

std::string Get(std::string_view line, std::string_view fields) {
  return std::string(line) + "\r\n" + std::string(fields) + "\r\n";
}

std::string WithHost(std::string_view line, std::string_view fields = {}) {
  return Get(line, std::string(kHost) + std::string(fields));
}

std::string Put(std::string_view fields) { return WithHost("PUT /v1/a HTTP/1.1", fields); }

std::string Target(std::string_view target) {
  return WithHost("GET " + std::string(target) + " HTTP/1.1");
}

std::string Fields(int count) {
  std::string fields;
  for (int i = 1; i < count; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  return WithHost("GET / HTTP/1.1", fields);
}

std::string WithByte(char byte) {
  return WithHost("GET / HTTP/1.1", "X-Field: a" + std::string(1, byte) + "b\r\n");
}

void AddPassing(std::vector<CorpusCase>& cases) {
  const std::string key = "Idempotency-Key: 0123456789abcdef0123456789ABCDEF\r\n";
  cases.insert(
      cases.end(),
      {{"get", Target("/v1/status"), 0, ""},
       {"get of the root", Target("/"), 0, ""},
       {"get with a query", Target("/v1/log/entries?since=4&n=2"), 0, ""},
       {"delete", WithHost("DELETE /v1/a HTTP/1.1"), 0, ""},
       {"put", Put("Content-Length: 5\r\n"), 0, ""},
       {"empty put", Put("Content-Length: 0\r\n"), 0, ""},
       {"post", WithHost("POST /v1/a HTTP/1.1", "Content-Length: 70000\r\n"), 0, ""},
       {"field names in any case", Put("cOnTeNt-LeNgTh: 5\r\n"), 0, ""},
       {"host in any case", Get("GET / HTTP/1.1", "Host: MATCHER.test:8443\r\n"), 0, ""},
       {"blanks around a value", Put("Content-Length: \t 5 \t\r\n"), 0, ""},
       {"no blank before a value", Put("Content-Length:5\r\n"), 0, ""},
       {"unknown fields", Put("Content-Length: 5\r\nX-Trace: \"a b\"; c=1\r\nVia: 1.1 p\r\n"), 0,
        ""},
       {"an empty unknown field", WithHost("GET / HTTP/1.1", "Accept:\r\n"), 0, ""},
       {"idempotency key", Put("Content-Length: 5\r\n" + key), 0, ""},
       {"expect", Put("Content-Length: 5\r\nExpect: 100-continue\r\n"), 0, ""},
       {"connection close", WithHost("GET / HTTP/1.1", "Connection: close\r\n"), 0, ""},
       {"connection keep-alive", WithHost("GET / HTTP/1.1", "Connection: Keep-Alive\r\n"), 0, ""},
       {"32 fields", Fields(32), 0, ""},
       {"target of 512 bytes", Target("/" + std::string(511, 'a')), 0, ""},
       {"dots inside a segment", Target("/v1/..a/b../c.d"), 0, ""}});
}

void AddRequestLines(std::vector<CorpusCase>& cases) {
  cases.insert(cases.end(),
               {{"HTTP/1.0", WithHost("GET / HTTP/1.0"), 505, "http.version"},
                {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505, "http.version"},
                {"HTTP/1.1 in lower case", WithHost("GET / http/1.1"), 400, "http.request-line"},
                {"HTTP/1.10", WithHost("GET / HTTP/1.10"), 505, "http.version"},
                {"no version", WithHost("GET /"), 400, "http.request-line"},
                {"only a method", WithHost("GET"), 400, "http.request-line"},
                {"blank line first", "\r\n" + Target("/"), 400, "http.request-line"},
                {"blank first", " " + Target("/"), 405, "http.method"},
                {"two blanks", WithHost("GET  / HTTP/1.1"), 400, "http.target"},
                {"blank at the end", WithHost("GET / HTTP/1.1 "), 400, "http.request-line"},
                {"tab for a blank", WithHost("GET\t/ HTTP/1.1"), 400, "http.request-line"},
                {"blank in the target", Target("/a b"), 400, "http.target"},
                {"head", WithHost("HEAD / HTTP/1.1"), 405, "http.method"},
                {"options", WithHost("OPTIONS * HTTP/1.1"), 405, "http.method"},
                {"connect", WithHost("CONNECT matcher.test:8443 HTTP/1.1"), 405, "http.method"},
                {"trace", WithHost("TRACE / HTTP/1.1"), 405, "http.method"},
                {"patch", WithHost("PATCH / HTTP/1.1"), 405, "http.method"},
                {"method in lower case", WithHost("get / HTTP/1.1"), 405, "http.method"},
                {"binary junk", std::string("\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 11), 400,
                 "http.malformed"}});
}

void AddTargets(std::vector<CorpusCase>& cases) {
  const std::string long_target = "/" + std::string(512, 'a');
  cases.insert(cases.end(),
               {{"absolute form", Target("https://matcher.test:8443/"), 400, "http.target"},
                {"asterisk form", Target("*"), 400, "http.target"},
                {"no leading slash", Target("v1/status"), 400, "http.target"},
                {"percent", Target("/v1/%61"), 400, "http.target"},
                {"percent encoded slash", Target("/v1%2fstatus"), 400, "http.target"},
                {"double slash", Target("/v1//status"), 400, "http.target"},
                {"double slash first", Target("//v1/status"), 400, "http.target"},
                {"trailing slash", Target("/v1/status/"), 400, "http.target"},
                {"dot segment", Target("/v1/./status"), 400, "http.target"},
                {"dot dot segment", Target("/v1/../status"), 400, "http.target"},
                {"dot dot at the end", Target("/v1/.."), 400, "http.target"},
                {"dot dot before a query", Target("/v1/..?a=b"), 400, "http.target"},
                {"fragment", Target("/v1/status#a"), 400, "http.target"},
                {"backslash", Target("/v1\\status"), 400, "http.target"},
                {"quote", Target("/v1/\"a\""), 400, "http.target"},
                {"angle bracket", Target("/<script>"), 400, "http.target"},
                {"semicolon", Target("/v1;a=b"), 400, "http.target"},
                {"UTF-8", Target("/v1/\xc3\xa9"), 400, "http.malformed"},
                {"target of 513 bytes", Target(long_target), 414, "http.target-too-long"}});
}

void AddHosts(std::vector<CorpusCase>& cases) {
  const std::string line = "GET / HTTP/1.1";
  cases.insert(
      cases.end(),
      {{"no host", Get(line, ""), 400, "http.host"},
       {"empty host", Get(line, "Host:\r\n"), 400, "http.host"},
       {"two hosts", WithHost(line, "Host: other.test\r\n"), 400, "http.field-twice"},
       {"the same host twice", WithHost(line, kHost), 400, "http.field-twice"},
       {"two hosts in one", Get(line, "Host: matcher.test:8443, other.test\r\n"), 400, "http.host"},
       {"another host", Get(line, "Host: other.test:8443\r\n"), 421, "http.host"},
       {"another port", Get(line, "Host: matcher.test:8444\r\n"), 421, "http.host"},
       {"no port", Get(line, "Host: matcher.test\r\n"), 421, "http.host"},
       {"user in the host", Get(line, "Host: a@matcher.test:8443\r\n"), 400, "http.host"},
       {"path in the host", Get(line, "Host: matcher.test:8443/a\r\n"), 400, "http.host"},
       {"blank before the colon", Get(line, "Host : matcher.test:8443\r\n"), 400, "http.field"}});
}

void AddBodyFraming(std::vector<CorpusCase>& cases) {
  const std::string five = "Content-Length: 5\r\n";
  const auto get = [](std::string_view fields) { return WithHost("GET / HTTP/1.1", fields); };
  cases.insert(
      cases.end(),
      {{"put without a length", Put(""), 411, "http.content-length"},
       {"post without a length", WithHost("POST / HTTP/1.1"), 411, "http.content-length"},
       {"get with a length", get(five), 400, "http.content-length"},
       {"get with a length of zero", get("Content-Length: 0\r\n"), 400, "http.content-length"},
       {"delete with a length", WithHost("DELETE /a HTTP/1.1", five), 400, "http.content-length"},
       {"two lengths", Put(five + "Content-Length: 6\r\n"), 400, "http.field-twice"},
       {"the same length twice", Put(five + five), 400, "http.field-twice"},
       {"list of lengths", Put("Content-Length: 5, 5\r\n"), 400, "http.content-length"},
       {"plus sign", Put("Content-Length: +5\r\n"), 400, "http.content-length"},
       {"minus sign", Put("Content-Length: -5\r\n"), 400, "http.content-length"},
       {"hexadecimal length", Put("Content-Length: 0x5\r\n"), 400, "http.content-length"},
       {"length with a blank inside", Put("Content-Length: 5 5\r\n"), 400, "http.content-length"},
       {"leading zero", Put("Content-Length: 05\r\n"), 400, "http.content-length"},
       {"length with a fraction", Put("Content-Length: 5.0\r\n"), 400, "http.content-length"},
       {"empty length", Put("Content-Length:\r\n"), 400, "http.content-length"},
       {"length of 2^64", Put("Content-Length: 18446744073709551616\r\n"), 413,
        "http.body-too-large"},
       {"chunked", Put("Transfer-Encoding: chunked\r\n"), 400, "http.transfer-encoding"},
       {"chunked and a length", Put(five + "Transfer-Encoding: chunked\r\n"), 400,
        "http.transfer-encoding"},
       {"identity", Put(five + "Transfer-Encoding: identity\r\n"), 400, "http.transfer-encoding"},
       {"gzip, chunked", Put("Transfer-Encoding: gzip, chunked\r\n"), 400,
        "http.transfer-encoding"},
       {"xchunked", Put(five + "Transfer-Encoding: xchunked\r\n"), 400, "http.transfer-encoding"},
       {"empty transfer encoding", Put(five + "Transfer-Encoding:\r\n"), 400,
        "http.transfer-encoding"},
       {"chunked get", get("transfer-encoding: chunked\r\n"), 400, "http.transfer-encoding"},
       {"transfer encoding behind a tab", Put(five + "Transfer-Encoding\t: chunked\r\n"), 400,
        "http.field"},
       {"trailer", Put(five + "Trailer: X-Sum\r\n"), 400, "http.trailer"},
       {"upgrade", get("Connection: upgrade\r\nUpgrade: websocket\r\n"), 400, "http.upgrade"},
       {"connection upgrade", get("Connection: Upgrade\r\n"), 400, "http.connection"},
       {"connection naming a field", get("Connection: close, X-A\r\n"), 400, "http.connection"},
       {"content encoding", Put(five + "Content-Encoding: gzip\r\n"), 415, "http.content-encoding"},
       {"content range", Put(five + "Content-Range: bytes 0-4/10\r\n"), 400, "http.content-range"},
       {"another expectation", Put(five + "Expect: 200-ok\r\n"), 417, "http.expect"},
       {"get that expects", get("Expect: 100-continue\r\n"), 417, "http.expect"}});
}

void AddFields(std::vector<CorpusCase>& cases) {
  const auto get = [](std::string_view fields) { return WithHost("GET / HTTP/1.1", fields); };
  const std::string key = "Idempotency-Key: 0123456789abcdef0123456789abcdef\r\n";
  cases.insert(
      cases.end(),
      {{"folded value", get("X-Field: a\r\n b\r\n"), 400, "http.field"},
       {"folded with a tab", get("X-Field: a\r\n\tb\r\n"), 400, "http.field"},
       {"folded first line", Get("GET / HTTP/1.1", " Host: matcher.test:8443\r\n"), 400,
        "http.field"},
       {"no colon", get("X-Field\r\n"), 400, "http.field"},
       {"empty name", get(": a\r\n"), 400, "http.field"},
       {"name with a slash", get("X/Field: a\r\n"), 400, "http.field"},
       {"name with a bracket", get("X(Field): a\r\n"), 400, "http.field"},
       {"33 fields", Fields(33), 431, "http.too-many-fields"},
       {"short idempotency key", get("Idempotency-Key: 0123\r\n"), 400, "http.idempotency-key"},
       {"idempotency key that is no hex", get("Idempotency-Key: " + std::string(32, 'g') + "\r\n"),
        400, "http.idempotency-key"},
       {"two idempotency keys", get(key + key), 400, "http.field-twice"},
       {"two content types", get("Content-Type: a/b\r\nContent-Type: a/b\r\n"), 400,
        "http.field-twice"},
       {"long content type", get("Content-Type: " + std::string(129, 'a') + "\r\n"), 400,
        "http.content-type"},
       {"NUL in a value", WithByte('\0'), 400, "http.malformed"},
       {"escape in a value", WithByte('\x1b'), 400, "http.malformed"},
       {"delete character in a value", WithByte('\x7f'), 400, "http.malformed"},
       {"byte above ASCII in a value", WithByte('\xff'), 400, "http.malformed"},
       {"bare CR in a value", WithByte('\r'), 400, "http.malformed"},
       {"bare LF in a value", WithByte('\n'), 400, "http.malformed"},
       {"bare LF line ends", "GET / HTTP/1.1\nHost: matcher.test:8443\n\n", 400,
        "http.malformed"}});
}

}  // namespace

std::vector<CorpusCase> HttpCorpus() {
  std::vector<CorpusCase> cases;
  AddPassing(cases);
  AddRequestLines(cases);
  AddTargets(cases);
  AddHosts(cases);
  AddBodyFraming(cases);
  AddFields(cases);
  return cases;
}

}  // namespace tallystick::matcher

// The HTTP gate: a header arriving in pieces is scanned as it would be whole, and what passes keeps
// the promises of http_gate.h.
#include <algorithm>
#include <variant>

#include "base/check.h"
#include "matcher/service/http_gate.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

using matcher::GatedHead;
using matcher::GateRefusal;
using matcher::HeadScan;
using matcher::Method;

bool Same(const HeadScan& a, const HeadScan& b) { return a.state == b.state && a.end == b.end; }

// Scans the input in pieces of `step` bytes until there is a verdict.
HeadScan ScanInPieces(ByteView input, std::size_t step) {
  HeadScan scan;
  std::size_t seen = 0;
  while (scan.state == HeadScan::State::kIncomplete && seen < input.size()) {
    const std::size_t next = std::min(input.size(), seen + step);
    scan = matcher::ScanHead(input.substr(0, next), seen);
    seen = next;
  }
  return scan;
}

bool IsPlain(char c) { return c >= ' ' && c <= '~'; }

void CheckPassed(const GatedHead& head, ByteView bytes) {
  TS_CHECK(!head.target.empty() && head.target.front() == '/' && head.target.size() <= 512);
  TS_CHECK(std::all_of(head.target.begin(), head.target.end(), IsPlain));
  const std::string path = head.target.substr(0, head.target.find('?')) + "/";
  TS_CHECK(path == "//" || path.find("//") == std::string::npos);
  TS_CHECK(path.find("/./") == std::string::npos && path.find("/../") == std::string::npos);
  TS_CHECK(head.content_type.size() <= 128);
  TS_CHECK(head.idempotency_id.empty() || head.idempotency_id.size() == 32);
  const bool has_body = head.method == Method::kPut || head.method == Method::kPost;
  TS_CHECK(has_body || (head.content_length == 0 && !head.expects_continue));
  std::string lower(bytes);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* refused : {"transfer-encoding", "trailer", "upgrade", "content-range"}) {
    TS_CHECK(lower.find("\r\n" + std::string(refused) + ":") == std::string::npos);
  }
  for (const char* once : {"\r\nhost:", "\r\ncontent-length:", "\r\nconnection:"}) {
    TS_CHECK(lower.find(once) == lower.rfind(once));
  }
}

}  // namespace

bool FuzzOne(ByteView input) {
  const HeadScan scan = matcher::ScanHead(input);
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{16}}) {
    const HeadScan pieces = ScanInPieces(input, step);
    TS_CHECK(Same(pieces, scan));
  }
  matcher::GateOptions options;
  const auto any_host = matcher::PassGate(input, options);
  options.expected_host = "match.example.org";
  const auto our_host = matcher::PassGate(input, options);
  if (const auto* refusal = std::get_if<GateRefusal>(&any_host)) {
    TS_CHECK(refusal->status >= 400 && refusal->status < 600);
    TS_CHECK(std::holds_alternative<GateRefusal>(our_host));
    return false;
  }
  TS_CHECK(scan.state == HeadScan::State::kComplete && scan.end == input.size());
  CheckPassed(std::get<GatedHead>(any_host), input);
  return true;
}

}  // namespace tallystick

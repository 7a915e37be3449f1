// The HTTP policy gate (reliability.md, rule 7). HTTP parsers are lenient where two readers of one
// byte stream can disagree about where a request ends; Beast 1.81 takes `Transfer-Encoding:
// identity` for a request without a body, two Hosts and `Content-Length: 5, 5`. The gate reads the
// raw header and lets through a small, unambiguous part of HTTP/1.1 (RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/bytes.h"
#include "base/literal.h"
#include "matcher/service/http_message.h"

namespace tallystick::matcher {

struct GateOptions {
  // The authority that Host must name, ignoring case and a port of 443; empty: any one Host.
  std::string expected_host;
  std::size_t max_fields = 32;
  std::size_t max_target_bytes = 512;
};

// GatedHead is a request header that has passed.
struct GatedHead {
  Method method = Method::kGet;
  std::string target;
  std::string content_type;
  std::string idempotency_id;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool close = false;  // the client asked for it
};

// GateRefusal is the answer that the header deserves. Its words are literals: no byte of the
// request comes back.
struct GateRefusal {
  unsigned status = 400;
  Literal id;
  Literal message;
};

// HeadScan says how far a header that is still arriving has come.
struct HeadScan {
  enum class State { kIncomplete, kComplete, kMalformed };
  State state = State::kIncomplete;
  std::size_t end = 0;  // kComplete: the offset after the blank line
};

// ScanHead looks for the blank line that ends the header. It is kMalformed as soon as a byte shows
// up that no header may hold (NUL and other controls, a bare LF or CR, 0x80 and above), so that a
// sender of those is answered at once. `from` is where the last scan stopped, as an optimisation:
// bytes before it are known to be fine.
HeadScan ScanHead(ByteView bytes, std::size_t from = 0);

// PassGate takes a whole header with its blank line. What it lets through:
//
//   request line   GET, PUT, POST or DELETE, one space, target, one space, HTTP/1.1
//   target         origin-form, at most max_target_bytes of [A-Za-z0-9._~/?=&:,+@-]; no empty, `.`
//                  or `..` segment (a trailing slash is an empty segment; `/` alone is fine)
//   fields         at most max_fields; a name is a token directly followed by a colon; no folding
//   Host           exactly one, as expected
//   Content-Length exactly one of plain digits without leading zeros for PUT and POST; none for GET
//                  and DELETE
//   Connection     at most one, `close` or `keep-alive`
//   Expect         at most one, `100-continue`, with PUT and POST only
//   Content-Type   at most one, at most 128 bytes
//   Idempotency-Key  at most one, 32 hex digits; passed on in lower case
//   refused        Transfer-Encoding, Trailer, Upgrade, Content-Encoding, Content-Range
//
// Other fields are ignored. Pure; cost: a few µs.
std::variant<GatedHead, GateRefusal> PassGate(ByteView head, const GateOptions& options);

}  // namespace tallystick::matcher

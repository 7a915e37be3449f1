#pragma once

#include <cstdint>
#include <variant>

#include "base/literal.h"
#include "matcher/service/http_message.h"

namespace tallystick::matcher {

// Handler is the matcher's business as HttpsServer calls it.
//
// Thread safety: the implementation must allow calls from several threads at once.
class Handler {
 public:
  virtual ~Handler() = default;

  // Admit decides about a request from its header, before any byte of the body is read: it returns
  // how many bytes the body may have, or the answer that refuses (no such route, no certificate,
  // wrong role). `head.body` is empty. Called on the one I/O thread: it must not block.
  virtual std::variant<std::uint64_t, HttpResponse> Admit(const HttpRequest& head) = 0;

  // Handle answers an admitted request. Called on a worker; it may block. An exception becomes a
  // 500 without detail.
  virtual HttpResponse Handle(HttpRequest request) = 0;

  // Refused tells that the transport itself turned somebody away: "tls.handshake",
  // "tls.peer-identity", or the "http.…" id of the answer. For counting; on the I/O thread, so it
  // must not block.
  virtual void Refused(Literal id) { static_cast<void>(id); }
};

}  // namespace tallystick::matcher

// Requests and answers as the matcher's business sees them: no type of a network library.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "crypto/tls.h"

namespace tallystick::matcher {

enum class Method { kGet, kPut, kPost, kDelete };

// HttpRequest has passed the gate (http_gate.h): its fields have the forms given here.
struct HttpRequest {
  Method method = Method::kGet;
  std::string target;          // origin-form, see PassGate()
  std::string idempotency_id;  // header Idempotency-Key: 32 lower-case hex digits, or empty
  std::string content_type;    // as sent, or empty
  Bytes body;
  // Whom the TLS handshake proved. nullopt: no certificate. The certificate's chain and dates held
  // when the connection was made; whether its key is registered, and still is, is not checked.
  std::optional<crypto::PeerIdentity> peer;
};

// HttpResponse: an answer with a status of 400 or more always ends the connection.
struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/x-protobuf";
  Bytes body;
  std::optional<unsigned> retry_after_seconds;
  bool close_after = false;
};

}  // namespace tallystick::matcher

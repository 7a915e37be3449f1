// HttpsClient speaks HTTP/1.1 over TLS 1.3 to one matcher, through libcurl for its proxies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/tls.h"

namespace tallystick::client {

struct HttpsClientOptions {
  // "https://host[:port]", with an optional slash at the end.
  std::string base_url;
  crypto::ClientTlsOptions tls;
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds total_timeout{300};  // of one request with its answer
  std::uint64_t max_response_bytes = 64ull << 20;
};

struct HttpsResponse {
  unsigned status = 0;
  std::string content_type;
  Bytes body;
  std::optional<unsigned> retry_after_seconds;
};

// HttpsClient keeps its connection open between requests. It follows no redirect and tries nothing
// twice, except a request on a kept connection that the server had already closed. A proxy is taken
// from https_proxy, HTTPS_PROXY or ALL_PROXY as curl does, but never towards a loopback address.
//
// Thread safety: none; one per thread.
class HttpsClient {
 public:
  // Create fails with kInvalidArgument "net.url", or "tls.options" from the first look at the
  // certificates. It connects to nobody.
  static Result<HttpsClient> Create(HttpsClientOptions options);

  HttpsClient(HttpsClient&&) noexcept;
  HttpsClient& operator=(HttpsClient&&) noexcept;
  ~HttpsClient();

  // Send sends one request and returns the answer, whatever its status. `method` is GET, PUT, POST
  // or DELETE; `target` starts with a slash; `body` must be empty for GET and DELETE;
  // `idempotency_id` is 32 hex digits or empty. A POST is application/x-protobuf, a PUT
  // application/octet-stream. An Error says that no whole answer came, so that the effect is
  // unknown:
  //
  //   kUnavailable "net.unreachable"  no connection, or it broke
  //   kUnavailable "net.timeout"
  //   kUnavailable "net.proxy"        the proxy refuses (with its status)
  //   kUnavailable "net.tls"          either side does not accept the other: trying again is no use
  //   kExhausted "net.response-too-large"
  Result<HttpsResponse> Send(std::string_view method, std::string_view target, ByteView body,
                             std::string_view idempotency_id = {});

  // How many connections it has made, for tests and diagnostics.
  std::uint64_t connection_count() const;

 private:
  class Transfer;

  explicit HttpsClient(std::unique_ptr<Transfer> transfer);

  std::unique_ptr<Transfer> transfer_;
};

}  // namespace tallystick::client

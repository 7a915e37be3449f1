#include "client/https_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

namespace tallystick::client {
namespace {

constexpr long kTransferBufferBytes = 256 * 1024;

struct FreeHeaders {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, FreeHeaders>;

void Append(Headers& headers, const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
  TS_CHECK(longer != nullptr);
  static_cast<void>(headers.release());
  headers.reset(longer);
}

void InitialiseCurlOnce() {
  static std::once_flag once;
  std::call_once(once, [] { TS_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

// Our TLS rules are set on an SSL_CTX, which only this flavour of libcurl hands out.
bool CurlUsesOpenSsl() {
  const char* const name = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return name != nullptr && std::string_view(name).starts_with("OpenSSL/");
}

// SplitBaseUrl reads the host (an IPv6 address in brackets) from "https://host[:port]"; false when
// it is anything else.
bool SplitBaseUrl(const std::string& url, std::string* host) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  TS_CHECK(parsed != nullptr);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return false;
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, 0) != CURLUE_OK) return std::string();
    std::string copy(text);
    curl_free(text);
    return copy;
  };
  *host = part(CURLUPART_HOST);
  const std::string path = part(CURLUPART_PATH);
  return part(CURLUPART_SCHEME) == "https" && !host->empty() && (path.empty() || path == "/") &&
         part(CURLUPART_USER).empty() && part(CURLUPART_QUERY).empty() &&
         part(CURLUPART_FRAGMENT).empty();
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") ||
         host == "[::1]";
}

bool IsTlsFailure(CURLcode code, std::string_view detail) {
  constexpr CURLcode kAlways[] = {
      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,         CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE,       CURLE_SSL_ISSUER_ERROR,        CURLE_SSL_INVALIDCERTSTATUS,
      CURLE_SSL_ENGINE_INITFAILED,    CURLE_SSL_PINNEDPUBKEYNOTMATCH};
  if (std::find(std::begin(kAlways), std::end(kAlways), code) != std::end(kAlways)) return true;
  // In TLS 1.3 the server judges our certificate after our side of the handshake is over, so its
  // alert comes with the first read or write. A connection that merely broke is no judgement.
  const bool may_be = code == CURLE_SSL_CONNECT_ERROR || code == CURLE_RECV_ERROR ||
                      code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING;
  return may_be && detail.find("SSL routines") != std::string_view::npos &&
         detail.find("unexpected eof") == std::string_view::npos;
}

}  // namespace

// Transfer owns one libcurl handle, and with it the connection. libcurl keeps pointers to it.
class HttpsClient::Transfer {
 public:
  explicit Transfer(HttpsClientOptions options)
      : options_(std::move(options)), curl_(curl_easy_init(), curl_easy_cleanup) {
    TS_CHECK(curl_ != nullptr);
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
  }

  void Configure(std::string_view host) {
    Set(CURLOPT_PROTOCOLS_STR, "https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_TCP_NODELAY, 1L);
    Set(CURLOPT_USERAGENT, "tallystick");
    Set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    Set(CURLOPT_BUFFERSIZE, kTransferBufferBytes);
    Set(CURLOPT_UPLOAD_BUFFERSIZE, kTransferBufferBytes);
    Set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(options_.connect_timeout.count()));
    Set(CURLOPT_TIMEOUT, static_cast<long>(options_.total_timeout.count()));
    Set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.max_response_bytes));
    Set(CURLOPT_ERRORBUFFER, detail_.data());
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    // The proxy and its credentials come from the environment, as curl's users expect.
    Set(CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_ANY));
    if (IsLoopback(host)) Set(CURLOPT_PROXY, "");

    Set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    Set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    // Without this the system's anchors would be loaded for each connection (some 20 ms), only to
    // be dropped by ConfigureClientContext().
    Set(CURLOPT_CAINFO, nullptr);
    Set(CURLOPT_CAPATH, nullptr);
    Set(CURLOPT_CA_CACHE_TIMEOUT, 0L);
    Set(CURLOPT_SSL_CTX_FUNCTION, &Transfer::OnTlsContext);
    Set(CURLOPT_SSL_CTX_DATA, this);
  }

  Result<HttpsResponse> Perform(std::string_view method, std::string_view target, ByteView body,
                                std::string_view idempotency_id) {
    const bool has_body = method == "PUT" || method == "POST";
    TS_CHECK(has_body || ((method == "GET" || method == "DELETE") && body.empty()));
    TS_CHECK(target.starts_with('/'));

    Headers headers;
    Append(headers, "Expect:");  // the server refuses before the body by itself
    Append(headers, "Accept:");
    if (has_body) {
      Append(headers, method == "PUT" ? "Content-Type: application/octet-stream"
                                      : "Content-Type: application/x-protobuf");
    }
    if (!idempotency_id.empty()) {
      Append(headers, "Idempotency-Key: " + std::string(idempotency_id));
    }
    Set(CURLOPT_HTTPHEADER, headers.get());
    Set(CURLOPT_URL, (options_.base_url + std::string(target)).c_str());
    if (has_body) {
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      Set(CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());  // read in place, not copied
    } else {
      Set(CURLOPT_HTTPGET, 1L);
    }
    Set(CURLOPT_CUSTOMREQUEST, std::string(method).c_str());

    response_ = {};
    too_large_ = false;
    tls_error_.reset();
    detail_.fill('\0');
    const CURLcode code = curl_easy_perform(curl_.get());
    Set(CURLOPT_HTTPHEADER, nullptr);
    Set(CURLOPT_POSTFIELDS, nullptr);
    connection_count_ += static_cast<std::uint64_t>(Info<long>(CURLINFO_NUM_CONNECTS));
    if (code != CURLE_OK) return ErrorOf(code);
    return TakeResponse();
  }

  std::uint64_t connection_count() const { return connection_count_; }

 private:
  template <class Value>
  void Set(CURLoption option, Value value) {
    TS_CHECK(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }

  template <class Value>
  Value Info(CURLINFO info) const {
    Value value{};
    TS_CHECK(curl_easy_getinfo(curl_.get(), info, &value) == CURLE_OK);
    return value;
  }

  HttpsResponse TakeResponse() {
    response_.status = static_cast<unsigned>(Info<long>(CURLINFO_RESPONSE_CODE));
    const char* const content_type = Info<char*>(CURLINFO_CONTENT_TYPE);
    if (content_type != nullptr) response_.content_type = content_type;
    const auto retry_after = Info<curl_off_t>(CURLINFO_RETRY_AFTER);
    if (retry_after > 0) response_.retry_after_seconds = static_cast<unsigned>(retry_after);
    return std::exchange(response_, {});
  }

  Error ErrorOf(CURLcode code) {
    response_ = {};
    if (tls_error_) return *std::exchange(tls_error_, std::nullopt);
    if (too_large_ || code == CURLE_FILESIZE_EXCEEDED) {
      return Error(Code::kExhausted, "net.response-too-large",
                   "the matcher's answer is larger than this program takes")
          .With("limit_bytes", options_.max_response_bytes);
    }
    const auto proxy_status = Info<long>(CURLINFO_HTTP_CONNECTCODE);
    if (proxy_status != 0 && proxy_status / 100 != 2) {
      return Error(Code::kUnavailable, "net.proxy", "the proxy does not let this program through")
          .With("status", static_cast<std::uint64_t>(proxy_status));
    }
    // A proxy that wants credentials, or any failure of a name or a port, is "unreachable".
    const auto number = static_cast<std::uint64_t>(code);
    if (IsTlsFailure(code, detail_.data())) {
      return Error(Code::kUnavailable, "net.tls",
                   "the TLS connection to the matcher was refused: its certificate, or ours, is "
                   "not accepted")
          .With("curl", number);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
      return Error(Code::kUnavailable, "net.timeout", "the matcher did not answer in time")
          .With("curl", number);
    }
    return Error(Code::kUnavailable, "net.unreachable",
                 "the matcher cannot be reached, or the connection broke")
        .With("curl", number);
  }

  static std::size_t OnBody(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    Bytes& body = transfer.response_.body;
    if (body.size() + size > transfer.options_.max_response_bytes) {
      transfer.too_large_ = true;
      return 0;
    }
    if (body.empty()) {
      const auto announced = transfer.Info<curl_off_t>(CURLINFO_CONTENT_LENGTH_DOWNLOAD_T);
      // Bounded by CURLOPT_MAXFILESIZE_LARGE.
      if (announced > 0) body.reserve(static_cast<std::size_t>(announced));
    }
    body.append(data, size);
    return size;
  }

  static CURLcode OnTlsContext(CURL*, void* context, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    Status status =
        crypto::ConfigureClientContext(static_cast<ssl_ctx_st*>(context), transfer.options_.tls);
    if (status.ok()) return CURLE_OK;
    transfer.tls_error_ = std::move(status).error();
    return CURLE_SSL_CERTPROBLEM;
  }

  HttpsClientOptions options_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  HttpsResponse response_;
  std::optional<Error> tls_error_;
  bool too_large_ = false;
  std::uint64_t connection_count_ = 0;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

HttpsClient::HttpsClient(std::unique_ptr<Transfer> transfer) : transfer_(std::move(transfer)) {}
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient& HttpsClient::operator=(HttpsClient&&) noexcept = default;
HttpsClient::~HttpsClient() = default;

Result<HttpsClient> HttpsClient::Create(HttpsClientOptions options) {
  InitialiseCurlOnce();
  if (!CurlUsesOpenSsl()) {
    return Error(Code::kFailedPrecondition, "net.libcurl",
                 "this libcurl does not use OpenSSL; install libcurl4");
  }
  std::string host;
  if (!SplitBaseUrl(options.base_url, &host)) {
    return Error(Code::kInvalidArgument, "net.url",
                 "a matcher's address has the form https://host or https://host:port");
  }
  TS_RETURN_IF_ERROR(crypto::TlsContext::Client(options.tls));
  auto transfer = std::make_unique<Transfer>(std::move(options));
  transfer->Configure(host);
  return HttpsClient(std::move(transfer));
}

Result<HttpsResponse> HttpsClient::Send(std::string_view method, std::string_view target,
                                        ByteView body, std::string_view idempotency_id) {
  return transfer_->Perform(method, target, body, idempotency_id);
}

std::uint64_t HttpsClient::connection_count() const { return transfer_->connection_count(); }

}  // namespace tallystick::client

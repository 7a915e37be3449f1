// TestWorld is a matcher's CA with server and client certificates, and a handler to talk to.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/tls.h"
#include "crypto/x509.h"
#include "matcher/service/handler.h"
#include "matcher/service/https_server.h"

namespace tallystick::matcher {

// A handler that echoes. Targets:
//   /echo (any method, 64 KiB)  /big (8 MiB, answers with the size)  /count:N (answers N bytes)
//   /open (without certificate)  /wait (until Release())  /throw  /refuse (403 from Handle)
// Everything but /open wants a certificate, and the URIs in `revoked` get 403.
class EchoHandler final : public Handler {
 public:
  std::variant<std::uint64_t, HttpResponse> Admit(const HttpRequest& head) override;
  HttpResponse Handle(HttpRequest request) override;
  void Refused(Literal id) override;

  void Revoke(const std::string& uri);
  void Release();
  // Waits until `count` requests are inside /wait.
  void AwaitWaiting(int count);
  // Waits until `id` has been refused at least once: a client may hear of it first.
  void AwaitRefused(std::string_view id);
  int handled_count() const { return handled_count_; }
  HttpRequest last() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  int waiting_count_ = 0;
  std::vector<std::string> revoked_;
  std::map<std::string, int, std::less<>> refused_;
  HttpRequest last_;
  std::atomic<int> handled_count_{0};
};

// A client's certificate and key, in PEM.
struct ClientCredentials {
  Bytes certificate_pem;
  Bytes key_pem;
};

class TestWorld {
 public:
  static constexpr std::string_view kUri = "tallystick:institution:csun";

  TestWorld();

  crypto::TlsContext ServerTls() const;
  crypto::ClientTlsOptions ClientTls(const ClientCredentials& credentials) const;
  crypto::ClientTlsOptions ClientTls() const { return ClientTls(Issue(authority_)); }
  crypto::ClientTlsOptions AnonymousTls() const { return ClientTls(ClientCredentials()); }
  // Valid from yesterday until `not_after`, by default tomorrow.
  ClientCredentials Issue(const crypto::CertificateAuthority& authority) const;
  ClientCredentials IssueUntil(Time not_after) const;

  std::unique_ptr<HttpsServer> Start(ServerOptions options, Handler& handler) const;

  const crypto::CertificateAuthority& authority() const { return authority_; }
  Time now() const { return now_; }

 private:
  Time now_;
  crypto::CertificateAuthority authority_;
};

}  // namespace tallystick::matcher

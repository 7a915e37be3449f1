#include "tests/unit/matcher/service/test_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace tallystick::matcher {
namespace {

Bytes PemOf(const crypto::TlsKey& key) {
  return key.ToPem().Expose([](ByteView pem) { return Bytes(pem); });
}

HttpResponse Forbidden(Bytes body) {
  HttpResponse response;
  response.status = 403;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

}  // namespace

std::variant<std::uint64_t, HttpResponse> EchoHandler::Admit(const HttpRequest& head) {
  if (head.target == "/open") return std::uint64_t{1024};
  if (!head.peer) return Forbidden("no certificate");
  {
    const std::lock_guard lock(mutex_);
    if (std::find(revoked_.begin(), revoked_.end(), head.peer->uri) != revoked_.end()) {
      return Forbidden("revoked");
    }
  }
  if (head.target == "/admit-throws") throw std::runtime_error("admit");
  return head.target == "/big" ? std::uint64_t{8} << 20 : std::uint64_t{64} << 10;
}

HttpResponse EchoHandler::Handle(HttpRequest request) {
  ++handled_count_;
  HttpResponse response;
  response.content_type = "text/plain";
  if (request.target == "/throw") throw std::runtime_error("handle");
  if (request.target == "/refuse") return Forbidden("no");
  if (request.target == "/wait") {
    std::unique_lock lock(mutex_);
    ++waiting_count_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return released_; });
  }
  if (request.target.starts_with("/count:")) {
    response.body.assign(static_cast<std::size_t>(std::atoll(request.target.c_str() + 7)), 'c');
    return response;
  }
  if (request.target == "/big") {
    response.body = std::to_string(request.body.size());
    return response;
  }
  response.body = request.body;
  const std::lock_guard lock(mutex_);
  last_ = std::move(request);
  return response;
}

void EchoHandler::Refused(Literal id) {
  const std::lock_guard lock(mutex_);
  ++refused_[std::string(id.view())];
  changed_.notify_all();
}

void EchoHandler::AwaitRefused(std::string_view id) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20),
                                [&] { return refused_.find(id) != refused_.end(); }));
}

void EchoHandler::Revoke(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  revoked_.push_back(uri);
}

void EchoHandler::Release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void EchoHandler::AwaitWaiting(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_count_ >= count; });
}

HttpRequest EchoHandler::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

TestWorld::TestWorld()
    : now_(SystemClock().Now()),
      authority_(crypto::CertificateAuthority::Create("test matcher", now_).value()) {}

crypto::TlsContext TestWorld::ServerTls() const {
  const crypto::TlsKey key = crypto::TlsKey::Generate();
  const std::vector<std::string> hosts = {"127.0.0.1", "::1", "localhost"};
  crypto::ServerTlsOptions options;
  options.certificate_chain_pem =
      authority_.IssueServer(key, hosts, now_ - std::chrono::hours(1), now_ + std::chrono::days(1))
          .value() +
      authority_.certificate_pem();
  options.key_pem = PemOf(key);
  options.client_ca_pem = authority_.certificate_pem();
  return crypto::TlsContext::Server(options).value();
}

crypto::ClientTlsOptions TestWorld::ClientTls(const ClientCredentials& credentials) const {
  crypto::ClientTlsOptions options;
  options.ca_pem = authority_.certificate_pem();
  options.certificate_pem = credentials.certificate_pem;
  options.key_pem = credentials.key_pem;
  return options;
}

ClientCredentials TestWorld::Issue(const crypto::CertificateAuthority& authority) const {
  const crypto::TlsKey key = crypto::TlsKey::Generate();
  const Bytes csr = crypto::MakeCsr(key, kUri).value();
  return {
      authority.IssueClient(csr, kUri, now_ - std::chrono::hours(1), now_ + std::chrono::days(1))
          .value(),
      PemOf(key)};
}

ClientCredentials TestWorld::IssueUntil(Time not_after) const {
  const crypto::TlsKey key = crypto::TlsKey::Generate();
  const Bytes csr = crypto::MakeCsr(key, kUri).value();
  return {authority_.IssueClient(csr, kUri, now_ - std::chrono::hours(1), not_after).value(),
          PemOf(key)};
}

std::unique_ptr<HttpsServer> TestWorld::Start(ServerOptions options, Handler& handler) const {
  return HttpsServer::Start(std::move(options), ServerTls(), handler).value();
}

}  // namespace tallystick::matcher

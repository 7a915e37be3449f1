// Loopback, client and server in one process. The matcher's promise: uploads above 200 MB/s.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "client/https_client.h"
#include "crypto/x509.h"
#include "matcher/service/https_server.h"

namespace tallystick::matcher {
namespace {

class SizeHandler final : public Handler {
 public:
  std::variant<std::uint64_t, HttpResponse> Admit(const HttpRequest&) override {
    return std::uint64_t{64} << 20;
  }
  HttpResponse Handle(HttpRequest request) override {
    HttpResponse response;
    response.body = std::to_string(request.body.size());
    return response;
  }
};

Bytes PemOf(const crypto::TlsKey& key) {
  return key.ToPem().Expose([](ByteView pem) { return Bytes(pem); });
}

// A server and what a client of it needs.
class World {
 public:
  World() {
    const Time now = SystemClock().Now();
    const Time later = now + std::chrono::days(1);
    const auto authority = crypto::CertificateAuthority::Create("benchmark", now).value();
    const auto server_key = crypto::TlsKey::Generate();
    const std::vector<std::string> hosts = {"127.0.0.1"};
    crypto::ServerTlsOptions server_tls;
    server_tls.certificate_chain_pem =
        authority.IssueServer(server_key, hosts, now, later).value() + authority.certificate_pem();
    server_tls.key_pem = PemOf(server_key);
    server_tls.client_ca_pem = authority.certificate_pem();
    server_ =
        HttpsServer::Start({}, crypto::TlsContext::Server(server_tls).value(), handler_).value();

    constexpr std::string_view kUri = "tallystick:institution:csun";
    const auto client_key = crypto::TlsKey::Generate();
    client_.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    client_.tls.ca_pem = authority.certificate_pem();
    client_.tls.certificate_pem =
        authority.IssueClient(crypto::MakeCsr(client_key, kUri).value(), kUri, now, later).value();
    client_.tls.key_pem = PemOf(client_key);
  }

  client::HttpsClient Connect() const { return client::HttpsClient::Create(client_).value(); }

 private:
  SizeHandler handler_;
  std::unique_ptr<HttpsServer> server_;
  client::HttpsClientOptions client_;
};

const World& SharedWorld() {
  static const World world;
  return world;
}

void BM_PutBody(benchmark::State& state) {
  client::HttpsClient client = SharedWorld().Connect();
  const Bytes body(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    const auto response = client.Send("PUT", "/chunk", body);
    if (!response.ok() || response->status != 200) state.SkipWithError("no answer");
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PutBody)
    ->ArgName("bytes")
    ->Arg(0)
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Arg(4 << 20)
    ->UseRealTime();
BENCHMARK(BM_PutBody)->ArgName("bytes")->Arg(4 << 20)->Threads(2)->UseRealTime();

void BM_ConnectAndGet(benchmark::State& state) {
  for (auto _ : state) {
    client::HttpsClient client = SharedWorld().Connect();
    const auto response = client.Send("GET", "/status", {});
    if (!response.ok() || response->status != 200) state.SkipWithError("no answer");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ConnectAndGet)->UseRealTime();

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();

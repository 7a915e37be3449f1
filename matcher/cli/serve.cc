#include "matcher/cli/serve.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "base/log.h"
#include "matcher/cli/administration.h"
#include "matcher/cli/matcher_home.h"
#include "matcher/release/pipeline.h"
#include "matcher/service/admin_socket.h"
#include "matcher/service/https_server.h"
#include "matcher/service/matcher_service.h"
#include "proto/codec.h"
#include "proto/errors.h"
#include "storage/disk_space.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

// Blocks the signals in this and all later threads and returns a descriptor that reports them.
int StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

// Waits for a stop signal and calls `hourly` meanwhile.
template <class Hourly>
void AwaitSignal(int descriptor, Hourly hourly) {
  constexpr int kHourMilliseconds = 3'600'000;
  for (;;) {
    pollfd stop{descriptor, POLLIN, 0};
    const int ready = ::poll(&stop, 1, kHourMilliseconds);
    if (ready > 0) return;
    if (ready == 0) hourly();
  }
}

ExitCode FatalExitCode(const Error& error) {
  return error.id() == "storage.fsync-failed" ? ExitCode::kFsyncFailed
                                              : ExitCode::kAuditLogNotWritable;
}

Result<ServerOptions> OptionsOf(const Config& config) {
  TS_ASSIGN_OR_RETURN(const HostPort address, SplitHostPort(config.listen));
  ServerOptions options;
  options.listen_address = address.host;
  options.port = address.port;
  TS_ASSIGN_OR_RETURN(options.expected_host, AuthorityOf(PublicUrl(config)));
  options.max_connections = config.limits.connections;
  options.max_connections_per_address = config.limits.connections_per_address;
  options.worker_threads = config.limits.worker_threads;
  options.max_queued_requests = config.limits.queued_requests;
  options.max_header_bytes = config.limits.header_bytes;
  options.max_fields = config.limits.header_fields;
  options.max_target_bytes = config.limits.target_bytes;
  options.max_body_bytes_in_flight = config.limits.bodies_in_flight_mib << 20;
  options.handshake_timeout = config.timeouts.handshake;
  options.header_timeout = config.timeouts.header;
  options.idle_timeout = config.timeouts.idle;
  options.min_body_bytes_per_second = config.timeouts.body_bytes_per_second;
  options.transfer_grace = config.timeouts.transfer_grace;
  return options;
}

Result<crypto::TlsContext> ServerTls(const std::filesystem::path& home, const Config& config,
                                     const MatcherKeys& keys, Time now) {
  TS_ASSIGN_OR_RETURN(const ServerCertificate certificate,
                      EnsureServerCertificate(home, config, keys, now));
  crypto::ServerTlsOptions options;
  options.certificate_chain_pem = certificate.chain_pem;
  options.key_pem = certificate.key_pem;
  options.client_ca_pem = keys.authority.certificate_pem();
  return crypto::TlsContext::Server(options);
}

}  // namespace

Result<ExitCode> Serve(const ServeOptions& options) {
  const int stop_signals = StopSignals();
  const SystemClock clock;
  TS_ASSIGN_OR_RETURN(Config settings, LoadConfig(options.home));
  Config* const config = &settings;
  if (!options.listen.empty()) config->listen = options.listen;
  TS_ASSIGN_OR_RETURN(const MatcherKeys keys, LoadMatcherKeys(options.home));

  // The first failure of the log ends the process: what is in the page cache is no longer known.
  const auto on_fatal = [](const Error& error) { ::_exit(static_cast<int>(FatalExitCode(error))); };
  TS_ASSIGN_OR_RETURN(Store store, OpenStore(options.home, *config, keys, clock, on_fatal));

  const std::uint64_t upload_floor = config->limits.upload_floor_mib << 20;
  RefusalCounter refusals;
  DataDestruction destruction(*store.registry, *store.data_keys, *store.chunks);
  Pipeline pipeline(
      PipelineParts{store.registry.get(), store.chunks.get(), store.data_keys.get(), &destruction,
                    &clock, &refusals,
                    PipelineLimits{config->limits.linkage_memory_mib << 20,
                                   static_cast<unsigned>(config->limits.linkage_threads),
                                   config->timeouts.disclosure}});
  ServiceParts parts;
  parts.registry = store.registry.get();
  parts.chunks = store.chunks.get();
  parts.data_keys = store.data_keys.get();
  parts.destruction = &destruction;
  parts.authority = &keys.authority;
  parts.sealing_key = &keys.sealing;
  parts.clock = &clock;
  parts.refusals = &refusals;
  parts.check_disk = [&] {
    return storage::CheckDiskFloor(storage::PosixFileSystem(), config->data_dir, upload_floor);
  };
  parts.wake_pipeline = [&] { pipeline.Wake(); };
  parts.on_fatal = on_fatal;
  MatcherService service(std::move(parts));

  TS_ASSIGN_OR_RETURN(ServerOptions server_options, OptionsOf(*config));
  const std::string host = server_options.listen_address;
  TS_ASSIGN_OR_RETURN(crypto::TlsContext tls, ServerTls(options.home, *config, keys, clock.Now()));
  TS_ASSIGN_OR_RETURN(auto server,
                      HttpsServer::Start(std::move(server_options), std::move(tls), service));
  const bool bracketed = host.find(':') != std::string::npos;
  config->listen = (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(server->port());
  store.registry->SetPublicUrl(PublicUrl(*config));
  AdminSocketOptions admin_options;
  admin_options.question_timeout = config->timeouts.administration;
  const auto answer = [&](Bytes question) {
    const auto request = Parse<v1::AdminRequest>(question);
    if (!request.ok()) {
      v1::AdminAnswer refusal;
      *refusal.mutable_error() = ToWire(request.error());
      return Serialise(refusal);
    }
    return Serialise(Administer(*request, *config, store, true));
  };
  TS_ASSIGN_OR_RETURN(auto admin,
                      AdminSocket::Listen(AdminSocketPath(options.home), answer, admin_options));
  service.Open();
  const std::string url = "https://" + config->listen;
  PrintDone("ready " + url, {{"ready", url}}, options.form);
  std::fflush(stdout);
  LogEvent(Level::kInfo, "matcher.ready", {{"port", std::uint64_t{server->port()}}});

  AwaitSignal(stop_signals, [&] {
    Result<crypto::TlsContext> renewed = ServerTls(options.home, *config, keys, clock.Now());
    if (renewed.ok()) server->ReplaceTls(*std::move(renewed));
  });
  LogEvent(Level::kInfo, "matcher.draining");
  server->Drain(config->timeouts.drain);
  server.reset();
  admin.reset();
  pipeline.Stop();
  LogEvent(Level::kInfo, "matcher.stopped");
  return ExitCode::kOk;
}

}  // namespace tallystick::matcher

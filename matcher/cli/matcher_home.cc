#include "matcher/cli/matcher_home.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/registry/view_keys.h"
#include "storage/commit_log.h"
#include "storage/disk_space.h"
#include "storage/file_system.h"
#include "storage/reconcile.h"
#include "storage/rocksdb_view.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint64_t kMaxKeyFileBytes = 64 * 1024;
constexpr std::chrono::days kServerCertificateLife{90};
constexpr std::chrono::hours kBackdating{1};

std::filesystem::path KeyPath(const std::filesystem::path& home, std::string_view name) {
  return home / "keys" / name;
}

bool KeyStoreIsThere(const std::filesystem::path& home) {
  return std::filesystem::exists(home / "keystore" / "CURRENT");
}

// An id for people and for the log's origin, from the matcher's name.
std::string IdFromName(std::string_view name) {
  std::string id;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool allowed = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
    if (allowed) {
      id.push_back(lower);
    } else if (!id.empty() && id.back() != '-') {
      id.push_back('-');
    }
    if (id.size() == 32) break;
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.size() < 2 ? "matcher" : id;
}

std::string HostOf(const Config& config) {
  const auto authority = AuthorityOf(PublicUrl(config));
  if (!authority.ok()) return "localhost";
  const auto split = SplitHostPort(*authority);
  return split.ok() ? split->host : *authority;
}

Status WriteKeys(const std::filesystem::path& home, const Config& config, Time now) {
  const auto signing = crypto::SigningKey::Generate();
  const auto sealing = crypto::SealingKey::Generate();
  TS_ASSIGN_OR_RETURN(const auto authority,
                      crypto::CertificateAuthority::Create(config.name + " matcher CA", now));
  TS_RETURN_IF_ERROR(signing.ExposeSeed(
      [&](ByteView seed) { return WriteFileDurably(KeyPath(home, "signing.key"), seed); }));
  TS_RETURN_IF_ERROR(sealing.ExposePrivate(
      [&](ByteView scalar) { return WriteFileDurably(KeyPath(home, "sealing.key"), scalar); }));
  TS_RETURN_IF_ERROR(authority.key_pem().Expose(
      [&](ByteView pem) { return WriteFileDurably(KeyPath(home, "ca.key"), pem); }));
  return WriteFileDurably(KeyPath(home, "ca.pem"), authority.certificate_pem());
}

// What a crash between a log entry and its effect left undone.
Status FinishDestructions(const storage::View& view, storage::DataKeys& data_keys,
                          storage::ChunkStore& chunks) {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> with_chunks, chunks.Spaces());
  std::vector<std::string> spaces;
  TS_RETURN_IF_ERROR(ScanStates<v1::SubmissionState>(
      view, "submission/", [&](const v1::SubmissionState& submission) {
        const std::string space = SpaceOf(submission.id());
        if (IsGone(submission) &&
            (data_keys.Has(space) ||
             std::binary_search(with_chunks.begin(), with_chunks.end(), space))) {
          spaces.push_back(space);
        }
        return true;
      }));
  if (spaces.empty()) return Ok();
  TS_RETURN_IF_ERROR(data_keys.Destroy(spaces));
  for (const std::string& space : spaces) TS_RETURN_IF_ERROR(chunks.RemoveSpace(space));
  LogEvent(Level::kInfo, "store.finished-destructions", {{"submissions", spaces.size()}});
  return Ok();
}

Result<std::vector<storage::Mutation>> Decode(const storage::LogRecord& record,
                                              const storage::View&) {
  return MutationsOfPayload(record.payload);
}

}  // namespace

std::filesystem::path LogDirectory(const Config& config) { return config.audit_dir / "log"; }
std::filesystem::path ViewDirectory(const Config& config) { return config.data_dir / "view"; }
std::filesystem::path ChunkDirectory(const Config& config) { return config.data_dir / "chunks"; }

Result<std::unique_ptr<storage::MutableView>> OpenView(const Config& config) {
  storage::RocksDbViewOptions options;
  options.free_floor_bytes = config.limits.view_floor_mib << 20;
  return storage::OpenRocksDbView(ViewDirectory(config), options);
}

Status InitHome(const InitOptions& options, const Clock& clock) {
  if (std::filesystem::exists(options.home / "matcher.toml")) {
    return Error(Code::kConflict, "home.exists", "this home has a matcher already");
  }
  Config config;
  config.name = options.name.empty() ? "matcher" : options.name;
  config.id = IdFromName(config.name);
  config.listen = options.listen;
  config.public_url = options.public_url;
  TS_RETURN_IF_ERROR(SplitHostPort(config.listen));
  TS_RETURN_IF_ERROR(AuthorityOf(PublicUrl(config)));
  if (config.name.find_first_of("\"\\\n\r") != std::string::npos ||
      config.public_url.find_first_of("\"\\\n\r ") != std::string::npos) {
    return Error(Code::kInvalidArgument, "config.name", "a name or URL has a character it cannot");
  }
  TS_RETURN_IF_ERROR(MakePrivateDirectory(options.home / "keys"));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(options.home / "keystore"));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(options.home / "data"));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(options.home / "audit"));
  TS_RETURN_IF_ERROR(WriteKeys(options.home, config, clock.Now()));
  // Last, so that an interrupted init can be repeated.
  return WriteFileDurably(options.home / "matcher.toml", ConfigText(config));
}

Result<MatcherKeys> LoadMatcherKeys(const std::filesystem::path& home) {
  const auto read = [&](std::string_view name) {
    return ReadSecretFile(KeyPath(home, name), kMaxKeyFileBytes);
  };
  TS_ASSIGN_OR_RETURN(Bytes seed, read("signing.key"));
  TS_ASSIGN_OR_RETURN(Bytes scalar, read("sealing.key"));
  TS_ASSIGN_OR_RETURN(Bytes ca_key, read("ca.key"));
  TS_ASSIGN_OR_RETURN(const Bytes ca_pem, read("ca.pem"));
  auto signing = crypto::SigningKey::FromSeed(seed);
  auto sealing = crypto::SealingKey::FromBytes(scalar);
  auto authority = crypto::CertificateAuthority::Load(ca_pem, ca_key);
  crypto::Wipe(seed);
  crypto::Wipe(scalar);
  crypto::Wipe(ca_key);
  if (!signing.ok()) return std::move(signing).error();
  if (!sealing.ok()) return std::move(sealing).error();
  if (!authority.ok()) return std::move(authority).error();
  return MatcherKeys{*std::move(signing), *std::move(sealing), *std::move(authority)};
}

Result<ServerCertificate> EnsureServerCertificate(const std::filesystem::path& home,
                                                  const Config& config, const MatcherKeys& keys,
                                                  Time now) {
  const std::string host = HostOf(config);
  const auto pem = ReadSecretFile(KeyPath(home, "server.pem"), kMaxKeyFileBytes);
  auto key = ReadSecretFile(KeyPath(home, "server.key"), kMaxKeyFileBytes);
  const auto made_for = ReadSecretFile(KeyPath(home, "server.host"), kMaxKeyFileBytes);
  const crypto::SharedSecret present = key.ok() ? *std::move(key) : Bytes();
  if (pem.ok() && !present.empty() && made_for.ok() && *made_for == host) {
    const auto facts = crypto::ReadCertificate(*pem);
    const auto tls_key = present.Expose(crypto::TlsKey::FromPem);
    // A crash may have left the new private key beside the old certificate.
    const bool pair = facts.ok() && tls_key.ok() && facts->spki_digest == tls_key->spki_digest();
    if (pair && now < facts->not_before + (facts->not_after - facts->not_before) * 2 / 3) {
      return ServerCertificate{*pem + keys.authority.certificate_pem(), present};
    }
  }
  const auto tls_key = crypto::TlsKey::Generate();
  const std::vector<std::string> hosts = {host};
  TS_ASSIGN_OR_RETURN(
      const Bytes certificate,
      keys.authority.IssueServer(tls_key, hosts, now - kBackdating, now + kServerCertificateLife));
  const crypto::SharedSecret key_pem = tls_key.ToPem();
  TS_RETURN_IF_ERROR(key_pem.Expose(
      [&](ByteView pem_text) { return WriteFileDurably(KeyPath(home, "server.key"), pem_text); }));
  TS_RETURN_IF_ERROR(WriteFileDurably(KeyPath(home, "server.pem"), certificate));
  TS_RETURN_IF_ERROR(WriteFileDurably(KeyPath(home, "server.host"), host));
  return ServerCertificate{certificate + keys.authority.certificate_pem(), key_pem};
}

v1::MatcherDescription DescribeMatcher(const Config& config, const MatcherKeys& keys) {
  v1::MatcherDescription description;
  description.set_id(config.id);
  description.set_name(config.name);
  description.set_url(PublicUrl(config));
  description.set_signing_key(Bytes(keys.signing.verify_key().view()));
  description.set_sealing_key(Bytes(keys.sealing.public_key().view()));
  description.set_log_origin(
      "tallystick/" + config.id + "/" +
      ToHex(crypto::Sha256(keys.signing.verify_key().view()).view()).substr(0, 16));
  return description;
}

Result<Store> OpenStore(const std::filesystem::path& home, const Config& config,
                        const MatcherKeys& keys, const Clock& clock,
                        Registry::FatalHandler on_fatal) {
  TS_ASSIGN_OR_RETURN(storage::HomeLock lock, storage::HomeLock::Acquire(home));
  storage::FileSystem& files = storage::PosixFileSystem();
  TS_RETURN_IF_ERROR(MakePrivateDirectory(config.data_dir));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(config.audit_dir));
  storage::CommitLogOptions log_options;
  log_options.free_floor_bytes = config.limits.record_floor_mib << 20;
  TS_ASSIGN_OR_RETURN(auto log, storage::CommitLog::Open(files, LogDirectory(config), log_options));
  TS_ASSIGN_OR_RETURN(auto view, OpenView(config));
  TS_RETURN_IF_ERROR(storage::ReconcileView(*log, *view, Decode));
  Store store;
  store.ca_spki_digest = keys.authority.spki_digest();
  store.lock = std::make_unique<storage::HomeLock>(std::move(lock));
  TS_ASSIGN_OR_RETURN(store.chunks, storage::ChunkStore::Open(files, ChunkDirectory(config)));
  TS_ASSIGN_OR_RETURN(store.data_keys, OpenKeyStore(home, log->next_sequence()));
  TS_RETURN_IF_ERROR(FinishDestructions(*view, *store.data_keys, *store.chunks));
  MatcherIdentity identity;
  identity.description = DescribeMatcher(config, keys);
  TS_ASSIGN_OR_RETURN(std::optional<Bytes> origin, view->Get(LogOriginViewKey()));
  if (origin) identity.description.set_log_origin(*std::move(origin));
  identity.signing_key = &keys.signing;
  TS_ASSIGN_OR_RETURN(store.registry,
                      Registry::Start(std::move(log), std::move(view), std::move(identity), clock,
                                      std::move(on_fatal)));
  return store;
}

Result<std::unique_ptr<storage::DataKeys>> OpenKeyStore(const std::filesystem::path& home,
                                                        std::uint64_t record_count) {
  if (record_count > 0 && !KeyStoreIsThere(home)) {
    return Error(Code::kDataLoss, "storage.keystore-missing",
                 "the key store is not there: bring it back, or mount it; if it is lost for good, "
                 "fsck --new-keystore begins an empty one, and the institutions submit again")
        .With("directory", Name((home / "keystore").string()));
  }
  return storage::DataKeys::Open(home / "keystore");
}

Status RenewKeyStore(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(const storage::HomeLock lock, storage::HomeLock::Acquire(home));
  if (KeyStoreIsThere(home)) {
    return Error(Code::kFailedPrecondition, "storage.keystore-present",
                 "the key store is there: only one that is lost is begun anew");
  }
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home / "keystore"));
  TS_RETURN_IF_ERROR(storage::DataKeys::Open(home / "keystore"));
  return Ok();
}

Status RebuildView(const std::filesystem::path& home, const Config& config) {
  TS_ASSIGN_OR_RETURN(const storage::HomeLock lock, storage::HomeLock::Acquire(home));
  TS_ASSIGN_OR_RETURN(
      auto log, storage::CommitLog::Open(storage::PosixFileSystem(), LogDirectory(config), {}));
  TS_RETURN_IF_ERROR(storage::RemoveRocksDbView(ViewDirectory(config)));
  TS_ASSIGN_OR_RETURN(auto view, OpenView(config));
  return storage::ReconcileView(*log, *view, Decode);
}

}  // namespace tallystick::matcher

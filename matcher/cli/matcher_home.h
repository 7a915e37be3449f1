// MatcherHome is a matcher on disk: settings, keys, log, view, chunks, key store.
//
//   HOME/matcher.toml
//   HOME/keys/       signing.key sealing.key ca.pem ca.key server.pem server.key
//   HOME/keystore/   data keys: never part of a backup
//   HOME/data/view, HOME/data/chunks          (data_dir)
//   HOME/audit/log                            (audit_dir)
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hpke.h"
#include "crypto/shared_secret.h"
#include "crypto/signature.h"
#include "crypto/x509.h"
#include "matcher/cli/config.h"
#include "matcher/registry/registry.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"
#include "storage/home_lock.h"
#include "storage/view.h"

namespace tallystick::matcher {

struct InitOptions {
  std::filesystem::path home;
  std::string listen = "127.0.0.1:8443";
  std::string public_url;  // empty: https:// and the listen address
  std::string name;
};

// InitHome makes keys, certificate authority and settings. Fails with kConflict "home.exists" for
// a home that is there already.
Status InitHome(const InitOptions& options, const Clock& clock);

// The keys of a matcher.
struct MatcherKeys {
  crypto::SigningKey signing;
  crypto::SealingKey sealing;
  crypto::CertificateAuthority authority;
};
Result<MatcherKeys> LoadMatcherKeys(const std::filesystem::path& home);

// ServerCertificate returns a certificate chain and key for the host of the public URL, issuing a
// new one when there is none, when two thirds of its life are over, or when the host changed.
struct ServerCertificate {
  Bytes chain_pem;
  crypto::SharedSecret key_pem;
};
Result<ServerCertificate> EnsureServerCertificate(const std::filesystem::path& home,
                                                  const Config& config, const MatcherKeys& keys,
                                                  Time now);

// The description that members get, with the log's name as it was when it began.
v1::MatcherDescription DescribeMatcher(const Config& config, const MatcherKeys& keys);

// Store is the open durable state. Opening checks the log, replays what the view lacks, and
// finishes interrupted destructions. Only one process may have it open.
struct Store {
  std::unique_ptr<storage::HomeLock> lock;
  std::unique_ptr<storage::ChunkStore> chunks;
  std::unique_ptr<storage::DataKeys> data_keys;
  std::unique_ptr<Registry> registry;
  crypto::Digest ca_spki_digest;  // what invitations carry
};
// `keys` must outlive the store. `on_fatal` as in Registry. Fails with kDataLoss ids "storage.…".
Result<Store> OpenStore(const std::filesystem::path& home, const Config& config,
                        const MatcherKeys& keys, const Clock& clock,
                        Registry::FatalHandler on_fatal);

// OpenKeyStore opens HOME/keystore, and makes it where the log has no records yet. Later it is
// never made by itself, as an empty one would make every submission unreadable for want of a mount:
// fails with kDataLoss "storage.keystore-missing".
Result<std::unique_ptr<storage::DataKeys>> OpenKeyStore(const std::filesystem::path& home,
                                                        std::uint64_t record_count);
// RenewKeyStore begins an empty key store in place of one that is lost for good. Fails with
// kFailedPrecondition "storage.keystore-present".
Status RenewKeyStore(const std::filesystem::path& home);

// RebuildView throws the view away and builds it anew from the log.
Status RebuildView(const std::filesystem::path& home, const Config& config);

// The view of this home, under the floor of its settings.
Result<std::unique_ptr<storage::MutableView>> OpenView(const Config& config);

std::filesystem::path LogDirectory(const Config& config);
std::filesystem::path ViewDirectory(const Config& config);
std::filesystem::path ChunkDirectory(const Config& config);

}  // namespace tallystick::matcher

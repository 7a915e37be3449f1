#include "agents/agent_home.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

#include "base/file.h"
#include "crypto/elgamal.h"
#include "crypto/hkdf.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxSecretFileBytes = 64 * 1024;
constexpr std::uint64_t kMaxJointBytes = 64 * 1024;
constexpr std::string_view kSuspendedText = "suspended\n";
constexpr std::string_view kRevokedText = "revoked\n";

constexpr std::chrono::milliseconds kGuardPause{20};
constexpr std::chrono::seconds kGuardPatience{30};

std::filesystem::path CodeKeyPath(const std::filesystem::path& home) {
  return home / "keys" / "code.key";
}
std::filesystem::path PseudonymKeyPath(const std::filesystem::path& home) {
  return home / "keys" / "pseudonym.key";
}

Result<crypto::SecretBytes<32>> LoadSecret(const std::filesystem::path& path) {
  Result<Bytes> stored = ReadSecretFile(path, kMaxSecretFileBytes);
  if (!stored.ok()) return std::move(stored).error();
  auto secret = crypto::SecretBytes<32>::FromBytes(*stored);
  crypto::Wipe(*stored);
  return secret;
}

Result<crypto::SecretBytes<32>> LoadOwnKey(const std::filesystem::path& path) {
  auto secret = LoadSecret(path);
  if (secret.ok() || secret.error().code() != Code::kNotFound) return secret;
  return Error(Code::kDataLoss, "identity.keys-incomplete",
               "a key file of this home is missing: restore it, or enrol again in a new home");
}

Status MakeSecret(const std::filesystem::path& path) {
  const auto present = LoadSecret(path);
  if (present.ok()) return Ok();
  if (present.error().code() != Code::kNotFound) return present.error();
  return crypto::SecretBytes<32>::Random().Expose(
      [&](ByteView bytes) { return WriteFileDurably(path, bytes); });
}

Error CannotRead(int error_number) {
  return Error(Code::kUnavailable, "file.io", "cannot read this home")
      .With("errno", static_cast<std::uint64_t>(error_number));
}

Error CannotErase(int error_number) {
  return Error(Code::kUnavailable, "file.io", "cannot erase a key file")
      .With("errno", static_cast<std::uint64_t>(error_number));
}

// Overwrites the file where it is and syncs, so that the old bytes are gone before the name is.
// What a file system that never writes in place keeps is out of reach.
Status Overwrite(int descriptor) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return CannotErase(errno);
  Bytes zeros(static_cast<std::size_t>(facts.st_size), '\0');
  ByteView rest = zeros;
  while (!rest.empty()) {
    const ssize_t count = ::write(descriptor, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotErase(errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fsync(descriptor) != 0) return CannotErase(errno);
  return Ok();
}

Status EraseSecretFile(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? Ok() : Status(CannotErase(errno));
  const Status overwritten = Overwrite(descriptor);
  ::close(descriptor);
  TS_RETURN_IF_ERROR(overwritten);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return CannotErase(errno);
  return SyncDirectory(path.parent_path());
}

Error JointCorrupt() {
  return Error(Code::kDataLoss, "agreement.joint-corrupt",
               "the public shares of this agreement's key are not what this home stored");
}

// Takes one lp(x) from the front of `bytes`.
Result<ByteView> TakeLp(ByteView& bytes) {
  if (bytes.size() < 4 || bytes.size() - 4 < ReadU32(bytes, 0)) return JointCorrupt();
  const ByteView taken = bytes.substr(4, ReadU32(bytes, 0));
  bytes.remove_prefix(4 + taken.size());
  return taken;
}

Result<crypto::Point> JointKeyOf(const std::vector<JointShares::Share>& shares) {
  std::vector<crypto::Point> points;
  for (const JointShares::Share& share : shares) points.push_back(share.point);
  return crypto::JointKey(points);
}

}  // namespace

const crypto::Point* JointShares::Find(std::string_view party) const {
  for (const Share& share : parties) {
    if (share.party == party) return &share.point;
  }
  return nullptr;
}

Result<AgentHome> AgentHome::Open(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(client::Identity identity, client::Identity::Load(home));
  if (identity.role() != v1::ROLE_INSTITUTION) {
    return Error(Code::kFailedPrecondition, "identity.not-an-institution",
                 "this home is a person's: use the tallystick program");
  }
  TS_ASSIGN_OR_RETURN(auto code_key, LoadOwnKey(CodeKeyPath(home)));
  TS_ASSIGN_OR_RETURN(auto pseudonym_key, LoadOwnKey(PseudonymKeyPath(home)));
  return AgentHome(std::move(identity), std::move(code_key), std::move(pseudonym_key));
}

Status AgentHome::MakeKeys(const std::filesystem::path& home) {
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home / "keys"));
  TS_RETURN_IF_ERROR(MakeSecret(CodeKeyPath(home)));
  return MakeSecret(PseudonymKeyPath(home));
}

HomeGuard::~HomeGuard() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<HomeGuard> AgentHome::Guard() const {
  const std::filesystem::path file = path() / "lock";
  HomeGuard guard(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (guard.descriptor_ < 0) {
    return Error(Code::kUnavailable, "file.io", "cannot open the lock file of this home")
        .With("errno", static_cast<std::uint64_t>(errno));
  }
  const auto deadline = std::chrono::steady_clock::now() + kGuardPatience;
  while (::flock(guard.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error(Code::kUnavailable, "agent.home-busy",
                   "another program is at work in this home: try again");
    }
    std::this_thread::sleep_for(kGuardPause);
  }
  return guard;
}

crypto::SecretBytes<32> AgentHome::CodeKey(const crypto::Digest& chain) const {
  Bytes info;
  AppendLp(info, "tallystick/v1/category-codes");
  AppendLp(info, chain.view());
  return crypto::HkdfExpand(code_key_, info);
}

crypto::SecretBytes<32> AgentHome::PseudonymKey(const crypto::Digest& chain) const {
  Bytes info;
  AppendLp(info, "tallystick/v1/pseudonyms");
  AppendLp(info, chain.view());
  return crypto::HkdfExpand(pseudonym_key_, info);
}

crypto::SecretBytes<32> AgentHome::LocalKey(std::string_view label) const {
  return crypto::HkdfExpand(code_key_, label);
}

std::filesystem::path AgentHome::AgreementDirectory(std::string_view digest_hex) const {
  return path() / "agreements" / digest_hex;
}
std::filesystem::path AgentHome::SubmissionDirectory(std::string_view id_hex) const {
  return path() / "submissions" / id_hex;
}
std::filesystem::path AgentHome::LedgerPath(std::string_view request_id) const {
  return path() / "ledger" / request_id;
}

Result<std::vector<std::string>> AgentHome::SignedAgreements() const {
  std::vector<std::string> digests;
  std::error_code error;
  std::filesystem::directory_iterator entries(path() / "agreements", error);
  if (error == std::errc::no_such_file_or_directory) return digests;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    std::string digest_hex = entries->path().filename().string();
    TS_ASSIGN_OR_RETURN(const bool has_signed, HasSigned(digest_hex));
    if (has_signed) digests.push_back(std::move(digest_hex));
  }
  if (error) return CannotRead(error.value());
  std::sort(digests.begin(), digests.end());
  return digests;
}

Result<bool> AgentHome::HasSigned(std::string_view digest_hex) const {
  return FileExists(AgreementDirectory(digest_hex) / "agreement.toml");
}

Result<agreements::Agreement> AgentHome::LoadSigned(std::string_view digest_hex) const {
  Result<Bytes> text =
      ReadFile(AgreementDirectory(digest_hex) / "agreement.toml", agreements::kMaxAgreementBytes);
  if (!text.ok() && text.error().code() == Code::kNotFound) {
    return Error(Code::kFailedPrecondition, "agreement.not-signed",
                 "this home has not signed this agreement; if a home of this institution that is "
                 "lost has, amend the agreement");
  }
  if (!text.ok()) return std::move(text).error();
  if (crypto::Sha256(*text).hex() != digest_hex) {
    return Error(Code::kPermissionDenied, "agreement.changed",
                 "the stored agreement is not the one that was signed")
        .Refused({"AGR-DIGEST", std::nullopt, "the exact bytes that both parties signed"});
  }
  return agreements::ParseAgreement(*text, nullptr);
}

Status AgentHome::KeepSigned(const agreements::Agreement& agreement) const {
  const auto directory = AgreementDirectory(agreement.digest.hex());
  TS_RETURN_IF_ERROR(MakePrivateDirectory(directory));
  return WriteFileDurably(directory / "agreement.toml", agreement.text);
}

Status AgentHome::KeepContext(const agreements::CeremonyContext& context) const {
  Bytes bytes(context.chain.view());
  AppendU32(bytes, context.epoch);
  return WriteFileDurably(AgreementDirectory(context.digest.hex()) / "context", bytes);
}

Result<agreements::CeremonyContext> AgentHome::LoadContext(std::string_view digest_hex) const {
  constexpr std::size_t kContextBytes = crypto::Digest::kSize + 4;
  Result<Bytes> bytes = ReadFile(AgreementDirectory(digest_hex) / "context", kContextBytes);
  if (!bytes.ok() && bytes.error().code() != Code::kNotFound) return std::move(bytes).error();
  if (!bytes.ok() || bytes->size() != kContextBytes) {
    return Error(Code::kFailedPrecondition, "agreement.not-signed",
                 "this home has not signed this agreement");
  }
  agreements::CeremonyContext context;
  TS_ASSIGN_OR_RETURN(context.digest, crypto::Digest::FromHex(digest_hex));
  TS_ASSIGN_OR_RETURN(context.chain,
                      crypto::Digest::FromBytes(ByteView(*bytes).substr(0, crypto::Digest::kSize)));
  context.epoch = ReadU32(*bytes, crypto::Digest::kSize);
  return context;
}

Status AgentHome::KeepStanding(std::string_view digest_hex, Standing standing) const {
  const auto file = AgreementDirectory(digest_hex) / "standing";
  if (standing != Standing::kUsable) {
    return WriteFileDurably(file, standing == Standing::kRevoked ? kRevokedText : kSuspendedText);
  }
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
    return Error(Code::kUnavailable, "file.io", "cannot remove a file of this home")
        .With("errno", static_cast<std::uint64_t>(errno));
  }
  return SyncDirectory(file.parent_path());
}

Result<Standing> AgentHome::LoadStanding(std::string_view digest_hex) const {
  const Result<Bytes> text =
      ReadFile(AgreementDirectory(digest_hex) / "standing", kMaxSecretFileBytes);
  if (!text.ok() && text.error().code() == Code::kNotFound) return Standing::kUsable;
  if (!text.ok()) return text.error();
  return *text == kSuspendedText ? Standing::kSuspended : Standing::kRevoked;
}

Status AgentHome::KeepCeremony(std::string_view digest_hex,
                               const crypto::SecretBuffer& state) const {
  return state.Expose([&](ByteView bytes) {
    return WriteFileDurably(AgreementDirectory(digest_hex) / "ceremony.key", bytes);
  });
}

Result<crypto::SecretBuffer> AgentHome::LoadCeremony(std::string_view digest_hex) const {
  TS_ASSIGN_OR_RETURN(Bytes bytes, ReadSecretFile(AgreementDirectory(digest_hex) / "ceremony.key",
                                                  kMaxSecretFileBytes));
  return crypto::SecretBuffer(std::move(bytes));
}

Status AgentHome::KeepShare(std::string_view digest_hex, const crypto::Scalar& share) const {
  return share.ExposeBytes([&](ByteView bytes) {
    return WriteFileDurably(AgreementDirectory(digest_hex) / "share.key", bytes);
  });
}

Result<crypto::Scalar> AgentHome::LoadShare(std::string_view digest_hex) const {
  Result<Bytes> bytes =
      ReadSecretFile(AgreementDirectory(digest_hex) / "share.key", kMaxSecretFileBytes);
  if (!bytes.ok()) {
    if (bytes.error().code() != Code::kNotFound) return std::move(bytes).error();
    return Error(Code::kFailedPrecondition, "agreement.no-share",
                 "this home has no share of the agreement's joint key");
  }
  auto share = crypto::Scalar::FromBytes(*bytes);
  crypto::Wipe(*bytes);
  return share;
}

// lp(party) ‖ lp(share) for each, sorted by party, then the SHA-256 of that.
Status AgentHome::KeepJoint(std::string_view digest_hex,
                            std::vector<JointShares::Share> shares) const {
  TS_RETURN_IF_ERROR(JointKeyOf(shares));
  std::sort(shares.begin(), shares.end(),
            [](const auto& a, const auto& b) { return a.party < b.party; });
  Bytes bytes;
  for (const JointShares::Share& share : shares) {
    AppendLp(bytes, share.party);
    AppendLp(bytes, share.point.bytes());
  }
  bytes += crypto::Sha256(bytes).view();
  return WriteFileDurably(AgreementDirectory(digest_hex) / "joint", bytes);
}

Result<JointShares> AgentHome::LoadJoint(std::string_view digest_hex) const {
  const Result<Bytes> file = ReadFile(AgreementDirectory(digest_hex) / "joint", kMaxJointBytes);
  if (!file.ok()) {
    if (file.error().code() != Code::kNotFound) return file.error();
    return Error(Code::kFailedPrecondition, "agreement.no-joint-key",
                 "this home does not have the key that the agreement's measures are encrypted "
                 "under: amend the agreement, sign anew");
  }
  ByteView rest = *file;
  if (rest.size() < crypto::Digest::kSize) return JointCorrupt();
  const ByteView digest = rest.substr(rest.size() - crypto::Digest::kSize);
  rest.remove_suffix(crypto::Digest::kSize);
  if (crypto::Sha256(rest).view() != digest) return JointCorrupt();
  std::vector<JointShares::Share> shares;
  while (!rest.empty()) {
    TS_ASSIGN_OR_RETURN(const ByteView party, TakeLp(rest));
    TS_ASSIGN_OR_RETURN(const ByteView bytes, TakeLp(rest));
    TS_ASSIGN_OR_RETURN(auto point, crypto::Point::FromBytes(bytes));
    shares.push_back({std::string(party), std::move(point)});
  }
  TS_ASSIGN_OR_RETURN(auto joint_key, JointKeyOf(shares));
  return JointShares{std::move(joint_key), std::move(shares)};
}

Status AgentHome::KeepSecret(std::string_view digest_hex,
                             const agreements::AgreementSecret& secret) const {
  return secret.ExposeBytes([&](ByteView bytes) {
    return WriteFileDurably(AgreementDirectory(digest_hex) / "secret.key", bytes);
  });
}

Result<agreements::AgreementSecret> AgentHome::LoadSecret(std::string_view digest_hex) const {
  Result<Bytes> bytes =
      ReadSecretFile(AgreementDirectory(digest_hex) / "secret.key", kMaxSecretFileBytes);
  if (!bytes.ok()) {
    if (bytes.error().code() != Code::kNotFound) return std::move(bytes).error();
    return Error(Code::kFailedPrecondition, "agreement.no-secret",
                 "this agreement is not active here: its ceremony is not finished");
  }
  auto secret = agreements::AgreementSecret::FromBytes(*bytes);
  crypto::Wipe(*bytes);
  return secret;
}

Result<bool> AgentHome::HasSecret(std::string_view digest_hex) const {
  return FileExists(AgreementDirectory(digest_hex) / "secret.key");
}

Status AgentHome::EraseCeremony(std::string_view digest_hex) const {
  return EraseSecretFile(AgreementDirectory(digest_hex) / "ceremony.key");
}
Status AgentHome::EraseSecret(std::string_view digest_hex) const {
  TS_RETURN_IF_ERROR(EraseSecretFile(AgreementDirectory(digest_hex) / "share.key"));
  return EraseSecretFile(AgreementDirectory(digest_hex) / "secret.key");
}

}  // namespace tallystick::agents

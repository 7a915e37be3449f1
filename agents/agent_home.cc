#include "agents/agent_home.h"

#include <algorithm>
#include <system_error>

#include "base/file.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxSecretFileBytes = 64 * 1024;

Result<crypto::SecretBytes<32>> LoadOrMakeSecret(const std::filesystem::path& path) {
  Result<Bytes> stored = ReadSecretFile(path, kMaxSecretFileBytes);
  if (stored.ok()) {
    auto secret = crypto::SecretBytes<32>::FromBytes(*stored);
    crypto::Wipe(*stored);
    return secret;
  }
  if (stored.error().code() != Code::kNotFound) return std::move(stored).error();
  auto secret = crypto::SecretBytes<32>::Random();
  TS_RETURN_IF_ERROR(
      secret.Expose([&](ByteView bytes) { return WriteFileDurably(path, bytes); }));
  return secret;
}

// Overwrites before unlinking; what the file system keeps elsewhere is out of reach.
Status EraseSecretFile(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Ok();
  TS_RETURN_IF_ERROR(WriteFileDurably(path, Bytes(size, '\0')));
  std::filesystem::remove(path, error);
  return SyncDirectory(path.parent_path());
}

}  // namespace

Result<AgentHome> AgentHome::Open(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(client::Identity identity, client::Identity::Load(home));
  if (identity.role() != v1::ROLE_INSTITUTION) {
    return Error(Code::kFailedPrecondition, "identity.not-an-institution",
                 "this home is a person's: use the tallystick program");
  }
  TS_ASSIGN_OR_RETURN(auto code_key, LoadOrMakeSecret(home / "keys" / "code.key"));
  TS_ASSIGN_OR_RETURN(auto pseudonym_key, LoadOrMakeSecret(home / "keys" / "pseudonym.key"));
  return AgentHome(std::move(identity), std::move(code_key), std::move(pseudonym_key));
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

std::vector<std::string> AgentHome::SignedAgreements() const {
  std::vector<std::string> digests;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(path() / "agreements", error)) {
    if (std::filesystem::exists(entry.path() / "agreement.toml")) {
      digests.push_back(entry.path().filename().string());
    }
  }
  std::sort(digests.begin(), digests.end());
  return digests;
}

bool AgentHome::HasSigned(std::string_view digest_hex) const {
  return std::filesystem::exists(AgreementDirectory(digest_hex) / "agreement.toml");
}

Result<agreements::Agreement> AgentHome::LoadSigned(std::string_view digest_hex) const {
  Result<Bytes> text = ReadFile(AgreementDirectory(digest_hex) / "agreement.toml",
                                agreements::kMaxAgreementBytes);
  if (!text.ok() && text.error().code() == Code::kNotFound) {
    return Error(Code::kFailedPrecondition, "agreement.not-signed",
                 "this institution has not signed this agreement");
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
  if (!bytes.ok() || bytes->size() != kContextBytes) {
    return Error(Code::kFailedPrecondition, "agreement.not-signed",
                 "this institution has not signed this agreement");
  }
  agreements::CeremonyContext context;
  TS_ASSIGN_OR_RETURN(context.digest, crypto::Digest::FromHex(digest_hex));
  TS_ASSIGN_OR_RETURN(context.chain,
                      crypto::Digest::FromBytes(ByteView(*bytes).substr(0, crypto::Digest::kSize)));
  context.epoch = ReadU32(*bytes, crypto::Digest::kSize);
  return context;
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

Status AgentHome::KeepSecret(std::string_view digest_hex,
                             const agreements::AgreementSecret& secret) const {
  return secret.ExposeBytes([&](ByteView bytes) {
    return WriteFileDurably(AgreementDirectory(digest_hex) / "secret.key", bytes);
  });
}

Result<agreements::AgreementSecret> AgentHome::LoadSecret(std::string_view digest_hex) const {
  Result<Bytes> bytes = ReadSecretFile(AgreementDirectory(digest_hex) / "secret.key",
                                       kMaxSecretFileBytes);
  if (!bytes.ok()) {
    return Error(Code::kFailedPrecondition, "agreement.no-secret",
                 "this agreement is not active here: its ceremony is not finished");
  }
  auto secret = agreements::AgreementSecret::FromBytes(*bytes);
  crypto::Wipe(*bytes);
  return secret;
}

bool AgentHome::HasSecret(std::string_view digest_hex) const {
  return std::filesystem::exists(AgreementDirectory(digest_hex) / "secret.key");
}

Status AgentHome::EraseCeremony(std::string_view digest_hex) const {
  return EraseSecretFile(AgreementDirectory(digest_hex) / "ceremony.key");
}
Status AgentHome::EraseSecret(std::string_view digest_hex) const {
  TS_RETURN_IF_ERROR(EraseSecretFile(AgreementDirectory(digest_hex) / "share.key"));
  return EraseSecretFile(AgreementDirectory(digest_hex) / "secret.key");
}

}  // namespace tallystick::agents

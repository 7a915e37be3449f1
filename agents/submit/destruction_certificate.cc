#include "agents/submit/destruction_certificate.h"

#include <string>

#include "agents/submit/own_submission.h"
#include "base/file.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kIdHexDigits = 32;
constexpr std::uint64_t kMaxCertificateBytes = 64 * 1024;

// In the agreement's directory: nothing is left to ask for.
constexpr std::string_view kAllCollected = "certificates-collected";

bool IsKept(const AgentHome& home, std::string_view id_hex) {
  const Result<Bytes> kept = ReadFile(CertificatePath(home, id_hex), kMaxCertificateBytes);
  if (!kept.ok()) return false;
  const Result<Destruction> destruction = CheckCertificate(home, *kept);
  return destruction.ok() && destruction->submission == id_hex;
}

}  // namespace

bool IsSubmissionId(std::string_view text) {
  return text.size() == kIdHexDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::filesystem::path CertificatePath(const AgentHome& home, std::string_view submission_id_hex) {
  return home.path() / "certificates" / ("destruction-" + std::string(submission_id_hex) + ".txt");
}

Status KeepCertificate(const AgentHome& home, std::string_view submission_id_hex,
                       const v1::SubmissionStatus& status) {
  if (IsKept(home, submission_id_hex)) return Ok();
  if (status.destruction().empty()) {
    return Error(Code::kUnavailable, "destruction.not-yet",
                 "the matcher has not recorded yet that the data key is destroyed");
  }
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, home.identity().MatcherKey());
  TS_ASSIGN_OR_RETURN(const Destruction destruction,
                      VerifyDestruction(status.destruction(), status.destruction_receipt(), log_key,
                                        home.identity().matcher().log_origin()));
  // A home that replaces a lost one does not have the manifest.
  const Result<v1::Signed> manifest = LoadManifest(home, submission_id_hex);
  const bool other_manifest =
      manifest.ok() && crypto::Sha256(manifest->body()) != destruction.manifest;
  if (destruction.submission != submission_id_hex || destruction.party != home.id() ||
      other_manifest) {
    return Error(Code::kPermissionDenied, "destruction.other",
                 "the matcher certifies the destruction of something else");
  }
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home.path() / "certificates"));
  return WriteFileDurably(CertificatePath(home, submission_id_hex),
                          CertificateText(status.destruction(), status.destruction_receipt()));
}

Result<std::vector<std::filesystem::path>> CollectCertificates(const AgentHome& home,
                                                               client::MatcherClient& matcher,
                                                               std::string_view agreement_hex) {
  std::vector<std::filesystem::path> kept;
  const auto mark = home.AgreementDirectory(agreement_hex) / kAllCollected;
  TS_ASSIGN_OR_RETURN(const bool collected, FileExists(mark));
  if (collected) return kept;
  TS_ASSIGN_OR_RETURN(const v1::SubmissionList list, matcher.ListSubmissions(agreement_hex));
  bool all = true;
  for (const v1::SubmissionStatus& listed : list.submissions()) {
    if (listed.party() != home.id() || !IsSubmissionId(listed.id())) continue;
    if (IsKept(home, listed.id())) continue;
    if (listed.destruction().empty()) {
      all = false;
      continue;
    }
    TS_ASSIGN_OR_RETURN(const v1::SubmissionStatus status, matcher.GetSubmission(listed.id()));
    TS_RETURN_IF_ERROR(KeepCertificate(home, listed.id(), status));
    kept.push_back(CertificatePath(home, listed.id()));
  }
  if (all) TS_RETURN_IF_ERROR(WriteFileDurably(mark, ""));
  return kept;
}

Result<Destruction> CheckCertificate(const AgentHome& home, std::string_view text) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, home.identity().MatcherKey());
  return VerifyCertificate(text, log_key, home.identity().matcher().log_origin());
}

}  // namespace tallystick::agents

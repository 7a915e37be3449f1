#include "client/agreement_lookup.h"

namespace tallystick::client {
namespace {

constexpr std::size_t kMinPrefix = 8;

bool IsDigestPrefix(std::string_view name) {
  return name.size() >= kMinPrefix && name.size() <= 2 * crypto::Digest::kSize &&
         name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Of the versions of one agreement the active one is meant, else the newest.
bool Better(const v1::AgreementState& a, const v1::AgreementState& b) {
  const bool a_active = a.phase() == v1::AGREEMENT_PHASE_ACTIVE;
  const bool b_active = b.phase() == v1::AGREEMENT_PHASE_ACTIVE;
  if (a_active != b_active) return a_active;
  return a.version() > b.version();
}

// Two that are neither versions of one agreement nor told apart by one being active: anybody may
// propose an agreement under an id that is in use, or a corrected one under its own.
bool CannotBeToldApart(const v1::AgreementState& a, const v1::AgreementState& b) {
  const bool a_active = a.phase() == v1::AGREEMENT_PHASE_ACTIVE;
  const bool b_active = b.phase() == v1::AGREEMENT_PHASE_ACTIVE;
  return a_active == b_active && a.chain_digest() != b.chain_digest();
}

Error Ambiguous(Literal message) { return Error(Code::kConflict, "agreement.ambiguous", message); }

}  // namespace

Result<v1::AgreementState> FindAgreement(MatcherClient& matcher, std::string_view name) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementList list, matcher.ListAgreements());
  const v1::AgreementState* best = nullptr;
  for (const v1::AgreementState& state : list.agreements()) {
    if (state.id() == name && (best == nullptr || Better(state, *best))) best = &state;
  }
  for (const v1::AgreementState& state : list.agreements()) {
    if (state.id() == name && CannotBeToldApart(state, *best)) {
      return Ambiguous("several agreements have this id: name one by its digest (agreement list)");
    }
  }
  if (best == nullptr && IsDigestPrefix(name)) {
    for (const v1::AgreementState& state : list.agreements()) {
      if (!ToHex(state.digest()).starts_with(name)) continue;
      if (best != nullptr) return Ambiguous("several agreements start like this");
      best = &state;
    }
  }
  if (best == nullptr) {
    return Error(Code::kNotFound, "agreement.unknown",
                 "no agreement of yours has this id or digest");
  }
  // What is listed lacks the text.
  TS_ASSIGN_OR_RETURN(v1::AgreementState state, matcher.GetAgreement(ToHex(best->digest())));
  if (state.digest() != best->digest()) {
    return Error(Code::kPermissionDenied, "agreement.other",
                 "the matcher answers about another agreement than was asked for");
  }
  TS_RETURN_IF_ERROR(ParseServed(state));
  return state;
}

Result<agreements::Agreement> ParseServed(const v1::AgreementState& state) {
  if (crypto::Sha256(state.text()).view() != ByteView(state.digest())) {
    return Error(Code::kPermissionDenied, "agreement.changed",
                 "the matcher serves other bytes than the digest names")
        .Refused({"AGR-DIGEST", std::nullopt, "the exact bytes that were proposed"});
  }
  return agreements::ParseAgreement(state.text(), nullptr);
}

std::string_view PhaseName(v1::AgreementPhase phase) {
  switch (phase) {
    case v1::AGREEMENT_PHASE_PROPOSED:
      return "proposed";
    case v1::AGREEMENT_PHASE_COMMITTED:
      return "committed";
    case v1::AGREEMENT_PHASE_REVEALED:
      return "revealed";
    case v1::AGREEMENT_PHASE_ACTIVE:
      return "active";
    case v1::AGREEMENT_PHASE_SUSPENDED:
      return "suspended";
    case v1::AGREEMENT_PHASE_EXPIRED:
      return "expired";
    case v1::AGREEMENT_PHASE_REVOKED:
      return "revoked";
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return "superseded";
    default:
      return "unknown";
  }
}

std::string_view PhaseName(v1::RequestPhase phase) {
  switch (phase) {
    case v1::REQUEST_PHASE_SUBMITTED:
      return "submitted";
    case v1::REQUEST_PHASE_APPROVED:
      return "approved";
    case v1::REQUEST_PHASE_PROTECTED:
      return "protected";
    case v1::REQUEST_PHASE_OPENED:
      return "opened";
    case v1::REQUEST_PHASE_RELEASED:
      return "released";
    case v1::REQUEST_PHASE_REFUSED:
      return "refused";
    default:
      return "unknown";
  }
}

}  // namespace tallystick::client

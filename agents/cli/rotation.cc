#include "agents/cli/rotation.h"

#include <algorithm>
#include <cstdio>

#include "agents/approve/ceremony_runner.h"
#include "agents/approve/standing.h"
#include "agents/cli/agreement_verbs.h"
#include "agreements/amendment.h"
#include "agreements/fingerprint.h"
#include "agreements/policy.h"
#include "client/log_follower.h"
#include "client/print.h"

namespace tallystick::agents {
namespace {

// Proposals of one rotation, each revoked before it was active.
constexpr int kMaxAttempts = 100;

// Proposed, and its ceremony not finished.
bool IsPending(v1::AgreementPhase phase) {
  return phase == v1::AGREEMENT_PHASE_PROPOSED || phase == v1::AGREEMENT_PHASE_COMMITTED ||
         phase == v1::AGREEMENT_PHASE_REVEALED;
}

// The version whose keys are to be replaced. Of several, what is asked for is the one in force: an
// amendment that waits for signatures, made by an earlier call, must not be amended itself.
Result<v1::AgreementState> CurrentVersion(Session& session, const std::string& name) {
  TS_ASSIGN_OR_RETURN(v1::AgreementState state, client::FindAgreement(session.matcher, name));
  while (IsPending(state.phase()) && !state.replaces().empty()) {
    TS_ASSIGN_OR_RETURN(state, session.matcher.GetAgreement(ToHex(state.replaces())));
  }
  const auto refuse = [&](Literal rule, Literal message, Literal would_pass) {
    return Error(Code::kPermissionDenied, "agreement.not-active", message)
        .With("state", Name(client::PhaseName(state.phase())))
        .Refused({rule, std::nullopt, would_pass});
  };
  switch (state.phase()) {
    case v1::AGREEMENT_PHASE_ACTIVE:
    case v1::AGREEMENT_PHASE_SUSPENDED:
    case v1::AGREEMENT_PHASE_EXPIRED:  // CheckSignable() names the clause
      return state;
    case v1::AGREEMENT_PHASE_REVOKED:
      return refuse("AGR-REVOKED", "the agreement is revoked", "a new agreement");
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return refuse("AGR-SUPERSEDED", "the agreement has been amended: its keys are replaced",
                    "its newest version: name the agreement by its id");
    default:
      return refuse("AGR-NOT-ACTIVE", "the agreement has no keys yet that could be replaced",
                    "every party signs it and runs its agent");
  }
}

// This home's keys, where the agreement names those of another.
std::optional<agreements::PartyKeys> RenewedKeys(const Session& session,
                                                 const agreements::Agreement& terms) {
  const client::MemberKeys& own = session.home.identity().keys();
  agreements::PartyKeys keys{session.home.id(), Bytes(own.signing.verify_key().view()),
                             Bytes(own.sealing.public_key().view())};
  const agreements::Party* self = terms.FindParty(keys.party);
  if (self == nullptr ||
      (self->signing_key == keys.signing_key && self->sealing_key == keys.sealing_key)) {
    return std::nullopt;
  }
  return keys;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

// Datasets with their parties: all that was submitted before counts no more.
std::string ToSubmitAgain(const agreements::Agreement& terms) {
  std::vector<std::string> datasets;
  for (const agreements::Dataset& it : terms.datasets) {
    datasets.push_back(it.id + " (" + it.party + ")");
  }
  return Joined(datasets);
}

bool HasCommitted(const v1::AgreementState& state, std::string_view party) {
  return std::any_of(state.commitments().begin(), state.commitments().end(),
                     [&](const v1::PartyBytes& it) { return it.party() == party; });
}

// Who has not signed yet.
std::string AwaitedBy(const v1::AgreementState& state) {
  std::vector<std::string> awaited;
  for (const std::string& party : state.parties()) {
    if (!HasCommitted(state, party)) awaited.push_back(party);
  }
  return Joined(awaited);
}

// Other amendments of the same version: only one of them can become active.
std::string Rivals(const v1::AgreementList& list, const agreements::Agreement& rotation) {
  std::vector<std::string> rivals;
  for (const v1::AgreementState& it : list.agreements()) {
    if (IsPending(it.phase()) && it.replaces() == rotation.replaces->view() &&
        it.digest() != rotation.digest.view()) {
      rivals.push_back(ToHex(it.digest()));
    }
  }
  return Joined(rivals);
}

void PrintRotation(const agreements::Agreement& rotation, const v1::AgreementState& state,
                   const std::string& rivals, OutputForm form) {
  const std::string digest_hex = rotation.digest.hex();
  const std::string awaited = AwaitedBy(state);
  std::vector<std::pair<std::string, std::string>> facts = {
      {"agreement", rotation.id},
      {"version", std::to_string(rotation.version)},
      {"digest", digest_hex},
      {"fingerprint", agreements::Fingerprint(rotation.digest)},
      {"state", std::string(client::PhaseName(state.phase()))},
      {"awaits_signature_of", awaited},
      {"next", awaited.empty()
                   ? "run the agents until it is active"
                   : "each of these compares the fingerprint, then: agreement sign " +
                         digest_hex.substr(0, 8) +
                         " --confirm-fingerprint DIGITS; then the agents run until it is active"},
      {"then_submit_again", ToSubmitAgain(rotation)},
  };
  if (!rivals.empty()) {
    facts.emplace_back("other_amendments",
                       rivals + ": only one of these becomes active, and it too has new keys");
  }
  client::PrintFacts(facts, form);
  // The last line is the digest alone, as propose prints it.
  if (form == OutputForm::kText) std::printf("%s\n", digest_hex.c_str());
}

// The own datasets that were submitted under an earlier version and not yet under `terms`.
Result<std::vector<std::string>> ToSubmitAgainHere(Session& session,
                                                   const agreements::Agreement& terms) {
  // Of all versions: they share the chain.
  TS_ASSIGN_OR_RETURN(const auto list, session.matcher.ListSubmissions(terms.digest.hex()));
  std::vector<std::string> again;
  for (const agreements::Dataset* dataset : terms.DatasetsOf(session.home.id())) {
    bool here = false, before = false;
    for (const v1::SubmissionStatus& it : list.submissions()) {
      if (it.party() != session.home.id() || it.dataset() != dataset->id) continue;
      if (it.committed_time() == 0 || it.phase() == "withdrawn") continue;
      (it.agreement() == terms.digest.hex() ? here : before) = true;
    }
    if (before && !here) again.push_back(dataset->id);
  }
  return again;
}

// What is amiss with an agreement in force; empty where nothing is.
Result<std::string> Amiss(Session& session, const v1::AgreementState& state) {
  const std::string digest_hex = ToHex(state.digest());
  const std::string mend = "agreement rotate " + state.id() +
                           " makes new keys, once every party has signed; then submit every "
                           "dataset again";
  TS_ASSIGN_OR_RETURN(const bool has_signed, session.home.HasSigned(digest_hex));
  if (!has_signed) {
    return "in force, but signed by another home of this institution: if that one is lost, nothing "
           "submitted under it can be used any more. " +
           mend;
  }
  TS_ASSIGN_OR_RETURN(const bool has_secret, session.home.HasSecret(digest_hex));
  if (!has_secret) {
    return "in force, but its keys are not here: run --once finishes a ceremony. If they are lost, "
           "nothing submitted under it can be used any more. " +
           mend;
  }
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, session.home.LoadSigned(digest_hex));
  const Status share = RequireShare(session.home, terms);
  if (!share.ok() && share.error().id() == "agreement.share-lost") {
    return "its share of the joint key is lost: measures of this agreement cannot be opened any "
           "more. " +
           mend;
  }
  if (!share.ok()) return share.error().ToString();
  if (terms.version == 1) return std::string();
  TS_ASSIGN_OR_RETURN(const auto again, ToSubmitAgainHere(session, terms));
  if (again.empty()) return std::string();
  return "submit again: " + Joined(again) +
         ". What was submitted under an earlier version is not counted, and its keys are gone";
}

}  // namespace

Result<ExitCode> RunAgreementRotate(Session& session, const std::string& name, OutputForm form) {
  TS_RETURN_IF_ERROR(client::FollowLog(session.matcher, session.home.identity()));
  TS_ASSIGN_OR_RETURN(const v1::AgreementState current, CurrentVersion(session, name));
  TS_ASSIGN_OR_RETURN(agreements::Agreement terms, client::ParseServed(current));
  // What this home signed it may sign once more. Of a version that a lost home signed it has only
  // what the matcher serves, which a person compares by its fingerprint.
  TS_ASSIGN_OR_RETURN(const bool signed_here, session.home.HasSigned(terms.digest.hex()));
  if (signed_here) {
    TS_ASSIGN_OR_RETURN(terms, session.home.LoadSigned(terms.digest.hex()));
  }
  const auto renewed = RenewedKeys(session, terms);
  agreements::Agreement rotation;
  v1::AgreementState state;
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    TS_ASSIGN_OR_RETURN(const Bytes text, agreements::RotationText(terms, renewed, attempt));
    TS_ASSIGN_OR_RETURN(rotation, agreements::ParseAgreement(text, nullptr));
    TS_RETURN_IF_ERROR(CheckSignable(session, rotation));
    TS_ASSIGN_OR_RETURN(state, Propose(session, rotation));
    if (state.phase() != v1::AGREEMENT_PHASE_REVOKED) break;
  }
  if (signed_here && !renewed) {
    TS_RETURN_IF_ERROR(SignAgreement(session.home, session.matcher, rotation, state));
    TS_ASSIGN_OR_RETURN(state, session.matcher.GetAgreement(rotation.digest.hex()));
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementList list, session.matcher.ListAgreements());
  PrintRotation(rotation, state, Rivals(list, rotation), form);
  return ExitCode::kOk;
}

Result<std::vector<Notice>> NoticesOf(Session& session, const v1::AgreementList& agreements) {
  std::vector<Notice> notices;
  for (const v1::AgreementState& it : agreements.agreements()) {
    if (it.phase() == v1::AGREEMENT_PHASE_ACTIVE || it.phase() == v1::AGREEMENT_PHASE_SUSPENDED) {
      TS_ASSIGN_OR_RETURN(std::string amiss, Amiss(session, it));
      if (!amiss.empty()) notices.push_back({it.id(), std::move(amiss)});
      continue;
    }
    TS_ASSIGN_OR_RETURN(const bool has_signed, session.home.HasSigned(ToHex(it.digest())));
    if (IsPending(it.phase()) && !has_signed) {
      const std::string digest = ToHex(it.digest()).substr(0, 8);
      notices.push_back({it.id() + "." + digest,
                         "version " + std::to_string(it.version()) + " (" + digest +
                             ") waits for this institution: compare its fingerprint, then "
                             "agreement sign"});
    }
  }
  return notices;
}

}  // namespace tallystick::agents

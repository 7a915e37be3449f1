#include "agents/approve/release_opening.h"

#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "proto/codec.h"
#include "proto/domains.h"

namespace tallystick::agents {
namespace {

OpeningLedger::Subject SubjectOf(const ReviewedRelease& reviewed) {
  return {reviewed.request_id, reviewed.context.agreement, reviewed.context.job, reviewed.release};
}

// This party's partial decryptions, by the share that the ceremony proved.
Result<ProvenPartials> MakeOwn(const AgentHome& home, const ReviewedRelease& reviewed,
                               const JointShares& joint,
                               std::span<const crypto::Ciphertext> ciphertexts) {
  TS_ASSIGN_OR_RETURN(const crypto::Scalar share, home.LoadShare(reviewed.context.agreement.hex()));
  const crypto::Point* expected = joint.Find(home.id());
  if (expected == nullptr || !(crypto::Point::MulGenerator(share) == *expected)) {
    return Error(Code::kDataLoss, "agreement.joint-corrupt",
                 "this home's share is not the one that the ceremony proved");
  }
  return ProvenPartials::Make(reviewed.context, home.id(), share, ciphertexts);
}

Result<std::vector<v1::SealedPartials>> SealToOthers(const AgentHome& home,
                                                     const ReviewedRelease& reviewed,
                                                     const ProvenPartials& own) {
  std::vector<v1::SealedPartials> sealed;
  for (const agreements::Party& party : reviewed.terms.parties) {
    if (party.id == home.id()) continue;
    TS_ASSIGN_OR_RETURN(const auto key, crypto::SealingPublicKey::FromBytes(party.sealing_key));
    v1::SealedPartials& entry = sealed.emplace_back();
    entry.set_from(home.id());
    entry.set_to(party.id);
    entry.set_sealed(own.SealFor(reviewed.context, home.identity().keys().sealing, party.id, key));
  }
  return sealed;
}

// A set of `party`'s for this agent, or nothing: the matcher delivers.
const v1::SealedPartials* FindPartials(const v1::ReleaseProposal& proposal, std::string_view party,
                                       std::string_view to) {
  for (const v1::SealedPartials& partials : proposal.partials()) {
    if (partials.from() == party && partials.to() == to) return &partials;
  }
  return nullptr;
}

// A cache that holds nothing of anybody.
Result<crypto::DiscreteLogTable> LoadLogarithms(const AgentHome& home) {
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home.path() / "cache"));
  TS_ASSIGN_OR_RETURN(auto table, crypto::DiscreteLogTable::LoadOrBuild(home.path() / "cache" /
                                                                        "discrete-logarithms"));
  if (table.origin() == crypto::DiscreteLogTable::Origin::kRebuilt) {
    LogEvent(Level::kWarning, "cache.rebuilt", {{"table", Name("discrete-logarithms")}});
  }
  return table;
}

}  // namespace

Result<OpeningLedger> OpenLedger(const AgentHome& home) {
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home.path() / "ledger"));
  return OpeningLedger::Open(home.path() / "ledger" / "openings");
}

Status CheckLedger(const AgentHome& home, client::MatcherClient& matcher) {
  TS_ASSIGN_OR_RETURN(const v1::LedgerMark mark, matcher.GetLedgerMark());
  if (mark.size() == 0) return Ok();  // nothing was opened yet
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, home.Guard());
  TS_ASSIGN_OR_RETURN(const OpeningLedger ledger, OpenLedger(home));
  return ledger.CheckMark(mark);
}

Result<bool> AcceptLedger(const AgentHome& home, client::MatcherClient& matcher, Time now) {
  TS_ASSIGN_OR_RETURN(const v1::LedgerMark mark, matcher.GetLedgerMark());
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, home.Guard());
  TS_ASSIGN_OR_RETURN(OpeningLedger ledger, OpenLedger(home));
  if (ledger.CheckMark(mark).ok()) return false;
  TS_RETURN_IF_ERROR(ledger.Accept(mark, now));
  LogEvent(Level::kWarning, "ledger.accepted", {{"at_the_matcher", mark.size()}});
  return true;
}

Result<v1::Signed> MakeOpening(const AgentHome& home, const ReviewedRelease& reviewed, Time now) {
  TS_ASSIGN_OR_RETURN(OpeningLedger ledger, OpenLedger(home));
  const OpeningLedger::Subject subject = SubjectOf(reviewed);
  TS_ASSIGN_OR_RETURN(std::optional<v1::Opening> opening, ledger.Find(subject, reviewed.sums));
  if (!opening) {
    TS_ASSIGN_OR_RETURN(const JointShares joint, home.LoadJoint(reviewed.context.agreement.hex()));
    TS_ASSIGN_OR_RETURN(const ProvenPartials own,
                        MakeOwn(home, reviewed, joint, CiphertextsOf(reviewed.sums)));
    TS_ASSIGN_OR_RETURN(const auto sealed, SealToOthers(home, reviewed, own));
    TS_ASSIGN_OR_RETURN(opening, ledger.Record(subject, reviewed.sums, sealed, now));
  }
  return home.identity().SignAs(kOpeningDomain, Serialise(*opening));
}

Result<Bytes> ReadStatistics(const AgentHome& home, const ReviewedRelease& reviewed,
                             const v1::ReleaseProposal& proposal) {
  TS_ASSIGN_OR_RETURN(OpeningLedger ledger, OpenLedger(home));
  TS_ASSIGN_OR_RETURN(const auto opened, ledger.Find(SubjectOf(reviewed), reviewed.sums));
  if (!opened) {
    return Error(Code::kPermissionDenied, "opening.refused",
                 "this agent has not opened the sums of this request")
        .Refused({"REL-LEDGER", std::nullopt, "an opening by every party first"});
  }
  TS_ASSIGN_OR_RETURN(const JointShares joint, home.LoadJoint(reviewed.context.agreement.hex()));
  const std::vector<crypto::Ciphertext> ciphertexts = CiphertextsOf(reviewed.sums);
  std::vector<ProvenPartials> partials;
  for (const agreements::Party& party : reviewed.terms.parties) {
    if (party.id == home.id()) {
      TS_ASSIGN_OR_RETURN(auto own, MakeOwn(home, reviewed, joint, ciphertexts));
      partials.push_back(std::move(own));
      continue;
    }
    const v1::SealedPartials* given = FindPartials(proposal, party.id, home.id());
    const crypto::Point* public_share = joint.Find(party.id);
    if (given == nullptr || public_share == nullptr) {
      return Error(Code::kFailedPrecondition, "opening.incomplete",
                   "a party's partial decryptions are not here yet")
          .With("party", Name(party.id));
    }
    TS_ASSIGN_OR_RETURN(const auto key, crypto::SealingPublicKey::FromBytes(party.sealing_key));
    TS_ASSIGN_OR_RETURN(
        auto proven,
        ProvenPartials::Open(reviewed.context, party.id, key, *public_share, home.id(),
                             home.identity().keys().sealing, given->sealed(), ciphertexts));
    partials.push_back(std::move(proven));
  }
  TS_ASSIGN_OR_RETURN(const auto logarithms, LoadLogarithms(home));
  TS_ASSIGN_OR_RETURN(Bytes statistics, OpenSums(reviewed.terms, *reviewed.output, reviewed.sums,
                                                 partials, logarithms));
  TS_RETURN_IF_ERROR(ledger.RecordResult(reviewed.context.job, statistics));
  return statistics;
}

}  // namespace tallystick::agents

// Two agents' homes and the matcher's protocol core, with a protected table whose sums wait to be
// opened: mean and standard deviation of clinical hours by pathway. Nothing is suppressed, so the
// witnesses are empty and every number is known to the test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agents/approve/release_opening.h"
#include "agents/approve/release_review.h"
#include "tests/support/protocol_world.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {

// Thread safety: none.
class OpeningWorld {
 public:
  static constexpr std::string_view kOutput = "hours_by_pathway";
  // Linked rows of each pathway (by ordinal) that have hours, and that lack them.
  static constexpr std::uint64_t kObserved[] = {30, 40, 50};
  static constexpr std::uint64_t kUnobserved[] = {15, 16, 17};

  OpeningWorld();

  // The request, approved by both and protected.
  v1::RequestState Request() const { return world_.Request(request_id_); }
  const v1::StoredProposal& stored() const { return stored_; }
  // The proposal as the party is shown it, with what other parties have sealed to it.
  v1::ReleaseProposal ProposalFor(std::string_view party) const;

  AgentHome Home(std::string_view party) const { return HomeOf(party).Open(); }
  const SignedHome& HomeOf(std::string_view party) const { return *homes_.at(Bytes(party)); }
  Result<std::unique_ptr<ReviewedRelease>> Review(std::string_view party) const;
  Result<v1::Signed> Open(std::string_view party) const;
  // An agent's answer to the opened sums, over these statistics.
  matcher::ReleaseApprovalEvent Approve(std::string_view party, ByteView statistics) const;
  matcher::OpeningEvent Opening(const v1::Signed& opening) const { return {request_id_, opening}; }
  // Both give their openings.
  void OpenBoth();

  // What the hours of a pathway's rows add up to.
  static std::uint64_t SumOf(std::size_t pathway);

  // The sums under the joint key, as the matcher would propose them, with the squares.
  v1::EncryptedSum Encrypt(std::size_t cell, std::uint64_t count, std::uint64_t sum,
                           std::uint64_t squares) const;
  // Changes the table before it is protected anew: what a dishonest matcher would propose.
  void Propose(const std::function<void(v1::StoredProposal&, v1::ReleaseBody&)>& change);

  matcher::ProtocolWorld& world() { return world_; }
  const matcher::Cast& cast() const { return world_.cast(); }
  const JointShares& joint() const { return *joint_; }

 private:
  static std::string AgreementText();
  void MakeHomes();
  v1::StoredProposal MakeProposal(const v1::RequestState& request) const;

  matcher::ProtocolWorld world_;
  std::map<Bytes, std::unique_ptr<SignedHome>> homes_;
  std::optional<JointShares> joint_;
  std::string request_id_;
  v1::StoredProposal stored_;
};

}  // namespace tallystick::agents

// What an agent checks before it signs a release, against its own copy of the agreement and its
// own submission (protocol.md, section 6, step 2).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/agent_home.h"
#include "agents/open/opened_sums.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// ReviewRequest is what an agent decides a request by, whatever the matcher says: the person's
// signature against the key in the agreement, the policy, that the agreement is in force here
// (approve/standing.h), and that the request runs over a submission that this agent made for this
// dataset under this very agreement and has not withdrawn. A party without a dataset in the output
// checks the rest. Returns the verdict to sign, with the codes of the agent's own filters. A
// refusal by policy is an error with its rule.
Result<v1::Verdict> ReviewRequest(const AgentHome& home, const v1::RequestState& request, Time now);

// ReviewedRelease is a proposed release that has passed every check.
struct ReviewedRelease {
  std::string request_id;
  agreements::Agreement terms;
  const agreements::Output* output = nullptr;  // of `terms`
  OpeningContext context;
  crypto::Digest release;  // of the body without statistics
  bool has_measures = false;
  std::vector<SumToOpen> sums;  // empty too where every statistic is suppressed
};

// ReviewRelease checks a proposed release: that it answers this request and nothing else, names the
// agent's own root, counts by its codes, has the shape that the output asks for, keeps the
// minimums, adds up, and comes with witnesses, also against what this institution knows of its own
// data; the same of the table of each measure, whose published cells alone have a sum to open, over
// as many rows as is published. Nothing is opened or signed before.
Result<std::unique_ptr<ReviewedRelease>> ReviewRelease(const AgentHome& home,
                                                       const v1::RequestState& request,
                                                       const v1::ReleaseProposal& proposal,
                                                       Time now);

// SealLabels seals this agent's labels to every recipient of the output. `release_digest` is that
// of the body as it is signed.
Result<std::vector<v1::SealedLabels>> SealLabels(const AgentHome& home,
                                                 const ReviewedRelease& reviewed,
                                                 ByteView release_digest);

}  // namespace tallystick::agents

// What an agent checks before it signs a release, against its own copy of the agreement and its
// own submission (protocol.md, section 6, step 2).
#pragma once

#include "agents/agent_home.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// ReviewRequest is what an agent decides a request by, whatever the matcher says: the person's
// signature against the key in the agreement, the policy, that the agreement is in force here
// (approve/standing.h), and that the request runs over a submission that this agent made for this
// dataset under this very agreement and has not withdrawn. A party without a dataset in the output
// checks the rest. Returns the verdict to sign, with the codes of the agent's own filters. A
// refusal by policy is an error with its rule.
Result<v1::Verdict> ReviewRequest(const AgentHome& home, const v1::RequestState& request, Time now);

// ReviewRelease checks a proposed release: that it answers this request and nothing else, names the
// agent's own root, has the shape that the output asks for, keeps the minimums, adds up, and comes
// with witnesses, also against what this institution knows of its own data.
Status ReviewRelease(const AgentHome& home, const v1::RequestState& request,
                     const v1::ReleaseProposal& proposal, Time now);

// SealLabels seals this agent's labels to every recipient of the output.
Result<std::vector<v1::SealedLabels>> SealLabels(const AgentHome& home,
                                                 const v1::RequestState& request,
                                                 const v1::ReleaseProposal& proposal);

}  // namespace tallystick::agents

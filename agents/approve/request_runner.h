// The agent's part in requests: verdicts, and signatures of releases.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/agent_home.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

// Approve checks a request and posts this institution's signed verdict. A refusal by policy is
// posted as a refusal, which names the rule, the clause and what would pass, and returned. Follows
// the log first: a matcher that shows another history than before (ids "log.verify-…") gets no
// verdict.
Status Approve(const AgentHome& home, client::MatcherClient& matcher,
               const v1::RequestState& request, Time now);

// Deny posts a person's refusal, in their words: 1 to 1000 bytes, which the parties and persons of
// the agreement read. Fails with kInvalidArgument "usage.reason".
Status Deny(const AgentHome& home, client::MatcherClient& matcher, const v1::RequestState& request,
            const std::string& reason);

// SignRelease checks a proposed release and posts the signature and the sealed labels, or a
// signed refusal. The ledger remembers which release of a request this agent signed; another one of
// the same request is refused.
Status SignRelease(const AgentHome& home, client::MatcherClient& matcher,
                   const v1::RequestState& request, Time now);

struct RoundFacts {
  int agreements_advanced = 0;
  int requests_decided = 0;
  int releases_signed = 0;
  int refused = 0;  // by a rule
  int failed = 0;   // for another reason; worth another try
  // New certificates of destruction, where agreements are over.
  std::vector<std::filesystem::path> certificates;
};

// RunRound does everything that waits for this agent: certificate renewal, following the log,
// ceremonies, certificates of destruction, requests under agreements with automatic approval,
// releases. Fails when the log does
// not verify, before anything is approved, and when the matcher cannot be reached; what is refused
// or fails is logged and counted, and the round goes on with the rest.
Result<RoundFacts> RunRound(const AgentHome& home, client::MatcherClient& matcher,
                            const Clock& clock);

}  // namespace tallystick::agents

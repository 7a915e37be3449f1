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

// What an agent has given for a table.
enum class Part { kOpened, kSigned };

// AnswerRelease checks a proposed release and posts what it waits for: the agent's part in opening
// its sums, then the signature and the sealed labels; or a signed refusal. The ledgers remember
// which sums of a request this agent opened and which release it signed; others of the same request
// are refused. `ledger` is what CheckLedger() said: unless it is fine, no sum is opened, and
// nothing is posted.
Result<Part> AnswerRelease(const AgentHome& home, client::MatcherClient& matcher,
                           const v1::RequestState& request, const Status& ledger, Time now);

struct RoundFacts {
  int agreements_advanced = 0;
  int requests_decided = 0;
  int openings_given = 0;
  int releases_signed = 0;
  int refused = 0;  // by a rule
  int failed = 0;   // for another reason; worth another try
  // New certificates of destruction, where agreements are over.
  std::vector<std::filesystem::path> certificates;
};

// RunRound does everything that waits for this agent: certificate renewal, following the log,
// ceremonies, certificates of destruction, requests under agreements with automatic approval,
// openings, releases. Fails when the log does not verify, before anything is approved, and when the
// matcher cannot be reached; what is refused or fails is logged and counted, and the round goes on
// with the rest.
Result<RoundFacts> RunRound(const AgentHome& home, client::MatcherClient& matcher,
                            const Clock& clock);

}  // namespace tallystick::agents

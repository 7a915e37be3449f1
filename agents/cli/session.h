// What a verb of tallystick-agent works with.
#pragma once

#include <filesystem>
#include <string>

#include "agents/agent_home.h"
#include "base/console.h"
#include "client/agreement_lookup.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

struct Session {
  AgentHome home;
  client::MatcherClient matcher;
  SystemClock clock;

  static Result<Session> Open(const std::filesystem::path& home);
};

// An agreement this agent may work under: what the matcher serves, and this agent's own copy.
struct ActiveAgreement {
  v1::AgreementState state;
  agreements::Agreement terms;
  std::string digest_hex;
};

// FindSigned resolves `name` and loads the agent's own copy of what was signed.
Result<ActiveAgreement> FindSigned(Session& session, std::string_view name);

// RequireUsable also demands that the log continues what this agent saw before (FollowLog, ids
// "log.verify-…") and that the agreement is active, and finishes a ceremony that only waits
// for this agent.
Result<ActiveAgreement> RequireUsable(Session& session, std::string_view name);

// ChooseDataset returns this party's dataset: the one named, or its only one.
Result<const agreements::Dataset*> ChooseDataset(const agreements::Agreement& terms,
                                                 std::string_view party,
                                                 const std::string& dataset);

}  // namespace tallystick::agents

// An institution's home that has signed the test agreement and finished its ceremony.
#pragma once

#include <filesystem>
#include <string>

#include "agents/agent_home.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::agents {

// SignedHome is csun's: keys, identity, the agreement of `cast`, its context and a secret. The
// folder goes with the object.
class SignedHome {
 public:
  explicit SignedHome(const matcher::Cast& cast);
  ~SignedHome();
  SignedHome(const SignedHome&) = delete;
  SignedHome& operator=(const SignedHome&) = delete;

  const std::filesystem::path& path() const { return path_; }
  AgentHome Open() const;

  // Keeps a manifest as if this agent had submitted it; returns the submission's folder.
  std::filesystem::path Keep(const v1::Manifest& manifest) const;

 private:
  std::filesystem::path path_;
};

}  // namespace tallystick::agents

// An institution's home that has signed the test agreement and finished its ceremony.
#pragma once

#include <filesystem>
#include <string>

#include "agents/agent_home.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::agents {

// SignedHome is a party's, csun's by default: keys, identity, the agreement of `cast`, its context,
// a secret, a share of a joint key and every party's public share. The folder goes with the object.
class SignedHome {
 public:
  explicit SignedHome(const matcher::Cast& cast, std::string party = "csun");
  ~SignedHome();
  SignedHome(const SignedHome&) = delete;
  SignedHome& operator=(const SignedHome&) = delete;

  const std::filesystem::path& path() const { return path_; }
  AgentHome Open() const;

  // Keeps a manifest as if this agent had submitted it; returns the submission's folder.
  std::filesystem::path Keep(const v1::Manifest& manifest) const;

 private:
  std::string party_;
  std::filesystem::path path_;
};

}  // namespace tallystick::agents

// What an agent keeps of its own submissions: the signed manifest, and its category columns and
// which rows have which measure, under its own key, so that it knows its own counts when it checks
// a release.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "agents/agent_home.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// OwnColumns are a submission's rows as its own agent counts them.
struct OwnColumns {
  // For each category in the agreement's order, by row: the ordinal of the value's code in the
  // sorted dictionary.
  std::vector<std::vector<std::uint16_t>> ordinals;
  // For each measure in the agreement's order, by row: whether it was observed. Never its value.
  std::vector<std::vector<bool>> observed;
};

// KeepOwnColumns stores them in `directory`, which becomes or is the submission's own, under a key
// derived from the agent's code key. Durable on return. LoadOwnColumns fails with kDataLoss
// "submission.columns" where the file is not such columns.
Status KeepOwnColumns(const AgentHome& home, const std::filesystem::path& directory,
                      std::string_view submission_id_hex, const OwnColumns& columns);
Result<OwnColumns> LoadOwnColumns(const AgentHome& home, std::string_view submission_id_hex);

Status KeepManifest(const std::filesystem::path& directory, const v1::Signed& manifest);
Result<v1::Signed> LoadManifest(const AgentHome& home, std::string_view submission_id_hex);

// FindSubmissionByRoot returns the id (hex) of this agent's submission with that Merkle root, or
// nullopt when it made none. Fails with kUnavailable "file.io" when that cannot be read just now,
// which says nothing about whoever asks.
Result<std::optional<std::string>> FindSubmissionByRoot(const AgentHome& home, ByteView root);

}  // namespace tallystick::agents

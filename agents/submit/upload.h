// Sending a built submission: idempotent, resumable, four chunks at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "agents/agent_home.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

struct UploadProgress {
  std::uint32_t chunks_done = 0;
  std::uint32_t chunk_count = 0;
  std::uint64_t bytes_done = 0;
};

// Upload opens the submission of `manifest` at the matcher, sends the chunks that are missing there
// from `spool`/chunks, and commits. What was interrupted goes on where it was: at most one chunk
// per connection is sent again. Returns the committed status with its receipt, which has been
// verified. Fails with kFailedPrecondition "submission.spool" when a chunk file is gone.
Result<v1::SubmissionStatus> Upload(const AgentHome& home, const v1::Signed& manifest,
                                    const std::filesystem::path& spool,
                                    const std::function<void(const UploadProgress&)>& progress);

}  // namespace tallystick::agents

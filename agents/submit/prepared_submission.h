// Submissions between the data file and the matcher's receipt, in HOME/submissions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/agent_home.h"
#include "agents/submit/own_submission.h"
#include "base/result.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// BuildingDirectory names where this process builds a submission (or looks at what one would be).
// Nobody sees it as a submission before PublishPrepared.
std::filesystem::path BuildingDirectory(const AgentHome& home);

// PublishPrepared adds to the building directory what a submission has beside its chunks, and makes
// it HOME/submissions/<id> by one rename: after a crash it is there whole or not at all. `mark`
// says from what it was made; with the same mark the upload is resumed instead of encoding anew.
// Durable on return.
Status PublishPrepared(const AgentHome& home, std::string_view id_hex, const OwnColumns& columns,
                       const v1::Signed& manifest, std::string_view mark);

// FindPrepared returns the ids (hex) of submissions without a receipt whose mark starts like this.
std::vector<std::string> FindPrepared(const AgentHome& home, std::string_view mark_prefix);

// ForgetPrepared removes one that will never be sent.
void ForgetPrepared(const AgentHome& home, std::string_view id_hex);

// FinishPrepared keeps the receipt and drops what was only needed for sending.
Status FinishPrepared(const AgentHome& home, std::string_view id_hex, std::string_view receipt);

// RemoveAbandoned removes the building directories of processes that have ended.
void RemoveAbandoned(const AgentHome& home);

}  // namespace tallystick::agents

// The verbs of tallystick-matcher other than serve (contract.md).
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/console.h"
#include "base/result.h"

namespace tallystick::matcher {

// "72h", "90m", "30s" or "3d".
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);

Result<ExitCode> RunInvite(const std::filesystem::path& home, std::string_view role,
                           const std::string& id, const std::string& name, std::string_view ttl,
                           OutputForm form);
Result<ExitCode> RunStatus(const std::filesystem::path& home, OutputForm form);
Result<ExitCode> RunRevokeMember(const std::filesystem::path& home, const std::string& id,
                                 OutputForm form);
Result<ExitCode> RunBackup(const std::filesystem::path& home, const std::filesystem::path& to,
                           OutputForm form);
Result<ExitCode> RunRestore(const std::filesystem::path& home, const std::filesystem::path& from,
                            OutputForm form);

// What fsck does before it checks log, view and chunks.
struct FsckChoices {
  bool rebuild = false;       // make the view anew from the log
  bool new_keystore = false;  // begin an empty key store in place of a lost one
};
Result<ExitCode> RunFsck(const std::filesystem::path& home, const FsckChoices& choices,
                         OutputForm form);

// Writes everything the matcher could read into `out`: records, view and decrypted chunks.
Result<ExitCode> RunDump(const std::filesystem::path& home, const std::filesystem::path& out,
                         OutputForm form);

}  // namespace tallystick::matcher

#include "agents/submit/prepared_submission.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <system_error>

#include "base/file.h"

namespace tallystick::agents {
namespace {

constexpr std::string_view kBuildingPrefix = ".building-";
constexpr std::uint64_t kMaxMarkBytes = 4096;

std::filesystem::path Submissions(const AgentHome& home) { return home.path() / "submissions"; }

// The process of a building directory's name; 0 where it is none.
pid_t BuilderOf(std::string_view name) {
  if (!name.starts_with(kBuildingPrefix)) return 0;
  name.remove_prefix(kBuildingPrefix.size());
  pid_t process = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), process);
  return parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() ? process : 0;
}

bool HasEnded(pid_t process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

}  // namespace

std::filesystem::path BuildingDirectory(const AgentHome& home) {
  return Submissions(home) / (std::string(kBuildingPrefix) + std::to_string(::getpid()));
}

Status PublishPrepared(const AgentHome& home, std::string_view id_hex, const OwnColumns& columns,
                       const v1::Signed& manifest, std::string_view mark) {
  const std::filesystem::path building = BuildingDirectory(home);
  TS_RETURN_IF_ERROR(KeepOwnColumns(home, building, id_hex, columns));
  TS_RETURN_IF_ERROR(KeepManifest(building, manifest));
  TS_RETURN_IF_ERROR(WriteFileDurably(building / "pending", mark));
  std::error_code error;
  std::filesystem::rename(building, home.SubmissionDirectory(id_hex), error);
  if (error) return Error(Code::kUnavailable, "file.io", "cannot move the prepared submission");
  return SyncDirectory(Submissions(home));
}

std::vector<std::string> FindPrepared(const AgentHome& home, std::string_view mark_prefix) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(Submissions(home), error)) {
    const std::string name = entry.path().filename().string();
    if (BuilderOf(name) != 0) continue;
    const auto pending = ReadFile(entry.path() / "pending", kMaxMarkBytes);
    if (pending.ok() && ByteView(*pending).starts_with(mark_prefix)) found.push_back(name);
  }
  return found;
}

void ForgetPrepared(const AgentHome& home, std::string_view id_hex) {
  const auto directory = home.SubmissionDirectory(id_hex);
  std::error_code ignored;
  std::filesystem::remove(directory / "pending", ignored);  // first: it must not be found half gone
  std::filesystem::remove_all(directory, ignored);
}

Status FinishPrepared(const AgentHome& home, std::string_view id_hex, std::string_view receipt) {
  const auto directory = home.SubmissionDirectory(id_hex);
  TS_RETURN_IF_ERROR(WriteFileDurably(directory / "receipt.tlog-proof", receipt));
  std::error_code ignored;
  std::filesystem::remove_all(directory / "chunks", ignored);
  // Last: until here the same command comes by again and finishes.
  std::filesystem::remove(directory / "pending", ignored);
  return Ok();
}

void RemoveAbandoned(const AgentHome& home) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(Submissions(home), error)) {
    const pid_t builder = BuilderOf(entry.path().filename().string());
    if (builder == 0 || !HasEnded(builder)) continue;
    std::error_code ignored;
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

}  // namespace tallystick::agents

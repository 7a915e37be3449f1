#include "client/seen_checkpoints.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "base/file.h"

namespace tallystick::client {
namespace {

constexpr std::uint64_t kMaxListBytes = 64 * 1024;

}  // namespace

std::vector<SeenCheckpoint> LoadSeenCheckpoints(const std::filesystem::path& home) {
  std::vector<SeenCheckpoint> seen;
  const Result<Bytes> text = ReadFile(home / "checkpoints", kMaxListBytes);
  if (!text.ok()) return seen;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    SeenCheckpoint checkpoint;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), checkpoint.size);
    const auto used = static_cast<std::size_t>(parsed.ptr - line.data());
    if (parsed.ec != std::errc() || used >= line.size() || line[used] != ' ') continue;
    const auto root = crypto::Digest::FromHex(line.substr(used + 1));
    if (!root.ok()) continue;
    checkpoint.root = *root;
    seen.push_back(checkpoint);
  }
  return seen;
}

Status StoreSeenCheckpoints(const std::filesystem::path& home, std::vector<SeenCheckpoint> seen) {
  if (seen.size() > kMaxSeenCheckpoints) {
    std::vector<SeenCheckpoint> thinned;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (i % 2 == 0 || i >= seen.size() / 2) thinned.push_back(seen[i]);
    }
    seen = std::move(thinned);
  }
  std::string text;
  for (const SeenCheckpoint& it : seen) {
    text += std::to_string(it.size) + " " + it.root.hex() + "\n";
  }
  return WriteFileDurably(home / "checkpoints", text);
}

}  // namespace tallystick::client

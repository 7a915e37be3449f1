// Runs a fuzz target without libFuzzer: x_replay CORPUS RUNS. First every seed, which must be
// accepted, or refused where its name says so (former crashes); then RUNS mutations of the seeds,
// the same in every run.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

#include "base/file.h"
#include "base/log.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

constexpr std::uint64_t kMaxSeedBytes = 64 * 1024;

// Mutator edits bytes a few times, as a fuzzer would.
class Mutator {
 public:
  explicit Mutator(std::vector<Bytes> seeds) : seeds_(std::move(seeds)) {}

  Bytes Next() {
    Bytes bytes = seeds_[Below(seeds_.size())];
    for (std::size_t edits = 1 + Below(4); edits > 0; --edits) Edit(bytes);
    return bytes;
  }

 private:
  std::size_t Below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void Edit(Bytes& bytes) {
    const std::size_t at = Below(bytes.size() + 1);
    const std::size_t length = Below(std::min<std::size_t>(64, bytes.size() - at) + 1);
    const Bytes& other = seeds_[Below(seeds_.size())];
    switch (Below(8)) {
      case 0:
        bytes.resize(at);
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, length));
        break;
      case 3:
        bytes.insert(at, other.substr(Below(other.size()), 1 + Below(64)));
        break;
      case 4:
        bytes.insert(at, 1 + Below(8), kTelling[Below(sizeof kTelling)]);
        break;
      case 5:
        bytes.replace(at, length, length, kTelling[Below(sizeof kTelling)]);
        break;
      case 6:
        if (at < bytes.size()) bytes[at] = static_cast<char>(random_());
        break;
      default:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
        break;
    }
  }

  // Bytes that mean something to one parser or another.
  static constexpr char kTelling[] = {'\0', '\1', '\x7F', '\x80', '\xFF', '"', '\'', '\\', '\n',
                                      '\r', ' ',  ',',    '.',    '=',    '[', ']',  '{',  '}',
                                      ':',  '/',  '-',    '0',    '9',    'A', 'z'};

  const std::vector<Bytes> seeds_;
  std::mt19937_64 random_{1};
};

int Replay(const std::filesystem::path& corpus, std::uint64_t runs) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> seeds;
  for (const auto& path : paths) {
    seeds.push_back(ReadFile(path, kMaxSeedBytes).value());
    const bool refused = path.filename().string().starts_with("refused-");
    if (FuzzOne(seeds.back()) != refused) continue;
    std::fprintf(stderr, "%s: this seed is %s\n", path.c_str(),
                 refused ? "accepted" : "no longer accepted");
    return 1;
  }
  if (seeds.empty()) return 1;
  std::uint64_t accepted = 0;
  Mutator mutator(seeds);
  for (std::uint64_t run = 0; run < runs; ++run) {
    // Exactly as large as its content, so that a sanitizer sees the first byte read behind it.
    const Bytes bytes = mutator.Next();
    const auto exact = std::make_unique<char[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), exact.get());
    if (FuzzOne(ByteView(exact.get(), bytes.size()))) ++accepted;
  }
  std::printf("%zu seeds; %llu of %llu mutations accepted\n", seeds.size(),
              static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(runs));
  return 0;
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s CORPUS RUNS\n", argv[0]);
    return 2;
  }
  tallystick::SetLogLevel(tallystick::Level::kError);
  return tallystick::Replay(argv[1], std::strtoull(argv[2], nullptr, 10));
}

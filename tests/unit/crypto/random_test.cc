#include "crypto/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace tallystick::crypto {
namespace {

TEST(RandomBytes, NeverRepeats) {
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(RandomBytes(16)).second);
  EXPECT_TRUE(RandomBytes(0).empty());
}

TEST(RandomStream, TwoStreamsDiffer) {
  RandomStream a;
  RandomStream b;
  EXPECT_NE(a(), b());
}

TEST(RandomStream, NeverRepeatsAcrossItsBufferAndLargeFills) {
  RandomStream stream;
  std::set<Bytes> blocks;
  for (const std::size_t size : {16u, 4080u, 32u, 4096u, 10000u, 16u, 5000u}) {
    Bytes bytes(size, '\0');
    stream.Fill(bytes.data(), bytes.size());
    for (std::size_t i = 0; i + 16 <= size; i += 16) {
      EXPECT_TRUE(blocks.insert(bytes.substr(i, 16)).second);
    }
  }
}

TEST(RandomStream, FillsExactlyWhatItIsAskedFor) {
  RandomStream stream;
  for (const std::size_t size : {0u, 1u, 7u, 4095u, 4096u, 4097u}) {
    Bytes bytes(size + 2, 'x');
    stream.Fill(bytes.data() + 1, size);
    EXPECT_EQ(bytes.front(), 'x');
    EXPECT_EQ(bytes.back(), 'x');
  }
}

TEST(RandomStream, UniformStaysBelowItsBound) {
  RandomStream stream;
  EXPECT_EQ(stream.Uniform(1), 0u);
  for (const std::uint64_t bound :
       {std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{1000}, std::uint64_t{1} << 63,
        (std::uint64_t{1} << 63) + 1, ~std::uint64_t{0}}) {
    for (int i = 0; i < 1000; ++i) EXPECT_LT(stream.Uniform(bound), bound);
  }
}

TEST(RandomStream, UniformGivesEachValueItsShare) {
  RandomStream stream;
  std::array<int, 6> counts{};
  constexpr int kRolls = 60000;
  for (int i = 0; i < kRolls; ++i) ++counts[stream.Uniform(6)];
  double chi_squared = 0;  // 5 degrees of freedom: above 40 once in 10 million runs
  for (const int count : counts) chi_squared += (count - 10000.0) * (count - 10000.0) / 10000.0;
  EXPECT_LT(chi_squared, 40.0);
}

TEST(RandomStream, ShufflesWithTheStandardLibrary) {
  std::vector<int> cards(1000);
  std::iota(cards.begin(), cards.end(), 0);
  auto shuffled = cards;
  std::shuffle(shuffled.begin(), shuffled.end(), RandomStream());
  EXPECT_NE(shuffled, cards);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, cards);
}

TEST(RandomStream, IsAssignedBySwappingSoThatNoBufferIsFreedUnwiped) {
  RandomStream a;
  RandomStream b;
  a();
  a = std::move(b);
  EXPECT_NE(a(), b());  // NOLINT(bugprone-use-after-move): b has what a had
}

}  // namespace
}  // namespace tallystick::crypto

#include "crypto/discrete_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "base/file.h"
#include "crypto/hash.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

constexpr std::uint64_t kBound = DiscreteLogTable::kBound;

PointOrIdentity Multiple(std::uint64_t value) {
  if (value == 0) return PointOrIdentity();
  return PointOrIdentity(Point::MulGenerator(Scalar::FromInteger(value).value()));
}

// 2^16 points: built at once, and 2^23 giant steps take long enough for a few only.
const DiscreteLogOptions kSmall{.baby_bits = 16};

const DiscreteLogTable& Whole() {
  static const auto* const table = new DiscreteLogTable(DiscreteLogTable::Build());
  return *table;
}

// The table's file with the checksum that fits what it says.
Bytes WithChecksum(Bytes file) {
  Sha256Hasher hasher;
  hasher.Update(ByteView(file).substr(0, 32));
  hasher.Update(ByteView(file).substr(64));
  return file.replace(32, 32, hasher.Finish().view());
}

TEST(DiscreteLogTable, FindsEveryKindOfNumberBelowItsBound) {
  std::vector<std::uint64_t> numbers = {0,    1,    2,    1022,       1023,       1024,
                                        1025, 2047, 2048, kBound - 1, kBound - 2, kBound / 2};
  const std::uint64_t reach = (1u << 22) - 1;
  const std::uint64_t stride = 2 * reach + 1;
  // Around the edges of a giant step, its middle, and a block of 1,024 of them.
  for (const std::uint64_t step : {1u, 2u, 1023u, 1024u, 1025u, 2048u, 100000u}) {
    for (const std::uint64_t offset : {reach + 1, reach, reach - 1}) {
      numbers.push_back(step * stride - offset);
      numbers.push_back(step * stride + offset);
    }
    for (const std::uint64_t offset : {0u, 1u, 1024u}) {
      numbers.push_back(step * stride - offset);
      numbers.push_back(step * stride + offset);
    }
  }
  RandomStream random;
  for (int i = 0; i < 5; ++i) numbers.push_back(random.Uniform(kBound));
  for (const std::uint64_t number : numbers) {
    const auto found = Whole().Find(Multiple(number));
    ASSERT_TRUE(found.ok()) << number;
    EXPECT_EQ(*found, number);
  }
}

TEST(DiscreteLogTable, SaysThatThereIsNoSmallLogarithm) {
  for (const std::uint64_t number : {kBound, kBound + 1, kBound + (1u << 21)}) {
    EXPECT_EQ(Whole().Find(Multiple(number)).error().id(), "crypto.no-small-logarithm");
  }
  const Point minus_one = Multiple(1).point().Negate();
  EXPECT_FALSE(Whole().Find(PointOrIdentity(minus_one)).ok());
  const Point any = Point::MulGenerator(Scalar::Random());
  EXPECT_EQ(Whole().Find(PointOrIdentity(any)).error().code(), Code::kInvalidArgument);
}

TEST(DiscreteLogTable, FindsWithFewerPointsToo) {
  const DiscreteLogTable table = DiscreteLogTable::Build({.baby_bits = 10});
  for (std::uint64_t number = 0; number < 5000; number += 7) {
    EXPECT_EQ(table.Find(Multiple(number)).value(), number);
  }
  EXPECT_EQ(table.Find(Multiple(12345678)).value(), 12345678u);
}

TEST(DiscreteLogTable, IsBuiltOnceAndThenLoaded) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "logarithms";
  const auto built = DiscreteLogTable::LoadOrBuild(path, kSmall);
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(built->origin(), DiscreteLogTable::Origin::kBuilt);
  const auto loaded = DiscreteLogTable::LoadOrBuild(path, kSmall);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->origin(), DiscreteLogTable::Origin::kLoaded);
  EXPECT_EQ(loaded->Find(Multiple(50000000)).value(), 50000000u);
}

TEST(DiscreteLogTable, IsRebuiltWhenItsFileIsDamaged) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "logarithms";
  ASSERT_TRUE(DiscreteLogTable::LoadOrBuild(path, kSmall).ok());
  const Bytes good = ReadFile(path, 1 << 20).value();
  std::vector<Bytes> damaged = {"",         good.substr(0, 40), good.substr(0, good.size() - 1),
                                good + "x", good.substr(0, 64), Bytes(good.size(), '\0')};
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{20}, std::size_t{40},
                               std::size_t{64}, good.size() / 2, good.size() - 1}) {
    damaged.push_back(good);
    damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 4);
  }
  for (const Bytes& bytes : damaged) {
    ASSERT_TRUE(WriteFileDurably(path, bytes).ok());
    const auto table = DiscreteLogTable::LoadOrBuild(path, kSmall);
    ASSERT_TRUE(table.ok());
    EXPECT_EQ(table->origin(), DiscreteLogTable::Origin::kRebuilt);
    EXPECT_EQ(ReadFile(path, 1 << 20).value(), good);
  }
  // Another version's is as good as none.
  const DiscreteLogOptions other{.baby_bits = 12};
  EXPECT_EQ(DiscreteLogTable::LoadOrBuild(path, other)->origin(),
            DiscreteLogTable::Origin::kRebuilt);
}

TEST(DiscreteLogTable, IsRebuiltWhenItsFileIsAnotherVersionsAndWhole) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "logarithms";
  ASSERT_TRUE(DiscreteLogTable::LoadOrBuild(path, kSmall).ok());
  const Bytes good = ReadFile(path, 1 << 20).value();
  ASSERT_EQ(WithChecksum(good), good);
  for (const std::size_t at : {0u, 6u, 8u, 9u, 31u}) {  // magic, version, baby_bits, zeros
    Bytes other = good;
    other[at] = static_cast<char>(other[at] ^ 1);
    ASSERT_TRUE(WriteFileDurably(path, WithChecksum(other)).ok());
    EXPECT_EQ(DiscreteLogTable::LoadOrBuild(path, kSmall)->origin(),
              DiscreteLogTable::Origin::kRebuilt);
  }
}

TEST(DiscreteLogTable, FindsNoWrongNumberInATableThatIsWrongInSpiteOfItsChecksum) {
  const TemporaryDirectory directory;
  const DiscreteLogOptions options{.baby_bits = 20};
  const auto path = directory.path() / "logarithms";
  ASSERT_TRUE(DiscreteLogTable::LoadOrBuild(path, options).ok());
  Bytes forged = ReadFile(path, 1 << 24).value();
  for (std::size_t at = 64; at < forged.size(); at += 4) {  // every j of the slots is another one
    if (forged.substr(at, 4) != Bytes(4, '\0')) forged[at] = static_cast<char>(forged[at] ^ 2);
  }
  ASSERT_TRUE(WriteFileDurably(path, WithChecksum(forged)).ok());
  const auto table = DiscreteLogTable::LoadOrBuild(path, options);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->origin(), DiscreteLogTable::Origin::kLoaded);
  for (const std::uint64_t number : {1000u, 3000000u}) {
    const auto found = table->Find(Multiple(number));
    EXPECT_TRUE(!found.ok() || *found == number);
  }
}

TEST(DiscreteLogTable, SaysWhenItsFileCannotBeWritten) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "missing" / "logarithms";
  EXPECT_FALSE(DiscreteLogTable::LoadOrBuild(path, kSmall).ok());
}

}  // namespace
}  // namespace tallystick::crypto

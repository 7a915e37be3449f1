// What a party, or the world, can do to linkage.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <random>

#include "matcher/linkage/ladder.h"
#include "matcher/linkage/parallel.h"
#include "tests/unit/matcher/linkage/ladder_case.h"

namespace tallystick::matcher {
namespace {

Token RandomToken(std::mt19937_64& random) {
  Token token;
  for (auto& byte : token) byte = static_cast<std::uint8_t>(random());
  return token;
}

// A sorted column of `count` distinct tokens that the test may then spoil.
struct Entries {
  explicit Entries(std::size_t count, unsigned seed = 1) : tokens(count), rows(count) {
    std::mt19937_64 random(seed);
    for (Token& token : tokens) token = RandomToken(random);
    std::sort(tokens.begin(), tokens.end());
    std::iota(rows.begin(), rows.end(), 0U);
  }
  std::vector<Token> tokens;
  std::vector<std::uint32_t> rows;
};

constexpr std::uint32_t kBlock = 50;

Result<Linkage> LinkEntries(const Entries& left, const Entries& right, LadderOptions options = {}) {
  const MemoryTokenColumn left_column(left.tokens, left.rows, kBlock);
  const MemoryTokenColumn right_column(right.tokens, right.rows, kBlock);
  LadderInput input;
  input.left_row_count = 1000;
  input.right_row_count = 1000;
  input.keys = {{&left_column, &right_column}};
  return LinkLadder(input, options);
}

TEST(LadderHostile, AnyTwoEntriesSwappedAreFoundOnEitherSideForAnyThreads) {
  const Entries sorted(1000);
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    Entries spoilt = sorted;
    const std::size_t a = random() % 1000;
    const std::size_t b = i < 100 ? (a + 1) % 1000 : random() % 1000;
    if (a == b) continue;
    std::swap(spoilt.tokens[a], spoilt.tokens[b]);
    for (const unsigned threads : {1U, 2U, 16U}) {
      const auto left = LinkEntries(spoilt, sorted, {.thread_count = threads});
      ASSERT_FALSE(left.ok()) << a << " " << b;
      EXPECT_EQ(left.error().code(), Code::kInvalidArgument);
      EXPECT_EQ(left.error().id(), "linkage.unsorted-column");
      const auto right = LinkEntries(sorted, spoilt, {.thread_count = threads});
      ASSERT_FALSE(right.ok());
      EXPECT_EQ(right.error().id(), "linkage.unsorted-column");
    }
  }
}

TEST(LadderHostile, BlocksInAnotherOrderAreFoundForAnyThreads) {
  const Entries sorted(1000);
  std::mt19937 random(6);
  for (int i = 0; i < 100; ++i) {
    std::vector<std::size_t> order(1000 / kBlock);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::vector<std::size_t> straight = order;
    if (i < 20) {
      std::rotate(order.begin(), order.begin() + 1 + i % 19, order.end());
    } else {
      std::shuffle(order.begin(), order.end(), random);
    }
    if (order == straight) continue;
    Entries spoilt = sorted;
    for (std::size_t block = 0; block < order.size(); ++block) {
      std::copy_n(sorted.tokens.begin() + static_cast<std::ptrdiff_t>(order[block] * kBlock),
                  kBlock, spoilt.tokens.begin() + static_cast<std::ptrdiff_t>(block * kBlock));
    }
    for (const unsigned threads : {1U, 2U, 7U, 16U}) {
      const auto linkage = LinkEntries(spoilt, sorted, {.thread_count = threads});
      ASSERT_FALSE(linkage.ok()) << i << " " << threads;
      EXPECT_EQ(linkage.error().id(), "linkage.unsorted-column");
    }
  }
}

TEST(LadderHostile, RowsOfOneTokenMustAscendToo) {
  Entries entries(100);
  entries.tokens[50] = entries.tokens[49];  // across a block boundary
  std::swap(entries.rows[49], entries.rows[50]);
  const auto linkage = LinkEntries(entries, Entries(100));
  ASSERT_FALSE(linkage.ok());
  EXPECT_EQ(linkage.error().id(), "linkage.unsorted-column");
}

TEST(LadderHostile, ARowBeyondTheSubmissionIsFoundWhereverItIs) {
  for (const std::size_t at : {0U, 49U, 50U, 512U, 999U}) {
    Entries spoilt(1000);
    spoilt.rows[at] = 1000;
    const auto linkage = LinkEntries(Entries(1), spoilt);
    ASSERT_FALSE(linkage.ok());
    EXPECT_EQ(linkage.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(linkage.error().id(), "linkage.row-range");
  }
}

TEST(LadderHostile, TheErrorNamesSideKeyAndBlock) {
  Entries spoilt(1000);
  std::swap(spoilt.tokens[777], spoilt.tokens[778]);
  const auto linkage = LinkEntries(Entries(3), spoilt);
  ASSERT_FALSE(linkage.ok());
  EXPECT_EQ(linkage.error().ToString(),
            "linkage.unsorted-column: a token column is not sorted (side=right, key=1, block=15)");
}

TEST(LadderHostile, OneTokenOnEveryRowIsSkipped) {
  Entries left(1000), right(1000);
  std::fill(left.tokens.begin(), left.tokens.end(), Token{});
  std::fill(right.tokens.begin(), right.tokens.end(), Token{});
  const auto linkage = LinkEntries(left, right, {.memory_bytes = 1 << 20});
  ASSERT_TRUE(linkage.ok()) << linkage.error().ToString();
  EXPECT_EQ(linkage->passes[0], (LadderPass{0, 1}));
}

// Every token on exactly as many rows as allowed, on both sides: the most pairs there can be.
Entries Saturated(std::uint32_t row_count) {
  Entries entries(row_count);
  for (std::size_t i = 0; i < entries.tokens.size(); ++i) {
    entries.tokens[i] = entries.tokens[i / 100 * 100];
  }
  return entries;
}

TEST(LadderHostile, PairsBeyondTheMemoryAreRefused) {
  const Entries poison = Saturated(1000);  // 100,000 pairs
  const auto refused = LinkEntries(poison, poison, {.memory_bytes = 1'500'000});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kExhausted);
  EXPECT_EQ(refused.error().id(), "linkage.too-many-candidates");
  const auto linkage = LinkEntries(poison, poison, {.memory_bytes = 16 << 20});
  ASSERT_TRUE(linkage.ok());
  EXPECT_EQ(linkage->ambiguous_left_count, 1000U);
}

TEST(LadderHostile, RowsBeyondTheMemoryAreRefused) {
  const auto linkage = LinkEntries(Entries(5), Entries(5), {.memory_bytes = 9'999});
  ASSERT_FALSE(linkage.ok());
  EXPECT_EQ(linkage.error().code(), Code::kExhausted);
  EXPECT_EQ(linkage.error().id(), "linkage.too-many-rows");
}

TEST(LadderHostile, MoreRowsThanLinkageCanNumberAreRefused) {
  const MemoryTokenColumn column({}, {});
  LadderInput input;
  input.left_row_count = kMaxLinkageRows + 1;
  input.keys = {{&column, &column}};
  const auto linkage = LinkLadder(input);
  ASSERT_FALSE(linkage.ok());
  EXPECT_EQ(linkage.error().id(), "linkage.too-many-rows");
}

// Calls `on_read` before each read.
class WatchedColumn : public TokenColumn {
 public:
  using OnRead = std::function<Status(std::uint32_t)>;
  WatchedColumn(const Entries& entries, OnRead on_read)
      : column_(entries.tokens, entries.rows, kBlock), on_read_(std::move(on_read)) {}

  std::uint32_t block_count() const override { return column_.block_count(); }
  Result<TokenBlock> ReadBlock(std::uint32_t block, Bytes& scratch) const override {
    TS_RETURN_IF_ERROR(on_read_(block));
    return column_.ReadBlock(block, scratch);
  }

 private:
  MemoryTokenColumn column_;
  OnRead on_read_;
};

TEST(LadderHostile, CancellingStopsAtTheNextBlock) {
  std::stop_source stop;
  std::atomic<int> reads = 0;
  const WatchedColumn column(Entries(1000), [&](std::uint32_t) {
    if (++reads == 5) stop.request_stop();
    return Ok();
  });
  LadderInput input;
  input.left_row_count = input.right_row_count = 1000;
  input.keys.assign(4, {&column, &column});
  const auto linkage = LinkLadder(input, {.thread_count = 2}, stop.get_token());
  ASSERT_FALSE(linkage.ok());
  EXPECT_EQ(linkage.error().code(), Code::kUnavailable);
  EXPECT_EQ(linkage.error().id(), "linkage.cancelled");
  EXPECT_LT(reads.load(), 10);
}

TEST(LadderHostile, AFailingReadIsTheErrorAndStopsTheOtherParts) {
  const Entries entries(1000);
  const WatchedColumn sound(entries, [](std::uint32_t) { return Ok(); });
  const WatchedColumn broken(entries, [](std::uint32_t block) -> Status {
    if (block < 3) return Ok();
    return Error(Code::kDataLoss, "storage.chunk-corrupt", "stored bytes are damaged");
  });
  LadderInput input;
  input.left_row_count = input.right_row_count = 1000;
  input.keys = {{&sound, &sound}, {&sound, &broken}, {&sound, &sound}};
  for (const unsigned threads : {1U, 4U}) {
    const auto linkage = LinkLadder(input, {.thread_count = threads});
    ASSERT_FALSE(linkage.ok());
    EXPECT_EQ(linkage.error().id(), "storage.chunk-corrupt");
  }
}

TEST(LadderHostile, EveryBlockIsReadOnceByOneThread) {
  std::vector<int> reads(20, 0);
  const WatchedColumn column(Entries(1000), [&](std::uint32_t block) {
    ++reads[block];
    return Ok();
  });
  const MemoryTokenColumn empty({}, {});
  LadderInput input;
  input.left_row_count = input.right_row_count = 1000;
  input.keys = {{&column, &empty}};
  ASSERT_TRUE(LinkLadder(input, {.thread_count = 1}).ok());
  EXPECT_EQ(reads, std::vector<int>(20, 1)) << "also without a counterpart: it is checked";
}

TEST(ForEachTask, RunsEachTaskOnce) {
  for (const unsigned threads : {1U, 2U, 9U}) {
    std::vector<std::atomic<int>> runs(100);
    ForEachTask(threads, runs.size(), [&](std::size_t task) { ++runs[task]; });
    for (const auto& count : runs) EXPECT_EQ(count.load(), 1);
  }
  ForEachTask(4, 0, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace tallystick::matcher

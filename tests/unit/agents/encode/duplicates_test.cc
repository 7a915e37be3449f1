#include "agents/encode/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

namespace tallystick::agents {

bool operator==(const Duplicate& a, const Duplicate& b) {
  return a.row == b.row && a.kept == b.kept;
}
void PrintTo(const Duplicate& duplicate, std::ostream* out) {
  *out << duplicate.row << " of " << duplicate.kept;
}

namespace {

using ::testing::ElementsAre;

// A row as its first tokens, strongest key first; 0 is null. Further tokens are never compared.
using Row = std::vector<unsigned>;

Token TokenOf(unsigned number) {
  Token token{};
  token[15] = static_cast<std::uint8_t>(number);  // the same first bytes: prefixes collide
  return token;
}

EncodedRows Encode(const std::vector<Row>& rows, std::size_t batch_rows = 3,
                   const std::vector<std::size_t>& errors = {}) {
  EncodedRows encoded;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % batch_rows == 0) {
      EncodedBatch& fresh = encoded.batches.emplace_back();
      fresh.tokens.resize(rows[0].size());
      fresh.token_counts.resize(rows[0].size());
    }
    EncodedBatch& batch = encoded.batches.back();
    batch.rows.push_back(i + 2);
    batch.has_error.push_back(std::count(errors.begin(), errors.end(), i) > 0 ? 1 : 0);
    for (std::size_t k = 0; k < rows[i].size(); ++k) {
      if (rows[i][k] == 0) {
        batch.token_counts[k].push_back(0);
        continue;
      }
      batch.token_counts[k].push_back(2);
      batch.tokens[k].push_back(TokenOf(rows[i][k]));
      batch.tokens[k].push_back(TokenOf(200));  // a variant that all share
    }
    ++encoded.row_count;
  }
  return encoded;
}

bool AreDuplicates(const Row& a, const Row& b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (a[k] != 0 && b[k] != 0) return a[k] == b[k];
  }
  return false;
}

// The definition, by comparing all pairs.
std::vector<std::uint32_t> DroppedByDefinition(const std::vector<Row>& rows, KeepRow keep) {
  std::vector<std::uint32_t> kept, dropped;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::uint32_t>(keep == KeepRow::kFirst ? i : rows.size() - 1 - i);
    const bool duplicate = std::any_of(kept.begin(), kept.end(), [&](std::uint32_t other) {
      return AreDuplicates(rows[row], rows[other]);
    });
    (duplicate ? dropped : kept).push_back(row);
  }
  std::sort(dropped.begin(), dropped.end());
  return dropped;
}

TEST(Duplicates, AreRowsThatShareTheStrongestKey) {
  EXPECT_THAT(FindDuplicates(Encode({{1, 5}, {2, 5}, {1, 6}}), {}),
              ElementsAre(Duplicate{2, 0}));  // a shared weaker key does not matter
}

TEST(Duplicates, FallBackToTheStrongestKeyThatBothHave) {
  EXPECT_THAT(FindDuplicates(Encode({{1, 5}, {0, 5}}), {}), ElementsAre(Duplicate{1, 0}));
  EXPECT_THAT(FindDuplicates(Encode({{1, 0, 7}, {0, 5, 7}}), {}), ElementsAre(Duplicate{1, 0}));
  EXPECT_THAT(FindDuplicates(Encode({{1, 0}, {0, 5}}), {}), ElementsAre());
  EXPECT_THAT(FindDuplicates(Encode({{0, 0}, {0, 0}}), {}), ElementsAre());
}

TEST(Duplicates, AreNotTransitive) {
  // The row without the strong key is the duplicate of both, which are two people.
  const std::vector<Row> rows = {{0, 5}, {1, 5}, {2, 5}};
  EXPECT_THAT(FindDuplicates(Encode(rows), {}), ElementsAre(Duplicate{1, 0}, Duplicate{2, 0}));
  EXPECT_THAT(FindDuplicates(Encode(rows), {.keep = KeepRow::kLast}), ElementsAre(Duplicate{0, 2}));
}

TEST(Duplicates, KeepTheFirstOrTheLast) {
  const std::vector<Row> rows = {{1}, {2}, {1}, {1}};
  EXPECT_THAT(FindDuplicates(Encode(rows), {}), ElementsAre(Duplicate{2, 0}, Duplicate{3, 0}));
  EXPECT_THAT(FindDuplicates(Encode(rows), {.keep = KeepRow::kLast}),
              ElementsAre(Duplicate{0, 3}, Duplicate{2, 3}));
}

TEST(Duplicates, LeaveRowsWithErrorsAsideUnlessTold) {
  const EncodedRows rows = Encode({{1}, {1}, {1}}, 3, {0});
  EXPECT_THAT(FindDuplicates(rows, {}), ElementsAre(Duplicate{2, 1}));
  EXPECT_THAT(FindDuplicates(rows, {.with_errors = true}),
              ElementsAre(Duplicate{1, 0}, Duplicate{2, 0}));
}

TEST(Duplicates, AreFoundInAnEmptyFile) { EXPECT_TRUE(FindDuplicates({}, {}).empty()); }

TEST(Duplicates, AgreeWithTheDefinitionOnRandomRows) {
  std::mt19937 generator(7);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(generator() % bound); };
  for (int round = 0; round < 300; ++round) {
    const std::size_t keys = 1 + below(5);
    const unsigned values = 1 + below(4);
    std::vector<Row> rows(below(40));
    for (Row& row : rows) {
      for (std::size_t k = 0; k < keys; ++k) {
        row.push_back(below(2) == 0 ? 0 : 1 + below(values));
      }
    }
    for (const KeepRow keep : {KeepRow::kFirst, KeepRow::kLast}) {
      std::vector<std::uint32_t> dropped;
      for (const auto& duplicate :
           FindDuplicates(Encode(rows), {.keep = keep, .thread_count = 1 + below(3)})) {
        dropped.push_back(duplicate.row);
        EXPECT_TRUE(AreDuplicates(rows[duplicate.row], rows[duplicate.kept]));
      }
      ASSERT_EQ(dropped, DroppedByDefinition(rows, keep)) << "round " << round;
    }
  }
}

TEST(Duplicates, TakeLinearTimeWhenEveryRowIsTheSame) {
  const std::vector<Row> rows(200'000, Row{1, 2, 3});
  EXPECT_EQ(FindDuplicates(Encode(rows, 4096), {}).size(), rows.size() - 1);
}

}  // namespace
}  // namespace tallystick::agents

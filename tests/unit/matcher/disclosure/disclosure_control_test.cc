#include "matcher/disclosure/disclosure_control.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/matcher/disclosure/table_makers.h"

namespace tallystick::matcher {
namespace {

using agreements::OwnCounts;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;

// Two by two, left category by right category, many rows on both sides not linked.
Tally LinkedTally(std::vector<std::uint64_t> counts, std::uint32_t left = 2,
                  std::uint32_t right = 2) {
  Tally tally;
  tally.dimensions = {Dimension("candidates.pathway", left, Side::kLeft),
                      Dimension("hr.school_level", right, Side::kRight)};
  tally.counts = std::move(counts);
  FillSubmitted(tally, [](std::size_t) { return std::uint64_t{500}; });
  return tally;
}

// Left rows by pathway and by what the right side says of them, the last column "not linked".
Tally AllLeftRows(std::vector<std::uint64_t> counts, std::uint32_t left, std::uint32_t right) {
  Tally tally;
  tally.cohort = Cohort::kLeft;
  tally.dimensions = {Dimension("candidates.pathway", left, Side::kLeft),
                      Dimension("hr.retained", right, Side::kRight, true)};
  tally.counts = std::move(counts);
  FillSubmitted(tally, [](std::size_t) { return std::uint64_t{500}; });
  return tally;
}

Result<ProtectedTable> Review(Tally tally, const DisclosureRules& rules = {}) {
  return DisclosureControl(rules).Review(std::move(tally));
}

// Every cell in order, "S" where suppressed.
std::string Shown(const ProtectedTable& table) {
  std::string text;
  for (const auto& cell : table.table().cells()) {
    if (!text.empty()) text += ' ';
    text += cell.is_suppressed() ? "S" : std::to_string(cell.count());
  }
  return text;
}

std::size_t At(const ProtectedTable& table, std::vector<std::uint32_t> ordinals) {
  std::size_t cell = 0;
  for (std::size_t d = 0; d < ordinals.size(); ++d) {
    cell += ordinals[d] * table.table().shape().stride(d);
  }
  return cell;
}

TEST(DisclosureControl, PublishesATableWithNothingToHide) {
  const auto result = Review(LinkedTally({40, 50, 60, 70}));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(Shown(*result), "40 50 90 60 70 130 100 120 220");
  EXPECT_TRUE(result->witnesses().tables.empty());
}

TEST(DisclosureControl, SuppressesASecondCellWhenTotalsWouldRevealTheFirst) {
  const auto result = Review(LinkedTally({5, 50, 60, 60, 70, 80, 90, 80, 70}, 3, 3));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  const RenderedTable& table = result->table();
  EXPECT_TRUE(table[At(*result, {0, 0})].is_suppressed());
  // With totals shown, a rectangle of four is the least that protects one.
  EXPECT_EQ(result->suppressed_count(), 4u);
  for (std::size_t line = 0; line < 4; ++line) {
    EXPECT_FALSE(table[At(*result, {static_cast<std::uint32_t>(line), 3})].is_suppressed());
    EXPECT_FALSE(table[At(*result, {3, static_cast<std::uint32_t>(line)})].is_suppressed());
  }
}

TEST(DisclosureControl, ShowsTheSmallestCountThatIsAllowed) {
  const auto result = Review(LinkedTally({11, 50, 60, 70}));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(result->suppressed_count(), 0u);
}

TEST(DisclosureControl, ShowsOrdinaryZeros) {
  const auto result = Review(LinkedTally({0, 50, 60, 60, 70, 80, 90, 80, 70}, 3, 3));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(result->suppressed_count(), 0u);
}

TEST(DisclosureControl, SuppressesZerosWhereTheAgreementCallsThemSensitive) {
  DisclosureRules rules;
  rules.zeros_sensitive = true;
  const auto result = Review(LinkedTally({0, 50, 60, 60, 70, 80, 90, 80, 70}, 3, 3), rules);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {0, 0})].is_suppressed());
  EXPECT_GE(result->suppressed_count(), 4u);
}

TEST(DisclosureControl, HidesThatAWholeGroupHasOneOutcome) {
  const auto result = Review(LinkedTally({0, 110, 60, 60, 70, 80}, 3, 2));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {0, 0})].is_suppressed()) << Shown(*result);
  EXPECT_TRUE(result->table()[At(*result, {0, 1})].is_suppressed()) << Shown(*result);
}

TEST(DisclosureControl, MayShowOneOutcomeGroupsOfCategoriesThatAreNotSensitive) {
  DisclosureRules rules;
  rules.group_disclosure = false;
  Tally tally = LinkedTally({0, 110, 60, 60, 70, 80}, 3, 2);
  const auto shown = Review(tally, rules);
  ASSERT_TRUE(shown.ok()) << shown.error().ToString();
  EXPECT_EQ(shown->suppressed_count(), 0u);
  tally.dimensions[1].sensitive = true;
  const auto hidden = Review(tally, rules);
  ASSERT_TRUE(hidden.ok()) << hidden.error().ToString();
  EXPECT_TRUE(hidden->table()[At(*hidden, {0, 1})].is_suppressed());
}

// 13 linked of 15 submitted: the institution would read that two of its people did not match.
TEST(DisclosureControl, HidesALinkedCountOfAllButAFew) {
  Tally tally = LinkedTally({40, 50, 60, 70});
  tally.submitted_left = {92, 500};
  const auto result = Review(tally);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  const std::size_t cell = At(*result, {0, 2});
  ASSERT_TRUE(result->table()[cell].is_suppressed());
  // The institution must believe that all, or 11 fewer, matched.
  const auto& order = result->table().suppressed();
  const auto place =
      static_cast<std::size_t>(std::find(order.begin(), order.end(), cell) - order.begin());
  std::uint64_t low = 1'000;
  std::uint64_t high = 0;
  for (const auto& witness : result->witnesses_left().tables) {
    low = std::min(low, witness[place]);
    high = std::max(high, witness[place]);
  }
  EXPECT_LE(low, 81u);
  EXPECT_EQ(high, 92u);
}

TEST(DisclosureControl, HidesThatAllOfAGroupAreLinked) {
  Tally tally = LinkedTally({40, 50, 60, 70});
  tally.submitted_right = {100, 500};
  const auto result = Review(tally);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {2, 0})].is_suppressed());
}

TEST(DisclosureControl, HidesThatNoneOfAGroupAreLinked) {
  Tally tally = LinkedTally({0, 0, 60, 70, 90, 95}, 3, 2);
  const auto result = Review(tally);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {0, 2})].is_suppressed()) << Shown(*result);
  // A category nobody was submitted in says nothing.
  tally.submitted_left[0] = 0;
  const auto empty = Review(tally);
  ASSERT_TRUE(empty.ok()) << empty.error().ToString();
  EXPECT_EQ(empty->suppressed_count(), 0u);
}

TEST(DisclosureControl, HidesTheTotalWhenAlmostNobodyIsLinked) {
  const auto result = Review(LinkedTally({1, 2, 0, 1}));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {2, 2})].is_suppressed());
}

TEST(DisclosureControl, HidesHowManyAreNotLinkedInATableOfAllRows) {
  // Of the first pathway three are not linked; of the second, five are linked, each shown in no
  // cell of its own.
  const auto result = Review(AllLeftRows({60, 70, 3, 5, 0, 90, 80, 85, 95}, 3, 2));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_TRUE(result->table()[At(*result, {0, 2})].is_suppressed()) << Shown(*result);
  EXPECT_TRUE(result->table()[At(*result, {1, 2})].is_suppressed()) << Shown(*result);
  EXPECT_FALSE(result->table()[At(*result, {3, 3})].is_suppressed()) << Shown(*result);
}

TEST(DisclosureControl, ATableOfOneSidesOwnRowsShowsNoLinkage) {
  Tally tally;
  tally.cohort = Cohort::kLeft;
  tally.dimensions = {Dimension("candidates.pathway", 2, Side::kLeft)};
  tally.counts = {40, 50};
  tally.submitted_left = {40, 50};
  tally.submitted_right = {3};
  const auto result = Review(tally);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  EXPECT_EQ(Shown(*result), "40 50 90");
}

TEST(DisclosureControl, TwoCategoriesOfTheOtherSideAreNotLinkedTogether) {
  Tally tally;
  tally.cohort = Cohort::kLeft;
  tally.dimensions = {Dimension("candidates.pathway", 2, Side::kLeft),
                      Dimension("hr.school_level", 2, Side::kRight, true),
                      Dimension("hr.retained", 2, Side::kRight, true)};
  std::mt19937_64 random(7);
  tally = RandomTally(tally.dimensions, tally.cohort, random, 0, 300);
  const auto result = Review(tally);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  const std::size_t impossible = At(*result, {0, 2, 0});
  EXPECT_EQ(result->table()[impossible].count(), 0u);
}

TEST(DisclosureControl, PublishesNoShareOfAGroupBelowTheMinimumDenominator) {
  DisclosureRules rules;
  rules.min_denominator = 100;
  const auto result = Review(LinkedTally({40, 50, 60, 70, 80, 90}, 3, 2), rules);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  const RenderedTable& table = result->table();
  const bool group = !table[At(*result, {0, 2})].is_suppressed();
  const bool part =
      !table[At(*result, {0, 0})].is_suppressed() || !table[At(*result, {0, 1})].is_suppressed();
  EXPECT_FALSE(group && part) << Shown(*result);
}

TEST(DisclosureControl, GivesTheSameBytesAgain) {
  for (const bool optimal : {false, true}) {
    DisclosureRules rules;
    rules.optimal = optimal;
    std::mt19937_64 random(3);
    const Tally tally =
        RandomTally({Dimension("a", 3, Side::kLeft), Dimension("b", 4, Side::kRight),
                     Dimension("c", 3, Side::kRight)},
                    Cohort::kLinked, random);
    const auto first = Review(tally, rules);
    const auto second = Review(tally, rules);
    ASSERT_TRUE(first.ok() && second.ok());
    EXPECT_EQ(first->rendered(), second->rendered());
    EXPECT_EQ(first->record().Encode(), second->record().Encode());
    EXPECT_EQ(first->witnesses().Encode(), second->witnesses().Encode());
    EXPECT_EQ(first->witnesses_left().Encode(), second->witnesses_left().Encode());
  }
}

TEST(DisclosureControl, TriesSeveralOrdersWhenAskedForTheOptimum) {
  std::size_t heuristic = 0;
  std::size_t optimal = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::mt19937_64 random(seed);
    const Tally tally =
        RandomTally({Dimension("a", 5, Side::kLeft), Dimension("b", 6, Side::kRight)},
                    Cohort::kLinked, random, 0.1, 200);
    DisclosureRules rules;
    heuristic += Review(tally, rules)->suppressed_count();
    rules.optimal = true;
    optimal += Review(tally, rules)->suppressed_count();
  }
  EXPECT_LE(optimal, heuristic);
}

// Anyone can check what was released, from its bytes, without a solver.
TEST(DisclosureControl, LetsEveryReaderCheckWhatWasReleased) {
  struct Kind {
    std::vector<TableDimension> dimensions;
    Cohort cohort;
  };
  const std::vector<Kind> kinds{
      {{Dimension("a", 3, Side::kLeft), Dimension("b", 4, Side::kRight),
        Dimension("c", 3, Side::kRight)},
       Cohort::kLinked},
      {{Dimension("a", 4, Side::kLeft), Dimension("b", 5, Side::kRight, true)}, Cohort::kLeft},
      {{Dimension("a", 3, Side::kLeft, true), Dimension("y", 2, Side::kLeft, true),
        Dimension("b", 3, Side::kRight)},
       Cohort::kRight},
      {{Dimension("a", 2, Side::kLeft), Dimension("y", 3, Side::kLeft),
        Dimension("b", 2, Side::kRight), Dimension("c", 2, Side::kRight)},
       Cohort::kLinked},
  };
  const DisclosureRules rules;
  int released = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Kind& kind = kinds[seed % kinds.size()];
    std::mt19937_64 random(seed);
    Tally tally = RandomTally(kind.dimensions, kind.cohort, random,
                              0.1 * static_cast<double>(seed % 7), seed % 3 == 0 ? 20 : 150);
    const OwnCounts left{Side::kLeft, tally.submitted_left};
    const OwnCounts right{Side::kRight, tally.submitted_right};
    const auto result = Review(std::move(tally));
    if (!result.ok()) continue;
    ++released;
    const RenderedTable table = RenderedTable::Decode(result->rendered()).value();
    const auto check = [&](const agreements::WitnessSet& witnesses, const OwnCounts* own) {
      const auto decoded = agreements::WitnessSet::Decode(witnesses.Encode()).value();
      const Status status = CheckWitnesses(table, decoded, rules, own);
      EXPECT_TRUE(status.ok()) << status.error().ToString();
    };
    check(result->witnesses(), nullptr);
    check(result->witnesses_left(), &left);
    check(result->witnesses_right(), &right);
    EXPECT_EQ(result->record().table_digest, crypto::Sha256(result->rendered()));
    EXPECT_EQ(result->record().witness_digest, result->witnesses().digest());
  }
  EXPECT_GE(released, 36);
}

TEST(DisclosureControl, TheRecordNamesMethodSolverAndAttackers) {
  const auto result = Review(LinkedTally({5, 50, 60, 70}));
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  const Bytes record = result->record().Encode();
  for (const char* line : {"protection-level full\n", "solver CLP ", "attacker outsider\n",
                           "attacker institution-left\n", "attacker institution-right\n",
                           "min-cell 11\n", "min-denominator 20\n"}) {
    EXPECT_NE(record.find(line), Bytes::npos) << line;
  }
}

std::string_view RuleOf(const Result<ProtectedTable>& result) {
  return result.error().refusal()->rule.view();
}

TEST(DisclosureControl, RefusesWhenTimeIsUp) {
  ReviewLimits limits;
  limits.time = std::chrono::milliseconds(0);
  const auto result = DisclosureControl({}, limits).Review(LinkedTally({5, 50, 60, 70}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kPermissionDenied);
  EXPECT_EQ(RuleOf(result), "SDC-METHOD");
  EXPECT_FALSE(DisclosureControl({}, limits).Review(LinkedTally({40, 50, 60, 70})).ok())
      << "also when nothing would be suppressed";
}

TEST(DisclosureControl, RefusesMoreCellsThanItCanAudit) {
  ReviewLimits limits;
  limits.max_cells = 8;
  const auto result = DisclosureControl({}, limits).Review(LinkedTally({40, 50, 60, 70}));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(RuleOf(result), "SDC-METHOD");
}

TEST(DisclosureControl, RefusesCountsThatContradictWhatWasSubmitted) {
  Tally tally = LinkedTally({40, 50, 60, 70});
  tally.submitted_left[0] = 80;
  const auto more = Review(tally);
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(RuleOf(more), "SDC-INCONSISTENT");
  Tally all_rows = AllLeftRows({60, 70, 30}, 1, 2);
  all_rows.submitted_left[0] = 161;
  const auto fewer = Review(all_rows);
  ASSERT_FALSE(fewer.ok());
  EXPECT_EQ(RuleOf(fewer), "SDC-INCONSISTENT");
}

TEST(DisclosureControl, RefusesARowThatIsLinkedAndNotLinked) {
  Tally tally;
  tally.cohort = Cohort::kLeft;
  tally.dimensions = {Dimension("hr.school_level", 1, Side::kRight, true),
                      Dimension("hr.retained", 1, Side::kRight, true)};
  tally.counts = {40, 1, 0, 50};
  tally.submitted_left = {91};
  tally.submitted_right = {500};
  const auto result = Review(tally);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(RuleOf(result), "SDC-INCONSISTENT");
}

TEST(DisclosureControl, RefusalsNameTheClause) {
  DisclosureRules rules;
  rules.clause = Clause{Name("csun-lausd-2026"), 108};
  Tally tally = LinkedTally({40, 50, 60, 70});
  tally.submitted_left[0] = 80;
  const auto result = Review(tally, rules);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().refusal()->clause->ToString(), "agreement csun-lausd-2026 line 108");
}

TEST(DisclosureControl, RefusesMalformedInput) {
  Tally tally = LinkedTally({40, 50, 60, 70});
  tally.counts.pop_back();
  EXPECT_EQ(Review(tally).error().id(), "disclosure.tally");
  tally = LinkedTally({40, 50, 60, 70});
  tally.submitted_right.push_back(1);
  EXPECT_EQ(Review(tally).error().id(), "table.own-counts");
  tally = LinkedTally({40, 50, 60, 70});
  tally.counts[0] = ~std::uint64_t{0};
  EXPECT_EQ(Review(tally).error().id(), "disclosure.tally");
  tally = LinkedTally({40, 50, 60, 70});
  tally.dimensions[0].with_not_linked = true;
  EXPECT_EQ(Review(tally).error().id(), "table.shape");
  DisclosureRules rules;
  rules.min_cell = 2;
  EXPECT_EQ(Review(LinkedTally({40, 50, 60, 70}), rules).error().id(), "disclosure.rules");
  rules.min_cell = 30;
  EXPECT_EQ(Review(LinkedTally({40, 50, 60, 70}), rules).error().id(), "disclosure.rules");
}

TEST(DisclosureControl, WithholdsWhatAnotherTableSuppresses) {
  const std::vector<std::uint64_t> counts{100, 120, 140, 160};
  Tally tally = LinkedTally(counts);
  const auto open = Review(LinkedTally(counts));
  ASSERT_TRUE(open.ok());
  ASSERT_EQ(open->suppressed_count(), 0u);
  std::vector<bool> withheld(open->table().cells().size(), false);
  withheld[At(*open, {0, 1})] = true;
  const auto table = DisclosureControl({}).Review(std::move(tally), withheld);
  ASSERT_TRUE(table.ok()) << table.error().ToString();
  EXPECT_TRUE(table->table()[At(*table, {0, 1})].is_suppressed());
  // Alone it could be computed from its margins.
  EXPECT_GE(table->suppressed_count(), 4u);
  EXPECT_LT(table->suppressed_count(), table->table().cells().size());
}

TEST(DisclosureControl, SuppressesEverythingWhereNothingCanBeProtected) {
  // One line: a withheld cell cannot hide behind another, but behind all of them.
  Tally tally = LinkedTally({100, 0, 0, 0});
  const auto shape = TableShape::Create(tally.cohort, tally.dimensions).value();
  std::vector<bool> withheld(shape.cell_count(), false);
  withheld[shape.cell_count() - 1] = true;
  const auto table = DisclosureControl({}).Review(std::move(tally), withheld);
  ASSERT_TRUE(table.ok()) << table.error().ToString();
  EXPECT_TRUE(table->table()[shape.cell_count() - 1].is_suppressed());
}

TEST(DisclosureControl, ShowsAFewRowsWithoutAMeasure) {
  Tally tally;
  tally.dimensions = {Dimension("candidates.pathway", 2, Side::kLeft),
                      Dimension("hr.salary", 2, Side::kRight)};
  tally.dimensions[1].observation = true;
  tally.counts = {300, 40, 300, 12};
  FillSubmitted(tally, [](std::size_t) { return std::uint64_t{500}; });
  const auto table = Review(tally);
  ASSERT_TRUE(table.ok()) << table.error().ToString();
  EXPECT_EQ(table->suppressed_count(), 0u) << Shown(*table);
  tally.counts = {300, 3, 300, 12};  // of 500 submitted without a salary, 15 are linked
  const auto few = Review(tally);
  ASSERT_TRUE(few.ok()) << few.error().ToString();
  EXPECT_EQ(few->suppressed_count(), 0u) << Shown(*few);
  tally.counts = {300, 0, 300, 0};  // everybody has a salary: no group to hide
  FillSubmitted(tally, [](std::size_t) { return std::uint64_t{500}; });
  tally.submitted_right = {1000, 0};
  const auto all = Review(tally);
  ASSERT_TRUE(all.ok()) << all.error().ToString();
  EXPECT_EQ(all->suppressed_count(), 0u) << Shown(*all);
}

}  // namespace
}  // namespace tallystick::matcher

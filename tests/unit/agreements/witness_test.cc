#include "agreements/witness.h"

#include <gtest/gtest.h>

namespace tallystick::agreements {
namespace {

// A 2x2 table by hand, all four leaves suppressed: rows 31 and 36, columns 33 and 34.
class WitnessCheck : public testing::Test {
 protected:
  static RenderedTable Table(std::vector<std::int64_t> cells) {
    std::vector<TableDimension> dimensions{{"candidates.pathway", 2, false, Side::kLeft, false},
                                           {"hr.school_level", 2, false, Side::kRight, false}};
    const auto shape = TableShape::Create(Cohort::kLinked, std::move(dimensions)).value();
    std::vector<Cell> rendered;
    for (const std::int64_t cell : cells) {
      rendered.push_back(cell < 0 ? Cell::Suppressed()
                                  : Cell::Published(static_cast<std::uint64_t>(cell)));
    }
    return RenderedTable::Create(shape, std::move(rendered)).value();
  }

  std::string_view RuleOf(const Status& status) const {
    return status.ok() ? "passed" : status.error().refusal()->rule.view();
  }

  const RenderedTable table_ = Table({-1, -1, 31, -1, -1, 36, 33, 34, 67});
  const WitnessSet witnesses_{{{0, 31, 33, 3}, {31, 0, 2, 34}}};
  const OwnCounts left_{Side::kLeft, {100, 100}};
  const DisclosureRules rules_;
};

TEST_F(WitnessCheck, PassesWhatShowsEnoughDoubt) {
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, witnesses_, rules_, nullptr)), "passed");
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, witnesses_, rules_, &left_)), "passed");
}

TEST_F(WitnessCheck, RefusesOneWitness) {
  const WitnessSet one{{witnesses_.tables[0]}};
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, one, rules_, nullptr)), "SDC-NARROW");
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, one, rules_, &left_)), "SDC-INSIDER");
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, {}, rules_, nullptr)), "SDC-NARROW");
}

TEST_F(WitnessCheck, RefusesAWitnessThatDoesNotAddUp) {
  WitnessSet wrong = witnesses_;
  wrong.tables[0] = {1, 30, 33, 3};
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, wrong, rules_, nullptr)), "SDC-INCONSISTENT");
  wrong.tables[0] = {0, 31, 33};
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, wrong, rules_, nullptr)), "SDC-INCONSISTENT");
}

TEST_F(WitnessCheck, RefusesAWitnessThatTheReaderKnowsIsImpossible) {
  const RenderedTable table = Table({-1, 20, -1, 20, 20, 40, -1, 40, -1});
  const WitnessSet witnesses{{{0, 20, 20, 60}, {50, 70, 70, 110}}};
  const OwnCounts more{Side::kLeft, {70, 100}};
  const OwnCounts fewer{Side::kLeft, {69, 100}};  // 70 of the first row cannot be linked
  EXPECT_EQ(RuleOf(CheckWitnesses(table, witnesses, rules_, nullptr)), "passed");
  EXPECT_EQ(RuleOf(CheckWitnesses(table, witnesses, rules_, &more)), "passed");
  EXPECT_EQ(RuleOf(CheckWitnesses(table, witnesses, rules_, &fewer)), "SDC-INCONSISTENT");
}

TEST_F(WitnessCheck, RefusesAnAlteredCount) {
  const RenderedTable altered = Table({-1, -1, 31, -1, -1, 36, 33, 35, 67});
  EXPECT_EQ(RuleOf(CheckWitnesses(altered, witnesses_, rules_, nullptr)), "SDC-INCONSISTENT");
  const RenderedTable none_hidden = Table({20, 20, 40, 20, 20, 40, 40, 40, 81});
  EXPECT_EQ(RuleOf(CheckWitnesses(none_hidden, {}, rules_, nullptr)), "SDC-INCONSISTENT");
}

TEST_F(WitnessCheck, RefusesAPublishedSmallCount) {
  const RenderedTable small = Table({5, 26, 31, 28, 8, 36, 33, 34, 67});
  EXPECT_EQ(RuleOf(CheckWitnesses(small, {}, rules_, nullptr)), "SDC-PRIMARY");
}

TEST_F(WitnessCheck, RefusesASmallDenominator) {
  DisclosureRules rules;
  rules.min_denominator = 50;
  const RenderedTable shares = Table({20, 20, 40, 20, 40, 60, 40, 60, 100});
  EXPECT_EQ(RuleOf(CheckWitnesses(shares, {}, rules_, nullptr)), "passed");
  EXPECT_EQ(RuleOf(CheckWitnesses(shares, {}, rules, nullptr)), "SDC-PRIMARY");
}

TEST_F(WitnessCheck, RefusesACountThatTellsAnInstitutionWhoIsLinked) {
  const OwnCounts nearly{Side::kLeft, {35, 100}};  // 31 of 35 linked
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, witnesses_, rules_, &nearly)), "SDC-INSIDER");
  const OwnCounts impossible{Side::kLeft, {30, 100}};
  EXPECT_EQ(RuleOf(CheckWitnesses(table_, witnesses_, rules_, &impossible)), "SDC-INCONSISTENT");
}

TEST_F(WitnessCheck, RefusesZerosWhereTheyAreAlwaysShown) {
  // A published count in each line of the first cell: its zero would have been shown.
  const RenderedTable table = Table({-1, 20, -1, 20, 20, 40, -1, 40, -1});
  DisclosureRules rules;
  rules.group_disclosure = false;
  const std::vector<bool> with_total_hidden = CellsThatMayBeZero(table, rules);
  EXPECT_TRUE(with_total_hidden[0]) << "the linked count of a group is hidden";
  const RenderedTable plain = Table({-1, -1, 40, -1, -1, 40, 40, 40, 80});
  EXPECT_FALSE(CellsThatMayBeZero(plain, rules)[0]);
  EXPECT_TRUE(CellsThatMayBeZero(plain, rules_)[0]) << "both of a line are hidden: one may be all";
  EXPECT_EQ(RuleOf(CheckWitnesses(plain, {{{0, 40, 40, 0}, {39, 1, 1, 39}}}, rules, nullptr)),
            "SDC-INCONSISTENT");
}

TEST(WitnessSet, ComesBackFromItsBytes) {
  const WitnessSet set{{{0, 127, 128}, {1, 16'383, std::uint64_t{1} << 48}}};
  const auto back = WitnessSet::Decode(set.Encode());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->tables, set.tables);
  EXPECT_EQ(back->digest(), set.digest());
  EXPECT_TRUE(WitnessSet::Decode(WitnessSet().Encode()).ok());
}

TEST(WitnessSet, RefusesBytesItWouldNotWrite) {
  const Bytes bytes = WitnessSet{{{0, 127, 128}, {1, 2, 3}}}.Encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(WitnessSet::Decode(ByteView(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(WitnessSet::Decode(bytes + 'x').ok());
  // 1 written in two bytes.
  const WitnessSet one{{{1}}};
  Bytes longer = one.Encode();
  longer.back() = static_cast<char>(0x81);
  longer.push_back('\0');
  EXPECT_FALSE(WitnessSet::Decode(longer).ok());
  // Sizes that no input of this length can hold.
  Bytes huge = one.Encode();
  huge[4] = huge[8] = 0x7F;
  EXPECT_FALSE(WitnessSet::Decode(huge).ok());
}

}  // namespace
}  // namespace tallystick::agreements

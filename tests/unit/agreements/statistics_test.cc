#include "agreements/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tallystick::agreements {
namespace {

Measure Salary() {
  Measure measure;
  measure.name = "salary";
  measure.min = 30'000;
  measure.max = 250'000;
  measure.scale = 0.01;
  return measure;
}

Measure Score() {
  Measure measure;
  measure.name = "score";
  measure.min = -1;
  measure.max = 4;
  measure.scale = 100;
  return measure;
}

// The sums of rows with these values.
MeasureSums SumsOf(const Measure& measure, const std::vector<double>& values) {
  MeasureSums sums{values.size(), 0, 0};
  for (const double value : values) {
    const std::uint64_t stored = StoredValue(measure, value);
    sums.sum += stored;
    *sums.squares += stored * stored;
  }
  return sums;
}

TEST(StoredValue, CountsScaledStepsAboveTheMinimum) {
  EXPECT_EQ(StoredValue(Salary(), 30'000), 0u);
  EXPECT_EQ(StoredValue(Salary(), 71'249), 412u);
  EXPECT_EQ(StoredValue(Salary(), 71'250), 413u);  // halves up
  EXPECT_EQ(MaxStored(Salary()), 2200u);
  EXPECT_EQ(StoredValue(Score(), 3.07), 407u);
  Measure thirds = Score();
  thirds.min = 0;
  thirds.scale = 0.3;  // a little less than three tenths in binary
  EXPECT_EQ(StoredValue(thirds, 5), 2u);
}

TEST(MaxRows, KeepsEverySumBelowTheBoundThatIsSearched) {
  const std::uint64_t rows = MaxRows(Salary(), false);
  EXPECT_LT(rows * 2200, kSumBound);
  EXPECT_GE((rows + 1) * 2200, kSumBound);
  EXPECT_LT(MaxRows(Salary(), true) * 2200 * 2200, kSumBound);
  Measure constant = Salary();
  constant.scale = 1e-6;  // everything is stored as 0
  EXPECT_EQ(MaxRows(constant, true), kSumBound - 1);
}

TEST(CheckSums, RefusesWhatNoRowsAddUpTo) {
  const Measure score = Score();  // 0 to 500
  EXPECT_TRUE(CheckSums(score, {20, 10'000, std::nullopt}).ok());
  EXPECT_FALSE(CheckSums(score, {20, 10'001, std::nullopt}).ok());
  EXPECT_TRUE(CheckSums(score, {2, 400, 80'000}).ok());   // both 200
  EXPECT_FALSE(CheckSums(score, {2, 400, 79'999}).ok());  // less than any two with this sum
  EXPECT_TRUE(CheckSums(score, {2, 500, 250'000}).ok());  // 0 and 500
  EXPECT_FALSE(CheckSums(score, {2, 500, 250'001}).ok());
}

TEST(PublishedStatistic, HasTwoDigitsAtMostAndNoneFinerThanOneRowsShare) {
  // 100 rows of 71,250: stored as 413 each, so 71,300.
  const MeasureSums hundred = SumsOf(Salary(), std::vector<double>(100, 71'250));
  EXPECT_EQ(PublishedStatistic(Salary(), MeasureStat::kMean, hundred), "71000");
  EXPECT_EQ(PublishedStatistic(Salary(), MeasureStat::kSum, hundred), "7100000");
  // Of 20 rows a share is 3,565, above the unit of two digits: the next coarser unit is 5,000.
  const MeasureSums twenty = SumsOf(Salary(), std::vector<double>(20, 71'250));
  EXPECT_EQ(PublishedStatistic(Salary(), MeasureStat::kMean, twenty), "70000");
  EXPECT_EQ(PublishedStatistic(Salary(), MeasureStat::kSum, twenty), "1400000");
}

TEST(PublishedStatistic, KeepsSignsAndFractions) {
  const MeasureSums sums = SumsOf(Score(), std::vector<double>(400, -0.37));
  EXPECT_EQ(PublishedStatistic(Score(), MeasureStat::kMean, sums), "-0.37");
  EXPECT_EQ(PublishedStatistic(Score(), MeasureStat::kSum, sums), "-150");
  const MeasureSums zero = SumsOf(Score(), std::vector<double>(400, 0));
  EXPECT_EQ(PublishedStatistic(Score(), MeasureStat::kMean, zero), "0");
}

TEST(PublishedStatistic, TakesTheDeviationOfASample) {
  // 0 and 2 in equal parts of 1,000: variance 1,000 / 999, deviation 1.0005.
  std::vector<double> values(1000, 0);
  for (std::size_t i = 0; i < values.size(); i += 2) values[i] = 2;
  const MeasureSums sums = SumsOf(Score(), values);
  EXPECT_EQ(PublishedStatistic(Score(), MeasureStat::kSd, sums), "1");
  const MeasureSums equal = SumsOf(Score(), std::vector<double>(50, 3));
  EXPECT_EQ(PublishedStatistic(Score(), MeasureStat::kSd, equal), "0");
}

// Against floating point, which is good enough to say that a rounded number is near.
TEST(PublishedStatistic, IsWithinItsUnitOfTheTrueValueForRandomRows) {
  std::mt19937_64 random(20261124);
  for (int round = 0; round < 300; ++round) {
    std::uniform_real_distribution<double> value(30'000, 250'000);
    std::vector<double> values(20 + random() % 500);
    for (double& it : values) it = std::round(value(random));
    const MeasureSums sums = SumsOf(Salary(), values);
    double mean = 0;
    double squares = 0;
    for (const double it : values) mean += 30'000 + StoredValue(Salary(), it) * 100.0;
    mean /= static_cast<double>(values.size());
    for (const double it : values) {
      const double rest = 30'000 + StoredValue(Salary(), it) * 100.0 - mean;
      squares += rest * rest;
    }
    const double sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
    for (const auto& [stat, truth] :
         {std::pair(MeasureStat::kMean, mean), std::pair(MeasureStat::kSd, sd)}) {
      const double published = std::stod(PublishedStatistic(Salary(), stat, sums));
      // Half a unit; the unit is below 0.1 of the value, or 2.5 times a row's share.
      const double most = std::max(truth / 20, 1.25 * truth / static_cast<double>(values.size()));
      EXPECT_NEAR(published, truth, most * 1.0001) << values.size();
    }
  }
}

}  // namespace
}  // namespace tallystick::agreements

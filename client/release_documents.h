// The documents of a release directory other than the table and the signed body. All of them are
// functions of the release, so that a verifier can render them again and compare.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/release.h"

namespace tallystick::client {

std::string ReadmeText(const Release& release);
std::string DataPackageJson(const Release& release);
std::string CodebookCsv(const Release& release);
std::string QualityJson(const Release& release);
std::string DisclosureJson(const Release& release);

// The names of the table's dimension columns: the element's, prefixed by "dataset." where two
// dimensions have the same.
std::vector<std::string> DimensionNames(const Release& release);

// The statistics columns that follow `count_status`, in order, two for each: NAME and NAME_status.
struct StatisticColumn {
  std::size_t measure = 0;  // position in the body's measure_tables
  agreements::ElementRef element;
  std::optional<agreements::MeasureStat> stat;  // none: the number observed
  std::string name;                             // "salary_n", "salary_mean"
};
// For each measure the number observed, then what the output publishes of it: sum, mean, sd. A
// measure's name is prefixed by "dataset." where two have the same. REQUIRES: a checked release.
std::vector<StatisticColumn> StatisticColumns(const Release& release);

}  // namespace tallystick::client

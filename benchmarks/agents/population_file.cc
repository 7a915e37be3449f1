#include "benchmarks/agents/population_file.h"

#include <fstream>
#include <random>
#include <utility>

namespace tallystick::agents {
namespace {

constexpr std::string_view kAgreement = R"toml(schema  = "tallystick/agreement/1"
id      = "encode-benchmark"
version = 1
title   = "One dataset to be encoded"

[[party]]
id = "district"
name = "District"
[[party]]
id = "other"
name = "Other"

[[dataset]]
id = "staff"
party = "district"
unit = "employee"
population = "all"
legal_basis = "none: made up"
  [[dataset.identifier]]
  name = "first_name"
  kind = "given-name"
  required = true
  [[dataset.identifier]]
  name = "last_name"
  kind = "family-name"
  required = true
  [[dataset.identifier]]
  name = "previous_last_name"
  kind = "previous-family-name"
  [[dataset.identifier]]
  name = "birth_date"
  kind = "birth-date"
  required = true
  [[dataset.identifier]]
  name = "sex"
  kind = "sex"
  [[dataset.identifier]]
  name = "ssn_last4"
  kind = "ssn-last4"
  [[dataset.identifier]]
  name = "zip"
  kind = "zip"
  [[dataset.category]]
  name = "school_level"
  values = ["elementary", "middle", "high"]
  [[dataset.category]]
  name = "retained_3y"
  values = ["yes", "no", "not observed"]
  [[dataset.category]]
  name = "subject"
  values = ["mathematics", "science", "english", "history", "arts", "multiple"]
  [[dataset.category]]
  name = "hire_year"
  values = ["2015", "2016", "2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024"]
)toml";

constexpr std::string_view kMeasures = R"toml(  [[dataset.measure]]
  name = "salary"
  min = 30000
  max = 250000
  scale = 0.01
  [[dataset.measure]]
  name = "hours"
  min = 0
  max = 2000
  scale = 1
  [[dataset.measure]]
  name = "score"
  min = 0
  max = 4
  scale = 100
)toml";

constexpr std::string_view kRest = R"toml(
[[dataset]]
id = "nobody"
party = "other"
unit = "person"
population = "none"
legal_basis = "none: made up"
  [[dataset.identifier]]
  name = "first_name"
  kind = "given-name"
  [[dataset.identifier]]
  name = "last_name"
  kind = "family-name"
  [[dataset.identifier]]
  name = "birth_date"
  kind = "birth-date"

[linkage]
protocol = "exact"
)toml";

// Makes a pronounceable name of a number, two syllables and more.
std::string NameOf(std::uint32_t number) {
  constexpr std::string_view kConsonants = "bcdfghjklmnprstvz";
  constexpr std::string_view kVowels = "aeiou";
  std::string name;
  for (int syllable = 0; syllable < 2 || number > 0; ++syllable) {
    name += kConsonants[number % kConsonants.size()];
    number /= static_cast<std::uint32_t>(kConsonants.size());
    name += kVowels[number % kVowels.size()];
    number /= static_cast<std::uint32_t>(kVowels.size());
  }
  name += 'n';
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

class People {
 public:
  People(std::uint32_t seed, PopulationMeasures measures) : random_(seed), measures_(measures) {}

  std::string Row() {
    const bool has_ssn = !Chance(4);
    std::string row = NameOf(Below(3000)) + "," + FamilyName() + ",";
    if (Chance(10)) row += FamilyName();
    row += "," + std::to_string(1945 + Below(60)) + "-" + TwoDigits(1 + Below(12)) + "-" +
           TwoDigits(1 + Below(28)) + "," + (Chance(2) ? "F" : "M") + ",";
    if (has_ssn) row += std::to_string(1000 + Below(9000));
    row += ",9" + std::to_string(1000 + Below(400) + 10) + ",";
    row += Pick({"elementary", "middle", "high"}) + "," + Pick({"yes", "no", "not observed"}) + ",";
    row += Pick({"mathematics", "science", "english", "history", "arts", "multiple"}) + ",";
    row += std::to_string(2015 + Below(10));
    if (measures_ == PopulationMeasures::kThree) {
      row += Maybe(std::to_string(30'000 + Below(220'001)));
      row += Maybe(std::to_string(Below(2001)));
      row += Maybe(std::to_string(Below(4)) + "." + std::to_string(Below(100)));
    }
    return row + "\n";
  }

 private:
  std::uint32_t Below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool Chance(std::uint32_t one_in) { return Below(one_in) == 0; }
  std::string Pick(std::initializer_list<std::string_view> values) {
    return std::string(values.begin()[Below(static_cast<std::uint32_t>(values.size()))]);
  }
  std::string FamilyName() {
    std::string name = NameOf(7000 + Below(20'000));
    if (Chance(10)) name += (Chance(2) ? "-" : " ") + NameOf(7000 + Below(20'000));
    return name;
  }
  std::string Maybe(std::string measure) { return "," + (Chance(10) ? "" : std::move(measure)); }
  static std::string TwoDigits(std::uint32_t number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  }

  std::mt19937 random_;
  const PopulationMeasures measures_;
};

}  // namespace

std::string PopulationAgreement(PopulationMeasures measures) {
  std::string text(kAgreement);
  if (measures == PopulationMeasures::kThree) text += kMeasures;
  return text += kRest;
}

void WritePopulationFile(const std::filesystem::path& path, std::uint64_t row_count,
                         std::uint32_t seed, PopulationMeasures measures) {
  std::ofstream out(path, std::ios::binary);
  out << "first_name,last_name,previous_last_name,birth_date,sex,ssn_last4,zip,school_level,"
         "retained_3y,subject,hire_year";
  out << (measures == PopulationMeasures::kThree ? ",salary,hours,score\n" : "\n");
  People people(seed, measures);
  for (std::uint64_t i = 0; i < row_count; ++i) out << people.Row();
}

}  // namespace tallystick::agents

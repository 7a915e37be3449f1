#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tallystick::agents {

// What a person's record has beside identifiers and categories.
enum class PopulationMeasures { kNone, kThree };

// The agreement of WritePopulationFile: dataset "staff" with seven identifiers and four categories,
// with kThree also salary, hours and score, the default ladder, padding; without keys, so to be
// parsed leniently.
std::string PopulationAgreement(PopulationMeasures measures);

// Writes a CSV of `row_count` distinct made-up people: names of a few thousand, a tenth of family
// names double, a tenth of people with a previous one, a quarter without SSN-4. The same for the
// same `seed`. A tenth of the people lack each measure.
void WritePopulationFile(const std::filesystem::path& path, std::uint64_t row_count,
                         std::uint32_t seed, PopulationMeasures measures);

}  // namespace tallystick::agents

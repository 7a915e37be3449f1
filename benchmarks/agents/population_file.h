#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace tallystick::agents {

// The agreement of WritePopulationFile: dataset "staff" with seven identifiers and four categories,
// the default ladder, padding; without keys, so to be parsed leniently.
std::string PopulationAgreement();

// Writes a CSV of `row_count` distinct made-up people: names of a few thousand, a tenth of family
// names double, a tenth of people with a previous one, a quarter without SSN-4. The same for the
// same `seed`.
void WritePopulationFile(const std::filesystem::path& path, std::uint64_t row_count,
                         std::uint32_t seed);

}  // namespace tallystick::agents

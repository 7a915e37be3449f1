// The documents of a release directory other than the table and the signed body. All of them are
// functions of the release, so that a verifier can render them again and compare.
#pragma once

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

}  // namespace tallystick::client

// The committed word lists of "normaliser 1". They are written folded (lower case, no spaces), and
// a change to any of them is a new version of the normaliser.
#pragma once

#include <string_view>

#include "crypto/hash.h"

namespace tallystick::agents {

bool IsTitle(std::string_view word);
bool IsSuffix(std::string_view word);
bool IsParticle(std::string_view word);

// IsPlaceholder: `name` is a whole normal form.
bool IsPlaceholder(std::string_view name);

void UpdateWithNameLists(crypto::Sha256Hasher& hasher);

}  // namespace tallystick::agents

// Nicknames: one canonical form for the given names that people use for one another.
#pragma once

#include <cstddef>
#include <string_view>

#include "crypto/hash.h"

namespace tallystick::agents {

// CanonicalGivenName returns the canonical form of `name`, a normal form: "bill", "guillermo" and
// "william" all give "william". A name that the committed table (tables/nicknames.inc) does not
// hold is its own canonical form, as is every canonical form: no entry leads to another. The view
// is into the table or `name` itself. Cost: about 60 ns.
//
// Thread safety: any thread.
std::string_view CanonicalGivenName(std::string_view name);

// The number of names that the table holds, canonical forms included.
std::size_t NicknameCount();

void UpdateWithNicknames(crypto::Sha256Hasher& hasher);

}  // namespace tallystick::agents

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "matcher/registry/step.h"
#include "storage/view.h"
#include "tests/integration/simulation_oracle.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::matcher {

// Something that a member wants done.
struct Wish {
  std::string name;  // for the trace
  decltype(Event::what) what;
  SimulationOracle::Effect effect;  // holds once it is done, and for good
};

// How often things go otherwise than straight to the release, drawn from the seed.
struct Temper {
  std::uint64_t submissions = 2;  // of each institution
  bool withdraws_first = false;
  bool suspends_once = false;
  bool lausd_denies_one = false;
  bool ends_in_revocation = false;
};

// NextWish returns what the member does next, given what it can see; nullopt: it waits, or is done.
// Pure: the same view gives the same wish.
std::optional<Wish> NextWish(const std::string& member, const storage::View& view,
                             const Temper& temper);

// What nobody may do: an outsider's attempt, which must be refused.
Wish ForbiddenWish(std::uint64_t choice);

// Whether the story is over: every request is answered, or the agreement is revoked.
bool Finished(const storage::View& view, const Temper& temper);

// The cast, made once: its keys are the same for every seed.
const Cast& SimulatedCast();

}  // namespace tallystick::matcher

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "matcher/registry/step.h"
#include "storage/chunk_store.h"
#include "storage/view.h"
#include "tests/integration/simulation_oracle.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::matcher {

// Something that a member wants done.
struct Wish {
  std::string name;  // for the trace
  decltype(Event::what) what;
  SimulationOracle::Effect effect;    // holds once it is done, and for good
  std::vector<ChunkUpload> chunks{};  // to be uploaded instead of `what`, which says nothing then
};

// What a member can see of the matcher.
struct Sight {
  const storage::View& view;
  const storage::ChunkStore& chunks;
};

// How often things go otherwise than straight to the release, drawn from the seed.
struct Temper {
  std::uint64_t submissions = 2;  // of each institution
  bool withdraws_first = false;
  bool suspends_once = false;
  bool lausd_denies_one = false;
  bool ends_in_revocation = false;
  bool amends = false;        // once everything is answered, with new submissions and a question
  bool enrols_again = false;  // ucla, with new keys
};

// NextWish returns what the member does next, given what it can see; nullopt: it waits, or is done.
// Pure: the same sight gives the same wish.
std::optional<Wish> NextWish(const std::string& member, const Sight& sight, const Temper& temper);

// What nobody may do: an outsider's attempt, which must be refused.
Wish ForbiddenWish(const storage::View& view, std::uint64_t choice);

// A commit by an institution that does not wait until everything is uploaded. It may succeed, where
// everything is.
Wish HastyWish(const std::string& party, std::uint64_t sequence);

// Whether the agreement was amended, and whether ucla has its second keys.
bool Amended(const storage::View& view);
bool EnrolledAgain(const storage::View& view);

// Whether the story is over: every request is answered, or the agreement is revoked.
bool Finished(const storage::View& view, const Temper& temper);

// The cast, made once: its keys are the same for every seed. The second is of the amendment.
const Cast& SimulatedCast();
const Cast& AmendedCast();

}  // namespace tallystick::matcher

// The body of a release: what the matcher and both agents sign.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/request.h"
#include "base/clock.h"
#include "matcher/disclosure/protected_table.h"
#include "matcher/linkage/ladder.h"
#include "tallystick/v1/state.pb.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

// What a body is made of. A table can only come from DisclosureControl. Nothing is owned.
struct ReleaseFacts {
  const v1::RequestState* request = nullptr;
  const agreements::Agreement* terms = nullptr;
  const agreements::Output* output = nullptr;
  const agreements::RequestDefinition* definition = nullptr;
  const v1::AgreementState* agreement = nullptr;
  const ProtectedTable* table = nullptr;
  std::vector<const ProtectedTable*> measures;  // by Output::Measures()
  std::optional<crypto::Digest> openings_root;  // with measures
  const Linkage* linkage = nullptr;
  std::vector<std::string> match_keys;  // of the linkage's passes, in order
  std::uint64_t left_row_count = 0;
  std::uint64_t right_row_count = 0;
  const agreements::DisclosureRules* rules = nullptr;
  std::string matcher_id;
  std::uint64_t log_position = 0;
  Time now;
};

v1::ReleaseBody MakeReleaseBody(const ReleaseFacts& facts);

}  // namespace tallystick::matcher

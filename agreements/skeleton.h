// The text that `tallystick-agent agreement new` writes: an agreement to be filled in.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace tallystick::agreements {

struct SkeletonMember {
  std::string id, name;
  Bytes signing_key;  // 32
  Bytes sealing_key;  // 65
};

struct SkeletonPerson {
  std::string id;
  std::string role;   // researcher, compliance, convener
  Bytes signing_key;  // 32
  Bytes sealing_key;  // 65
};

struct Skeleton {
  SkeletonMember matcher;
  std::string matcher_url;
  std::vector<SkeletonMember> parties;  // two or more
  std::vector<SkeletonPerson> persons;
  Date today{};  // the term begins here and lasts two years
};

// A commented agreement that parses as it is: one dataset a party, one output over the first two.
// What people must decide says "FILL IN", which lint points at. The keys come from the matcher's
// directory, so the fingerprint must still be compared.
std::string SkeletonText(const Skeleton& skeleton);

}  // namespace tallystick::agreements

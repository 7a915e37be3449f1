// What the parts of a ceremony are bound to.
#pragma once

#include <string_view>

#include "agreements/ceremony_messages.h"

namespace tallystick::agreements {

// label ‖ digest ‖ chain ‖ epoch, the beginning of everything the ceremony hashes or seals.
inline Bytes BoundTo(std::string_view label, const CeremonyContext& context) {
  Bytes out;
  AppendLp(out, label);
  out += context.digest.view();
  out += context.chain.view();
  AppendU32(out, context.epoch);
  return out;
}

// The context of a party's Schnorr proof: a proof copied by another party does not verify.
inline Bytes ShareContext(const CeremonyContext& context, std::string_view party) {
  Bytes out = BoundTo("tallystick/v1/ceremony-share", context);
  AppendLp(out, party);
  return out;
}

}  // namespace tallystick::agreements

#include "agreements/fingerprint.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace tallystick::agreements {
namespace {

constexpr std::uint32_t kGroup = 1'000'000;
constexpr std::size_t kGroups = 8;

std::string Digits(std::string_view fingerprint) {
  std::string digits;
  for (const char c : fingerprint) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') digits += c;
  }
  return digits;
}

}  // namespace

std::string Fingerprint(const crypto::Digest& digest) {
  // Little-endian limbs in base 10^6; what overflows the eighth is the part above 10^48.
  std::array<std::uint32_t, kGroups> limbs{};
  for (const char byte : digest.view()) {
    std::uint32_t carry = static_cast<std::uint8_t>(byte);
    for (std::uint32_t& limb : limbs) {
      const std::uint32_t value = limb * 256 + carry;
      limb = value % kGroup;
      carry = value / kGroup;
    }
  }
  std::string text;
  for (std::size_t i = kGroups; i-- > 0;) {
    char group[16];
    std::snprintf(group, sizeof(group), "%06u", limbs[i]);
    text += group;
    if (i != 0) text += ' ';
  }
  return text;
}

Status CheckFingerprint(const crypto::Digest& digest, std::string_view typed) {
  const std::string digits = Digits(typed);
  if (digits.size() != 48 || digits.find_first_not_of("0123456789") != std::string::npos) {
    return Error(Code::kInvalidArgument, "agreement.fingerprint-form",
                 "a fingerprint is 48 digits, in 8 groups of 6")
        .With("characters", digits.size());
  }
  if (digits != Digits(Fingerprint(digest))) {
    return Error(Code::kPermissionDenied, "agreement.fingerprint-mismatch",
                 "the fingerprint is not this agreement's: do not sign it")
        .Refused({"AGR-FINGERPRINT", std::nullopt,
                  "the fingerprint that the other institution reads from its own copy"});
  }
  return Ok();
}

}  // namespace tallystick::agreements

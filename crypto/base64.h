// Base64 (RFC 4648). Each byte string has one accepted spelling.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::crypto {

// Base64 uses the alphabet of section 4, with padding.
std::string Base64(ByteView bytes);

// FromBase64 fails with kInvalidArgument on a character outside the alphabet (white space too),
// missing or extra padding, and unused bits that are not zero.
Result<Bytes> FromBase64(std::string_view text);

// Base64Url uses the alphabet of section 5, without padding.
std::string Base64Url(ByteView bytes);
Result<Bytes> FromBase64Url(std::string_view text);

}  // namespace tallystick::crypto

#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace tallystick::crypto {

// ExpandMessageXmd is expand_message_xmd of RFC 9380 section 5.3.1 with SHA-256. REQUIRES: 1 to 255
// bytes of `dst`, at most 255·32 bytes of output.
Bytes ExpandMessageXmd(ByteView message, ByteView dst, std::size_t length);

}  // namespace tallystick::crypto

#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace tallystick::storage {

// Crc32c returns the CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`; with `previous` it
// goes on from the CRC of what came before. Cost: about 1 GB/s.
std::uint32_t Crc32c(ByteView bytes, std::uint32_t previous = 0);

}  // namespace tallystick::storage

// Byte strings. As in LevelDB, an owned byte string is a std::string and a borrowed one a
// std::string_view; the aliases say that the content is bytes and not text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tallystick {

using Bytes = std::string;
using ByteView = std::string_view;

// Appends `value` in big-endian order.
void AppendU16(Bytes& out, std::uint16_t value);
void AppendU32(Bytes& out, std::uint32_t value);
void AppendU64(Bytes& out, std::uint64_t value);

// ReadU16/32/64 read a big-endian value at `offset`. REQUIRES: it fits (checked, aborts).
std::uint16_t ReadU16(ByteView bytes, std::size_t offset);
std::uint32_t ReadU32(ByteView bytes, std::size_t offset);
std::uint64_t ReadU64(ByteView bytes, std::size_t offset);

// AppendLp appends lp(x) of protocol.md: a 4-byte big-endian length, then `x`.
void AppendLp(Bytes& out, ByteView x);

// ToHex returns lower-case hex.
std::string ToHex(ByteView bytes);

// FromHex decodes hex of either case into `*out`; false when `hex` is not whole bytes of hex.
bool FromHex(std::string_view hex, Bytes* out);

}  // namespace tallystick

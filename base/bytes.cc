#include "base/bytes.h"

#include "base/check.h"

namespace tallystick {
namespace {

template <class T>
void AppendBigEndian(Bytes& out, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

template <class T>
T ReadBigEndian(ByteView bytes, std::size_t offset) {
  TS_CHECK(offset <= bytes.size() && bytes.size() - offset >= sizeof(T));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[offset + i]);
  }
  return static_cast<T>(value);
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void AppendU16(Bytes& out, std::uint16_t value) { AppendBigEndian(out, value); }
void AppendU32(Bytes& out, std::uint32_t value) { AppendBigEndian(out, value); }
void AppendU64(Bytes& out, std::uint64_t value) { AppendBigEndian(out, value); }

std::uint16_t ReadU16(ByteView bytes, std::size_t offset) {
  return ReadBigEndian<std::uint16_t>(bytes, offset);
}
std::uint32_t ReadU32(ByteView bytes, std::size_t offset) {
  return ReadBigEndian<std::uint32_t>(bytes, offset);
}
std::uint64_t ReadU64(ByteView bytes, std::size_t offset) {
  return ReadBigEndian<std::uint64_t>(bytes, offset);
}

void AppendLp(Bytes& out, ByteView x) {
  TS_CHECK(x.size() <= 0xffffffffu);
  AppendU32(out, static_cast<std::uint32_t>(x.size()));
  out.append(x);
}

std::string ToHex(ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

bool FromHex(std::string_view hex, Bytes* out) {
  if (hex.size() % 2 != 0) return false;
  Bytes bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexDigit(hex[i]);
    const int low = HexDigit(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  *out = std::move(bytes);
  return true;
}

}  // namespace tallystick

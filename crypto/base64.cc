#include "crypto/base64.h"

#include <array>
#include <cstdint>

namespace tallystick::crypto {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string Encode(ByteView bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8) | static_cast<std::uint8_t>(c);
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      out.push_back(alphabet[(pending >> bits) & 63]);
    }
  }
  if (bits > 0) out.push_back(alphabet[(pending << (6 - bits)) & 63]);
  return out;
}

Error NotBase64() {
  return Error(Code::kInvalidArgument, "crypto.base64", "not base64 in its canonical form");
}

// `text` has no padding any more.
Result<Bytes> Decode(std::string_view text, std::string_view alphabet) {
  if (text.size() % 4 == 1) return NotBase64();
  std::array<std::int8_t, 256> values;
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::int8_t value = values[static_cast<std::uint8_t>(c)];
    if (value < 0) return NotBase64();
    pending = (pending << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>((pending >> bits) & 0xff));
    }
  }
  if ((pending & ((1u << bits) - 1)) != 0) return NotBase64();
  return out;
}

}  // namespace

std::string Base64(ByteView bytes) {
  std::string out = Encode(bytes, kAlphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<Bytes> FromBase64(std::string_view text) {
  if (text.size() % 4 != 0) return NotBase64();
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return Decode(text, kAlphabet);
}

std::string Base64Url(ByteView bytes) { return Encode(bytes, kUrlAlphabet); }

Result<Bytes> FromBase64Url(std::string_view text) { return Decode(text, kUrlAlphabet); }

}  // namespace tallystick::crypto

#include "agents/normalise/unicode_tables.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"

namespace tallystick::agents {
namespace {

struct CombiningRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
};

struct SupplementaryRange {
  char32_t first;
  char32_t last;
  std::int32_t step;
};

#include "agents/normalise/tables/combining.inc"
#include "agents/normalise/tables/decomposition.inc"
#include "agents/normalise/tables/image.inc"

// The Unicode Standard 15.0, section 3.12: Hangul syllables decompose by arithmetic.
constexpr char32_t kHangulFirst = 0xAC00;
constexpr char32_t kHangulLast = 0xD7A3;
constexpr char32_t kLeadingFirst = 0x1100;
constexpr char32_t kVowelFirst = 0x1161;
constexpr char32_t kTrailingBeforeFirst = 0x11A7;
constexpr char32_t kVowels = 21;
constexpr char32_t kTrailings = 28;

constexpr std::uint16_t kCodePointItself = 2;  // the index of "=" in kImages

// The range that holds `code_point`, or nullptr.
template <class Range, std::size_t kCount>
const Range* FindRange(const Range (&ranges)[kCount], char32_t code_point) {
  const Range* found =
      std::upper_bound(std::begin(ranges), std::end(ranges), code_point,
                       [](char32_t wanted, const Range& range) { return wanted < range.first; });
  if (found == std::begin(ranges)) return nullptr;
  --found;
  return code_point <= found->last ? found : nullptr;
}

template <class T, std::size_t kCount>
void UpdateWithNumbers(crypto::Sha256Hasher& hasher, const T (&numbers)[kCount]) {
  Bytes bytes;
  for (const T number : numbers) AppendU32(bytes, static_cast<std::uint32_t>(number));
  Bytes length;
  AppendU32(length, static_cast<std::uint32_t>(kCount));
  hasher.Update(length);
  hasher.Update(bytes);
}

}  // namespace

std::u32string_view NfkdOf(char32_t code_point, char32_t (&hangul)[3]) {
  if (code_point >= kHangulFirst && code_point <= kHangulLast) {
    const char32_t index = code_point - kHangulFirst;
    hangul[0] = kLeadingFirst + index / (kVowels * kTrailings);
    hangul[1] = kVowelFirst + index % (kVowels * kTrailings) / kTrailings;
    hangul[2] = kTrailingBeforeFirst + index % kTrailings;
    return {hangul, index % kTrailings == 0 ? 2u : 3u};
  }
  const char32_t* found = std::lower_bound(std::begin(kDecomposedCodePoint),
                                           std::end(kDecomposedCodePoint), code_point);
  if (found == std::end(kDecomposedCodePoint) || *found != code_point) return {};
  const auto index = found - std::begin(kDecomposedCodePoint);
  const std::size_t begin = index == 0 ? 0 : kDecompositionEnd[index - 1];
  return {kDecompositionPool + begin, kDecompositionEnd[index] - begin};
}

std::uint8_t CanonicalCombiningClass(char32_t code_point) {
  const CombiningRange* range = FindRange(kCombiningRanges, code_point);
  return range == nullptr ? std::uint8_t{0} : range->combining_class;
}

Image ImageOf(char32_t code_point) {
  if (code_point < 0x10000) {
    const std::uint16_t index =
        kImageBlock[kImagePage[code_point >> 8] * 256u + (code_point & 255)];
    if (index == kCodePointItself) return {Image::Kind::kCodePoint, {}, code_point};
    return {Image::Kind::kText, kImages[index], 0};
  }
  const SupplementaryRange* range = FindRange(kSupplementaryRanges, code_point);
  if (range == nullptr) return {Image::Kind::kText, " ", 0};
  if (range->step == kMarkStep) return {Image::Kind::kText, "", 0};
  return {Image::Kind::kCodePoint,
          {},
          static_cast<char32_t>(static_cast<std::int32_t>(code_point) + range->step)};
}

void UpdateWithUnicodeTables(crypto::Sha256Hasher& hasher) {
  UpdateWithNumbers(hasher, kDecomposedCodePoint);
  UpdateWithNumbers(hasher, kDecompositionEnd);
  UpdateWithNumbers(hasher, kDecompositionPool);
  UpdateWithNumbers(hasher, kImagePage);
  UpdateWithNumbers(hasher, kImageBlock);
  Bytes bytes;
  for (const std::string_view image : kImages) AppendLp(bytes, image);
  for (const CombiningRange& range : kCombiningRanges) {
    AppendU32(bytes, range.first);
    AppendU32(bytes, range.last);
    AppendU32(bytes, range.combining_class);
  }
  for (const SupplementaryRange& range : kSupplementaryRanges) {
    AppendU32(bytes, range.first);
    AppendU32(bytes, range.last);
    AppendU32(bytes, static_cast<std::uint32_t>(range.step));
  }
  hasher.Update(bytes);
}

}  // namespace tallystick::agents

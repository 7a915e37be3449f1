// Fold: the first half of a name's normal form (linkage.md, "Normal forms").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tallystick::agents {

// FoldedText holds the words of a text in lower-case Latin letters and digits, one behind the other
// without a space. A letter of a script that ICU 72 does not transliterate stays itself, in UTF-8.
// It says what a person's record says: keep it inside a Plaintext or wipe it.
struct FoldedText {
  std::string joined;
  std::vector<std::uint32_t> word_ends;  // one a word, ascending; the last is joined.size()

  std::string_view word(std::size_t index) const {
    const std::size_t begin = index == 0 ? 0 : word_ends[index - 1];
    return std::string_view(joined).substr(begin, word_ends[index] - begin);
  }

  // Empties it and overwrites its memory.
  void Wipe();
};

// Fold decomposes `text` (NFKD), looks every code point up in the frozen table, and splits into
// words. Bytes that are not UTF-8 separate words. `out` is overwritten and keeps its memory. Cost:
// about 1 ns a byte for ASCII, 30 ns a code point otherwise.
void Fold(std::string_view text, FoldedText& out);

// FoldWithTables is Fold without the fast path for ASCII: the definition, for tests.
void FoldWithTables(std::string_view text, FoldedText& out);

// FoldSpelling folds a word of a committed list, so that lists may be written with capitals, spaces
// and accents.
std::string FoldSpelling(std::string_view text);

}  // namespace tallystick::agents

// Names: normal forms, words and variants (linkage.md, "Normal forms").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agents/normalise/fold.h"
#include "agents/normalise/outcome.h"

namespace tallystick::agents {

inline constexpr std::size_t kMaxVariants = 4;

// NameRole: a single letter is a name, except as a family name (an initial, not a surname).
enum class NameRole { kFamily, kOther };

// NameForm is the normal form of one name and what variants need to know of its words. An empty
// `text` is null, and then there are no words. Part of a person's record: see plaintext.h.
struct NameForm {
  struct Word {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  std::string text;       // the words without titles and suffixes, joined without a space
  bool compound = false;  // more than one word
  std::uint32_t first_word_size = 0;
  bool first_word_is_placeholder = false;  // "Baby Girl Ana"
  // The distinct words of a compound name that may stand for it: at least 3 letters, no particle,
  // no placeholder; the first kMaxVariants of them.
  std::array<Word, kMaxVariants> long_words{};
  std::uint8_t long_word_count = 0;

  std::string_view first_word() const { return std::string_view(text).substr(0, first_word_size); }
  std::string_view long_word(std::size_t index) const {
    return std::string_view(text).substr(long_words[index].begin, long_words[index].size);
  }

  // Empties the form and keeps its memory.
  void Clear();
  // Empties the form and overwrites its memory.
  void Wipe();
};

// NormaliseName sets `form` from a name as it stands in a record. Titles in front and suffixes at
// the end are dropped as long as there are any, so "Rev. Dr." alone is null. kNull: a placeholder
// of the committed list, a name of titles only, one without a letter or digit, or a single letter
// as a family name. Never kUnreadable. `scratch` is overwritten.
FieldOutcome NormaliseName(std::string_view raw, NameRole role, FoldedText& scratch,
                           NameForm& form);

// Variants collects distinct values in order, up to kMaxVariants; further ones are dropped.
class Variants {
 public:
  void Add(std::string_view value);
  void AddWords(const NameForm& form);  // its long words

  std::size_t size() const { return size_; }
  std::string_view operator[](std::size_t index) const { return values_[index]; }

 private:
  std::array<std::string_view, kMaxVariants> values_{};
  std::size_t size_ = 0;
};

}  // namespace tallystick::agents

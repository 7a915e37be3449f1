#include "agents/normalise/name.h"

#include <algorithm>

#include "agents/normalise/name_lists.h"
#include "crypto/secret.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kMinLongWordLetters = 3;

bool StartsCodePoint(char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u; }

std::size_t CountCodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), StartsCodePoint));
}

std::size_t CountLetters(std::string_view word) {
  return static_cast<std::size_t>(std::count_if(word.begin(), word.end(), [](char byte) {
    return StartsCodePoint(byte) && !(byte >= '0' && byte <= '9');
  }));
}

bool StandsForTheName(std::string_view word) {
  return CountLetters(word) >= kMinLongWordLetters && !IsParticle(word) && !IsPlaceholder(word);
}

bool IsBlank(std::string_view raw) {
  return raw.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

void NameForm::Clear() {
  text.clear();
  compound = false;
  first_word_size = 0;
  first_word_is_placeholder = false;
  long_word_count = 0;
}

void NameForm::Wipe() {
  crypto::Wipe(text);
  Clear();
}

FieldOutcome NormaliseName(std::string_view raw, NameRole role, FoldedText& scratch,
                           NameForm& form) {
  form.Clear();
  if (IsBlank(raw)) return {FieldState::kEmpty, ""};
  Fold(raw, scratch);
  std::size_t first = 0;
  std::size_t end = scratch.word_ends.size();
  while (first < end && IsTitle(scratch.word(first))) ++first;
  while (first < end && IsSuffix(scratch.word(end - 1))) --end;
  if (first == end) return {FieldState::kNull, "a name without a word that names"};

  const std::size_t begin = first == 0 ? 0 : scratch.word_ends[first - 1];
  const std::string_view name =
      std::string_view(scratch.joined).substr(begin, scratch.word_ends[end - 1] - begin);
  if (IsPlaceholder(name)) return {FieldState::kNull, "a placeholder instead of a name"};
  if (role == NameRole::kFamily && CountCodePoints(name) == 1) {
    return {FieldState::kNull, "a single letter instead of a family name"};
  }

  form.text = name;
  form.compound = end - first > 1;
  form.first_word_size = static_cast<std::uint32_t>(scratch.word(first).size());
  form.first_word_is_placeholder = form.compound && IsPlaceholder(scratch.word(first));
  if (!form.compound) return {FieldState::kValue, ""};
  std::size_t at = 0;
  for (std::size_t i = first; i < end && form.long_word_count < kMaxVariants; ++i) {
    const std::string_view word = scratch.word(i);
    bool seen = !StandsForTheName(word);
    for (std::size_t k = 0; k < form.long_word_count; ++k) seen |= form.long_word(k) == word;
    if (!seen) {
      form.long_words[form.long_word_count++] = {static_cast<std::uint32_t>(at),
                                                 static_cast<std::uint32_t>(word.size())};
    }
    at += word.size();
  }
  return {FieldState::kValue, ""};
}

void Variants::Add(std::string_view value) {
  if (value.empty() || size_ == kMaxVariants) return;
  const auto end = values_.begin() + static_cast<std::ptrdiff_t>(size_);
  if (std::find(values_.begin(), end, value) == end) values_[size_++] = value;
}

void Variants::AddWords(const NameForm& form) {
  for (std::size_t i = 0; i < form.long_word_count; ++i) Add(form.long_word(i));
}

}  // namespace tallystick::agents

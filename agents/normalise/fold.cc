#include "agents/normalise/fold.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agents/normalise/unicode_tables.h"
#include "agents/source/utf8.h"
#include "crypto/secret.h"

namespace tallystick::agents {
namespace {

// What an ASCII byte becomes: a letter or digit in lower case, or one of these.
constexpr char kSeparates = ' ';
constexpr char kJoins = '\0';

constexpr std::array<char, 128> AsciiTable() {
  std::array<char, 128> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    const char c = static_cast<char>(byte);
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    table[byte] = upper ? static_cast<char>(c + ('a' - 'A')) : kept ? c : kSeparates;
  }
  table['\''] = kJoins;
  return table;
}
constexpr std::array<char, 128> kAscii = AsciiTable();

void EndWord(FoldedText& out) {
  const std::size_t begun = out.word_ends.empty() ? 0 : out.word_ends.back();
  if (out.joined.size() > begun) {
    out.word_ends.push_back(static_cast<std::uint32_t>(out.joined.size()));
  }
}

void AppendImage(char32_t code_point, FoldedText& out) {
  const Image image = ImageOf(code_point);
  if (image.kind == Image::Kind::kCodePoint) {
    AppendUtf8(out.joined, image.code_point);
    return;
  }
  for (const char c : image.text) {
    if (c == ' ') {
      EndWord(out);
    } else {
      out.joined.push_back(c);
    }
  }
}

// Marks waits for the end of a run of combining marks, because NFKD puts them in the order of
// their combining classes.
class Marks {
 public:
  void Add(char32_t code_point, std::uint8_t combining_class) {
    run_.emplace_back(combining_class, code_point);
  }
  void Flush(FoldedText& out) {
    if (run_.empty()) return;
    std::stable_sort(run_.begin(), run_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [combining_class, code_point] : run_) AppendImage(code_point, out);
    run_.clear();
  }

 private:
  std::vector<std::pair<std::uint8_t, char32_t>> run_;
};

}  // namespace

void FoldedText::Wipe() {
  crypto::Wipe(joined);
  word_ends.clear();
}

void FoldWithTables(std::string_view text, FoldedText& out) {
  out.joined.clear();
  out.word_ends.clear();
  Marks marks;
  const auto append = [&](char32_t code_point) {
    const std::uint8_t combining_class = CanonicalCombiningClass(code_point);
    if (combining_class != 0) return marks.Add(code_point, combining_class);
    marks.Flush(out);
    AppendImage(code_point, out);
  };
  while (!text.empty()) {
    const DecodedCodePoint decoded = DecodeUtf8(text);
    text.remove_prefix(std::max<std::size_t>(decoded.length, 1));
    if (decoded.length == 0) {
      append(U' ');
      continue;
    }
    char32_t hangul[3];
    const std::u32string_view parts = NfkdOf(decoded.code_point, hangul);
    if (parts.empty()) append(decoded.code_point);
    for (const char32_t part : parts) append(part);
  }
  marks.Flush(out);
  EndWord(out);
}

void Fold(std::string_view text, FoldedText& out) {
  out.joined.clear();
  out.word_ends.clear();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= kAscii.size()) return FoldWithTables(text, out);
    const char to = kAscii[byte];
    if (to == kSeparates) {
      EndWord(out);
    } else if (to != kJoins) {
      out.joined.push_back(to);
    }
  }
  EndWord(out);
}

std::string FoldSpelling(std::string_view text) {
  FoldedText folded;
  Fold(text, folded);
  return std::move(folded.joined);
}

}  // namespace tallystick::agents

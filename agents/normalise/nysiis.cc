#include <array>
#include <cstddef>

#include "agents/normalise/phonetic.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kCodeLength = 6;
// Letters behind these are ignored, as if the name ended here.
constexpr std::size_t kLongestName = 256;

bool IsVowel(char c) { return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U'; }

// Name is the letters in capitals; the rules rewrite them in place. Beyond the ends stand blanks.
class Name {
 public:
  explicit Name(std::string_view name) {
    for (const char letter : name) {
      if (letter < 'a' || letter > 'z' || size_ == kLongestName) continue;
      letters_[size_++] = static_cast<char>(letter - ('a' - 'A'));
    }
  }

  std::size_t size() const { return size_; }
  char at(std::size_t index) const { return index < size_ ? letters_[index] : ' '; }
  std::string_view text() const { return {letters_.data(), size_}; }

  void Write(std::size_t index, std::string_view letters) {
    for (const char letter : letters) {
      if (index < size_) letters_[index++] = letter;
    }
  }
  void ReplaceEnd(std::size_t count, char letter) {
    size_ -= count - 1;
    letters_[size_ - 1] = letter;
  }

 private:
  std::array<char, kLongestName> letters_{};
  std::size_t size_ = 0;
};

void RewriteStart(Name& name) {
  const std::string_view text = name.text();
  if (text.starts_with("MAC")) {
    name.Write(0, "MCC");
  } else if (text.starts_with("KN")) {
    name.Write(0, "NN");
  } else if (text.starts_with("K")) {
    name.Write(0, "C");
  } else if (text.starts_with("PH") || text.starts_with("PF")) {
    name.Write(0, "FF");
  } else if (text.starts_with("SCH")) {
    name.Write(0, "SSS");
  }
}

void RewriteEnd(Name& name) {
  const std::string_view text = name.text();
  if (text.size() < 3) return;  // nothing would be left of the name's first letters
  if (text.ends_with("EE") || text.ends_with("IE")) {
    name.ReplaceEnd(2, 'Y');
  } else if (text.ends_with("DT") || text.ends_with("RT") || text.ends_with("RD") ||
             text.ends_with("NT") || text.ends_with("ND")) {
    name.ReplaceEnd(2, 'D');
  }
}

// Rewrites the letter at `i` (and those behind it that its rule covers).
void RewriteLetter(Name& name, std::size_t i) {
  const char previous = name.at(i - 1);
  const char next = name.at(i + 1);
  switch (name.at(i)) {
    case 'E':
      name.Write(i, next == 'V' ? "AF" : "A");
      break;
    case 'A':
    case 'I':
    case 'O':
    case 'U':
      name.Write(i, "A");
      break;
    case 'Q':
      name.Write(i, "G");
      break;
    case 'Z':
      name.Write(i, "S");
      break;
    case 'M':
      name.Write(i, "N");
      break;
    case 'K':
      name.Write(i, next == 'N' ? "NN" : "C");
      break;
    case 'S':
      if (next == 'C' && name.at(i + 2) == 'H') name.Write(i, "SSS");
      break;
    case 'P':
      if (next == 'H') name.Write(i, "FF");
      break;
    case 'H':
      if (!IsVowel(previous) || !IsVowel(next)) name.Write(i, std::string_view(&previous, 1));
      break;
    case 'W':
      if (IsVowel(previous)) name.Write(i, std::string_view(&previous, 1));
      break;
    default:
      break;
  }
}

}  // namespace

void Nysiis(std::string_view raw, std::string& out) {
  out.clear();
  Name name(raw);
  if (name.size() == 0) return;
  RewriteStart(name);
  RewriteEnd(name);
  out.push_back(name.at(0));
  for (std::size_t i = 1; i < name.size(); ++i) {
    RewriteLetter(name, i);
    if (name.at(i) != name.at(i - 1)) out.push_back(name.at(i));
  }
  if (out.size() > 1 && out.back() == 'S') out.pop_back();
  if (out.size() > 2 && out.ends_with("AY")) out.erase(out.size() - 2, 1);
  if (out.size() > 1 && out.back() == 'A') out.pop_back();
  if (out.size() > kCodeLength) out.resize(kCodeLength);
}

}  // namespace tallystick::agents

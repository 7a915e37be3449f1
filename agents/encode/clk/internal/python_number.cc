#include "agents/encode/clk/internal/python_number.h"

#include <cstddef>
#include <cstdlib>

#include "agents/encode/clk/internal/unicode.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kMaxDigits = 4300;  // sys.get_int_max_str_digits()

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Python's first step: other scripts' digits and spaces become ASCII, what else is not ASCII makes
// the text unreadable. White space around it is dropped.
std::optional<std::string> ToAscii(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    if (c < 0x7F) {
      out.push_back(static_cast<char>(c));
    } else if (const int digit = DecimalDigit(c); digit >= 0) {
      out.push_back(static_cast<char>('0' + digit));
    } else if (IsSpace(c)) {
      out.push_back(' ');
    } else {
      return std::nullopt;
    }
  }
  constexpr std::string_view kWhite = " \t\n\v\f\r";
  const std::size_t first = out.find_first_not_of(kWhite);
  if (first == std::string::npos) return std::nullopt;
  return out.substr(first, out.find_last_not_of(kWhite) - first + 1);
}

// Drops underscores; false where one does not stand between two digits.
bool DropUnderscores(std::string* text) {
  std::string out;
  for (std::size_t i = 0; i < text->size(); ++i) {
    if ((*text)[i] != '_') {
      out.push_back((*text)[i]);
    } else if (i == 0 || i + 1 == text->size() || !IsDigit((*text)[i - 1]) ||
               !IsDigit((*text)[i + 1])) {
      return false;
    }
  }
  *text = std::move(out);
  return true;
}

// Skips digits from `at` and returns how many there were.
std::size_t SkipDigits(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at - start;
}

bool IsDecimalFloat(std::string_view text) {
  std::size_t at = text.empty() || (text[0] != '+' && text[0] != '-') ? 0 : 1;
  std::size_t digits = SkipDigits(text, at);
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits += SkipDigits(text, at);
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (SkipDigits(text, at) == 0) return false;
  }
  return at == text.size();
}

bool IsSpecialFloat(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower == "inf" || lower == "infinity" || lower == "nan";
}

}  // namespace

std::optional<std::string> CanonicalInteger(std::u32string_view text) {
  auto ascii = ToAscii(text);
  if (!ascii || !DropUnderscores(&*ascii)) return std::nullopt;
  const bool negative = ascii->front() == '-';
  std::size_t at = negative || ascii->front() == '+' ? 1 : 0;
  const std::size_t first = at;
  const std::size_t digits = SkipDigits(*ascii, at);
  if (digits == 0 || digits > kMaxDigits || at != ascii->size()) return std::nullopt;
  const std::size_t significant = ascii->find_first_not_of('0', first);
  if (significant == std::string::npos) return "0";
  return (negative ? "-" : "") + ascii->substr(significant);
}

std::optional<double> ParseFloat(std::u32string_view text) {
  auto ascii = ToAscii(text);
  if (!ascii || !DropUnderscores(&*ascii)) return std::nullopt;
  if (!IsDecimalFloat(*ascii) && !IsSpecialFloat(*ascii)) return std::nullopt;
  // The grammar is checked, so that no locale or hexadecimal form comes in; unlike from_chars this
  // gives infinity and zero beyond the range, as Python does.
  return std::strtod(ascii->c_str(), nullptr);
}

}  // namespace tallystick::agents

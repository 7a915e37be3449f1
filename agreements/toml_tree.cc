#include "agreements/toml_tree.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tallystick::agreements {
namespace {

// Thrown where toml++ would abort: some hostile input ("[[[") breaks its own assumptions.
struct TomlParserGivesUp {};

[[noreturn]] void GiveUp() { throw TomlParserGivesUp(); }

constexpr int kMaxDots = 16;  // in one dotted key

}  // namespace
}  // namespace tallystick::agreements

// With NDEBUG, toml++ tells the compiler to rely on those assumptions instead of checking them.
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? (void)0 : ::tallystick::agreements::GiveUp())
// A namespace of its own, so that the linker does not take another file's toml++, which aborts.
#define toml tallystick_agreements_toml
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace tallystick::agreements {
namespace {

// The line of the first dotted key with more than kMaxDots dots, or 0. Each dot is a nested table,
// and toml++ would free a hundred thousand of them by recursion. Follows strings and comments only
// as far as the parser would read before it stops at an error.
//
// A character that is not ASCII outside strings and comments is no TOML 1.0, and toml++ 3.3 takes
// some of them into undefined behaviour: negative, the line where one stands.
int LineOfDeepKey(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  int line = 1, dots = 0;
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const auto ahead = [&](std::string_view what) { return text.substr(at).starts_with(what); };
  while (at < text.size()) {
    const char c = text[at];
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '"' || c == '\'') {
      const std::string quote(ahead(std::string(3, c)) ? 3 : 1, c);
      at += quote.size();
      while (at < text.size() && !ahead(quote) && (quote.size() == 3 || text[at] != '\n')) {
        line += text[at] == '\n' ? 1 : 0;
        at +=
            (c == '"' && text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ? 2 : 1;
      }
      at += ahead(quote) ? quote.size() : 0;
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80) return -line;
    if (c == '.') {
      if (++dots > kMaxDots) return line;
    } else if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') {
      dots = 0;
      line += c == '\n' ? 1 : 0;
    }
    ++at;
  }
  return 0;
}

void Place(TomlNode& node, const toml::source_region& region) {
  node.line = static_cast<int>(region.begin.line);
  node.column = static_cast<int>(region.begin.column);
}

TomlNode Convert(const toml::node& from) {
  TomlNode node;
  Place(node, from.source());
  if (const auto* table = from.as_table()) {
    node.kind = TomlNode::Kind::kTable;
    for (const auto& [key, value] : *table) {
      node.entries.push_back({std::string(key.str()), static_cast<int>(key.source().begin.line),
                              static_cast<int>(key.source().begin.column), Convert(value)});
    }
    // toml++ keeps keys sorted; a reader of diagnostics wants the order of the file.
    std::stable_sort(node.entries.begin(), node.entries.end(),
                     [](const TomlEntry& a, const TomlEntry& b) {
                       return std::pair(a.line, a.column) < std::pair(b.line, b.column);
                     });
  } else if (const auto* array = from.as_array()) {
    node.kind = TomlNode::Kind::kArray;
    for (const auto& item : *array) node.items.push_back(Convert(item));
  } else if (const auto* text = from.as_string()) {
    node.kind = TomlNode::Kind::kString;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = TomlNode::Kind::kInteger;
    node.integer = integer->get();
  } else if (const auto* number = from.as_floating_point()) {
    node.kind = TomlNode::Kind::kFloat;
    node.number = number->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.kind = TomlNode::Kind::kBoolean;
    node.boolean = boolean->get();
  } else if (const auto* date = from.as_date()) {
    const auto& d = date->get();
    const std::chrono::year_month_day ymd{std::chrono::year(d.year), std::chrono::month(d.month),
                                          std::chrono::day(d.day)};
    if (ymd.ok()) {
      node.kind = TomlNode::Kind::kDate;
      node.date = Date(ymd);
    }
  }
  return node;
}

}  // namespace

void Problems::Error(int line, int column, std::string message) {
  ++count_;
  if (kept_.size() < kMaxDiagnostics) {
    kept_.push_back({Diagnostic::kError, line, column, std::move(message)});
  }
}

std::vector<Diagnostic> Problems::Sorted() const {
  std::vector<Diagnostic> sorted = kept_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return sorted;
}

TomlNode ParseToml(std::string_view text, Problems& problems) {
  TomlNode empty;
  empty.kind = TomlNode::Kind::kTable;
  if (const int line = LineOfDeepKey(text); line != 0) {
    problems.Error(
        line < 0 ? -line : line, 1,
        line < 0 ? "a character that is not ASCII outside a string" : "a key of more than 16 dots");
    return empty;
  }
  try {
    return Convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    problems.Error(static_cast<int>(begin.line), static_cast<int>(begin.column),
                   "not TOML: " + std::string(error.description()));
  } catch (const TomlParserGivesUp&) {
    problems.Error(1, 1, "not TOML");
  }
  return empty;
}

bool IsUtf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned lead = byte(at);
    std::size_t more = 0;
    unsigned low = 0x80, high = 0xBF;  // bounds of the second byte
    if (lead < 0x80) {
      ++at;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      more = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      more = 2;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      more = 3;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    if (text.size() - at <= more) return false;
    if (byte(at + 1) < low || byte(at + 1) > high) return false;
    for (std::size_t i = 2; i <= more; ++i) {
      if (byte(at + i) < 0x80 || byte(at + i) > 0xBF) return false;
    }
    at += more + 1;
  }
  return true;
}

std::string Quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 60;
  std::string quoted = "`";
  for (const char c : text.substr(0, kMaxShown)) quoted += (c >= 0x20 && c < 0x7F) ? c : '?';
  if (text.size() > kMaxShown) quoted += "...";
  return quoted + "`";
}

}  // namespace tallystick::agreements

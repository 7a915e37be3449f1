// A TOML document as a plain tree with positions. It keeps toml++ (header-only, slow to compile)
// and its exceptions inside one .cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/agreement.h"

namespace tallystick::agreements {

struct TomlEntry;

struct TomlNode {
  enum class Kind { kTable, kArray, kString, kInteger, kFloat, kBoolean, kDate, kOther };

  Kind kind = Kind::kOther;
  int line = 0, column = 0;
  std::string text;                // kString
  std::int64_t integer = 0;        // kInteger
  double number = 0;               // kFloat
  bool boolean = false;            // kBoolean
  Date date{};                     // kDate: a local date of a day that exists
  std::vector<TomlNode> items;     // kArray
  std::vector<TomlEntry> entries;  // kTable, in the order of the file
};

struct TomlEntry {
  std::string key;
  int line = 0, column = 0;
  TomlNode value;
};

// Problems collects diagnostics, at most kMaxDiagnostics; what is beyond is counted only.
class Problems {
 public:
  void Error(int line, int column, std::string message);

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  // Those kept, in the order of the file.
  std::vector<Diagnostic> Sorted() const;

 private:
  std::vector<Diagnostic> kept_;
  std::size_t count_ = 0;
};

// Parses `text`; a syntax error goes to `problems` and an empty table is returned. Nesting is
// limited by the parser (256 levels).
TomlNode ParseToml(std::string_view text, Problems& problems);

// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool IsUtf8(std::string_view text);

// `text` between backquotes, cut after 60 bytes, with anything not printable replaced.
std::string Quoted(std::string_view text);

}  // namespace tallystick::agreements

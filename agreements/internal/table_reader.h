// Reads one TOML table against what it may hold, and reports everything else.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/toml_tree.h"

namespace tallystick::agreements {

enum class Need { kRequired, kOptional };

// Listed is a string of an array, with its place.
struct Listed {
  std::string text;
  int line = 0, column = 0;
};

// TableReader hands out a table's values by key. Each getter reports a missing or malformed value
// and returns an empty one, so that a single pass finds every problem. Call Finish() last: it
// reports the keys nobody asked for.
//
// Thread safety: external.
class TableReader {
 public:
  // `path` names the table in messages: "[[party]]"; "" is the top of the file.
  TableReader(const TomlNode& table, std::string path, Problems& problems);

  int line() const { return table_.line; }
  int LineOf(std::string_view key) const;
  Lines lines() const;
  bool Has(std::string_view key) const;
  Problems& problems() { return problems_; }

  // A line of text, not empty: no control characters, at most kMaxTextBytes.
  std::string Text(std::string_view key, Need need = Need::kRequired);
  // As Text, but may have line breaks and tabs.
  std::string Paragraph(std::string_view key, Need need = Need::kRequired);
  // [a-z0-9-]{2,32}
  std::string Id(std::string_view key, Need need = Need::kRequired);
  // [a-z0-9_-]{1,64}
  std::string LongId(std::string_view key);
  // [A-Za-z_][A-Za-z0-9_-]{0,63}: the name of a column
  std::string ColumnName(std::string_view key);
  // One of `choices`; nullopt when absent or wrong.
  std::optional<std::string> Choice(std::string_view key,
                                    std::initializer_list<std::string_view> choices,
                                    Need need = Need::kOptional);
  std::optional<std::int64_t> Integer(std::string_view key, std::int64_t low, std::int64_t high,
                                      Need need = Need::kOptional);
  // An integer or a finite decimal number.
  std::optional<double> Number(std::string_view key, Need need = Need::kRequired);
  std::optional<bool> Boolean(std::string_view key);
  std::optional<Date> Day(std::string_view key, Need need = Need::kOptional);
  // Base64 of an Ed25519 public key (32 bytes) or of a P-256 point (65); empty when absent or
  // wrong.
  Bytes SigningKey(std::string_view key, Need need);
  Bytes SealingKey(std::string_view key, Need need);
  // An array of lines of text without repetitions; where present it holds 1..max of them.
  std::vector<Listed> Strings(std::string_view key, std::size_t max, Need need = Need::kOptional);
  // A table of its own, or nullptr.
  const TomlNode* Table(std::string_view key, Need need = Need::kOptional);
  // An array of tables; at most `max`, at least one where required.
  std::vector<const TomlNode*> Tables(std::string_view key, std::size_t max, Need need);
  // The value of any sort, or nullptr; counts as asked for.
  const TomlNode* Any(std::string_view key);

  // Reports a problem at the key, or at the table where the key is absent.
  void Complain(std::string_view key, std::string message);
  void Finish();

 private:
  const TomlEntry* Find(std::string_view key, Need need);
  std::string OfForm(std::string_view key, Need need, bool (*fits)(std::string_view),
                     std::string_view form);
  std::string StringOf(std::string_view key, Need need, bool line_breaks);
  Bytes KeyOf(std::string_view key, Need need, bool (*fits)(ByteView), std::string_view form);

  const TomlNode& table_;
  const std::string path_;
  Problems& problems_;
  std::set<std::string, std::less<>> asked_;
};

// The one of candidates() that `text` was probably meant to be, as "; did you mean `x`?", or "".
// Past the first dozens of problems it is always "": a hostile file is not worth the search.
std::string DidYouMean(const Problems& problems, std::string_view text,
                       const std::function<std::vector<std::string>()>& candidates);

// The ids of parties, datasets, persons ..., as candidates.
template <class T>
std::vector<std::string> IdsOf(const std::vector<T>& all) {
  std::vector<std::string> ids;
  for (const T& one : all) ids.push_back(one.id);
  return ids;
}

bool IsId(std::string_view text);      // [a-z0-9-]{2,32}
bool IsLongId(std::string_view text);  // [a-z0-9_-]{1,64}

}  // namespace tallystick::agreements

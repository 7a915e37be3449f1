#include "agreements/internal/table_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "crypto/base64.h"
#include "crypto/hpke.h"
#include "crypto/signature.h"

namespace tallystick::agreements {
namespace {

bool All(std::string_view text, std::string_view extra, bool upper) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z') ||
           extra.find(c) != std::string_view::npos;
  });
}

bool IsColumnName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && All(text, "_-", true) && text[0] != '-' &&
         (text[0] < '0' || text[0] > '9');
}

// U+202A..U+202E and U+2066..U+2069 change the order in which text is shown, so that a person
// would compare something else than what is signed.
bool HasDirectionMark(std::string_view text) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (text[at] != '\xE2') continue;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    const auto third = static_cast<unsigned char>(text[at + 2]);
    if (second == 0x80 && third >= 0xAA && third <= 0xAE) return true;
    if (second == 0x81 && third >= 0xA6 && third <= 0xA9) return true;
  }
  return false;
}

// Empty when the text may stand in an agreement, else why not.
std::string_view TextProblem(std::string_view text, bool line_breaks) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return "is empty";
  if (text.size() > kMaxTextBytes) return "is longer than 4,096 bytes";
  if (text.front() == ' ' || text.back() == ' ') return "starts or ends with a space";
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (control && !(line_breaks && (c == '\n' || c == '\t'))) return "has a control character";
  }
  if (HasDirectionMark(text)) return "has an invisible mark that changes the direction of text";
  return "";
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({cost, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string Joined(std::initializer_list<std::string_view> choices) {
  std::string joined;
  for (const std::string_view choice : choices) {
    if (!joined.empty()) joined += ", ";
    joined += choice;
  }
  return joined;
}

}  // namespace

bool IsId(std::string_view text) {
  return text.size() >= 2 && text.size() <= 32 && All(text, "-", false);
}

bool IsLongId(std::string_view text) {
  return !text.empty() && text.size() <= 64 && All(text, "_-", false);
}

std::string DidYouMean(const Problems& problems, std::string_view text,
                       const std::function<std::vector<std::string>()>& candidates) {
  constexpr std::size_t kMaxAdvised = 40;
  if (text.size() > 64 || problems.count() >= kMaxAdvised) return "";
  const std::vector<std::string> all = candidates();
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 3) + 1;
  for (const std::string& candidate : all) {
    const std::size_t distance = EditDistance(text, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = &candidate;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : "; did you mean " + Quoted(*best) + "?";
}

TableReader::TableReader(const TomlNode& table, std::string path, Problems& problems)
    : table_(table), path_(std::move(path)), problems_(problems) {}

int TableReader::LineOf(std::string_view key) const {
  for (const TomlEntry& entry : table_.entries) {
    if (entry.key == key) return entry.line;
  }
  return table_.line;
}

Lines TableReader::lines() const {
  Lines lines;
  for (const TomlEntry& entry : table_.entries) lines.Add(entry.key, entry.line);
  return lines;
}

bool TableReader::Has(std::string_view key) const {
  return std::any_of(table_.entries.begin(), table_.entries.end(),
                     [&](const TomlEntry& entry) { return entry.key == key; });
}

const TomlEntry* TableReader::Find(std::string_view key, Need need) {
  asked_.insert(std::string(key));
  for (const TomlEntry& entry : table_.entries) {
    if (entry.key == key) return &entry;
  }
  if (need == Need::kRequired) {
    problems_.Error(table_.line, table_.column,
                    Quoted(key) + " is missing" + (path_.empty() ? "" : " in " + path_));
  }
  return nullptr;
}

void TableReader::Complain(std::string_view key, std::string message) {
  for (const TomlEntry& entry : table_.entries) {
    if (entry.key == key) return problems_.Error(entry.line, entry.column, std::move(message));
  }
  problems_.Error(table_.line, table_.column, std::move(message));
}

std::string TableReader::StringOf(std::string_view key, Need need, bool line_breaks) {
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return "";
  if (entry->value.kind != TomlNode::Kind::kString) {
    Complain(key, Quoted(key) + " must be a string, between quotes");
    return "";
  }
  const std::string_view problem = TextProblem(entry->value.text, line_breaks);
  if (!problem.empty()) {
    Complain(key, Quoted(key) + " " + std::string(problem));
    return "";
  }
  return entry->value.text;
}

std::string TableReader::Text(std::string_view key, Need need) {
  return StringOf(key, need, false);
}

std::string TableReader::Paragraph(std::string_view key, Need need) {
  return StringOf(key, need, true);
}

std::string TableReader::OfForm(std::string_view key, Need need, bool (*fits)(std::string_view),
                                std::string_view form) {
  std::string text = StringOf(key, need, false);
  if (!text.empty() && !fits(text)) {
    Complain(key, Quoted(key) + " must be " + std::string(form) + ", not " + Quoted(text));
    return "";
  }
  return text;
}

std::string TableReader::Id(std::string_view key, Need need) {
  return OfForm(key, need, IsId, "2 to 32 of a-z, 0-9 and -");
}

std::string TableReader::LongId(std::string_view key) {
  return OfForm(key, Need::kRequired, IsLongId, "1 to 64 of a-z, 0-9, _ and -");
}

std::string TableReader::ColumnName(std::string_view key) {
  return OfForm(key, Need::kRequired, IsColumnName,
                "1 to 64 of letters, digits, _ and -, starting with a letter or _");
}

std::optional<std::string> TableReader::Choice(std::string_view key,
                                               std::initializer_list<std::string_view> choices,
                                               Need need) {
  std::string text = StringOf(key, need, false);
  if (text.empty()) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
    Complain(key, Quoted(key) + " must be one of " + Joined(choices) + ", not " + Quoted(text) +
                      DidYouMean(problems_, text, [&] {
                        return std::vector<std::string>(choices.begin(), choices.end());
                      }));
    return std::nullopt;
  }
  return text;
}

std::optional<std::int64_t> TableReader::Integer(std::string_view key, std::int64_t low,
                                                 std::int64_t high, Need need) {
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return std::nullopt;
  const TomlNode& value = entry->value;
  if (value.kind != TomlNode::Kind::kInteger || value.integer < low || value.integer > high) {
    Complain(key, Quoted(key) + " must be a whole number from " + std::to_string(low) + " to " +
                      std::to_string(high));
    return std::nullopt;
  }
  return value.integer;
}

std::optional<double> TableReader::Number(std::string_view key, Need need) {
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return std::nullopt;
  const TomlNode& value = entry->value;
  if (value.kind == TomlNode::Kind::kInteger) return static_cast<double>(value.integer);
  if (value.kind == TomlNode::Kind::kFloat && std::isfinite(value.number)) return value.number;
  Complain(key, Quoted(key) + " must be a number");
  return std::nullopt;
}

std::optional<bool> TableReader::Boolean(std::string_view key) {
  const TomlEntry* entry = Find(key, Need::kOptional);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind != TomlNode::Kind::kBoolean) {
    Complain(key, Quoted(key) + " must be true or false");
    return std::nullopt;
  }
  return entry->value.boolean;
}

std::optional<Date> TableReader::Day(std::string_view key, Need need) {
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return std::nullopt;
  if (entry->value.kind != TomlNode::Kind::kDate) {
    Complain(key, Quoted(key) + " must be a date such as 2026-01-15, without quotes");
    return std::nullopt;
  }
  return entry->value.date;
}

Bytes TableReader::KeyOf(std::string_view key, Need need, bool (*fits)(ByteView),
                         std::string_view form) {
  const std::string text = StringOf(key, need, false);
  if (text.empty()) return "";
  auto bytes = crypto::FromBase64(text);
  if (!bytes.ok() || !fits(*bytes)) {
    Complain(key, Quoted(key) + " must be base64 of " + std::string(form));
    return "";
  }
  return *std::move(bytes);
}

Bytes TableReader::SigningKey(std::string_view key, Need need) {
  return KeyOf(
      key, need, [](ByteView bytes) { return crypto::VerifyKey::FromBytes(bytes).ok(); },
      "an Ed25519 public key, 32 bytes");
}

Bytes TableReader::SealingKey(std::string_view key, Need need) {
  return KeyOf(
      key, need, [](ByteView bytes) { return crypto::SealingPublicKey::FromBytes(bytes).ok(); },
      "an uncompressed P-256 point, 65 bytes");
}

std::vector<Listed> TableReader::Strings(std::string_view key, std::size_t max, Need need) {
  std::vector<Listed> listed;
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return listed;
  const TomlNode& value = entry->value;
  if (value.kind != TomlNode::Kind::kArray) {
    Complain(key, Quoted(key) + " must be a list: [\"...\", \"...\"]");
    return listed;
  }
  if (value.items.empty()) Complain(key, Quoted(key) + " is an empty list");
  if (value.items.size() > max) {
    Complain(key, Quoted(key) + " has more than " + std::to_string(max) + " entries");
    return listed;
  }
  std::set<std::string_view> seen;
  for (const TomlNode& item : value.items) {
    if (item.kind != TomlNode::Kind::kString) {
      problems_.Error(item.line, item.column,
                      "entries of " + Quoted(key) + " must be strings, between quotes");
      continue;
    }
    const std::string_view problem = TextProblem(item.text, false);
    if (!problem.empty()) {
      problems_.Error(item.line, item.column,
                      "an entry of " + Quoted(key) + " " + std::string(problem));
    } else if (!seen.insert(item.text).second) {
      problems_.Error(item.line, item.column,
                      Quoted(item.text) + " stands twice in " + Quoted(key));
    } else {
      listed.push_back({item.text, item.line, item.column});
    }
  }
  return listed;
}

const TomlNode* TableReader::Table(std::string_view key, Need need) {
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return nullptr;
  if (entry->value.kind != TomlNode::Kind::kTable) {
    Complain(key, Quoted(key) + " must be a table: [" + std::string(key) + "]");
    return nullptr;
  }
  return &entry->value;
}

std::vector<const TomlNode*> TableReader::Tables(std::string_view key, std::size_t max, Need need) {
  std::vector<const TomlNode*> tables;
  const TomlEntry* entry = Find(key, need);
  if (entry == nullptr) return tables;
  const TomlNode& value = entry->value;
  const bool is_list = value.kind == TomlNode::Kind::kArray &&
                       std::all_of(value.items.begin(), value.items.end(), [](const TomlNode& n) {
                         return n.kind == TomlNode::Kind::kTable;
                       });
  if (!is_list) {
    Complain(key,
             Quoted(key) + " must be a list of tables: write its headers with double brackets");
    return tables;
  }
  if (value.items.size() > max) {
    Complain(key, "more than " + std::to_string(max) + " " + Quoted(key));
    return tables;
  }
  if (value.items.empty() && need == Need::kRequired) Complain(key, Quoted(key) + " is empty");
  for (const TomlNode& item : value.items) tables.push_back(&item);
  return tables;
}

const TomlNode* TableReader::Any(std::string_view key) {
  const TomlEntry* entry = Find(key, Need::kOptional);
  return entry == nullptr ? nullptr : &entry->value;
}

void TableReader::Finish() {
  const auto known = [&] { return std::vector<std::string>(asked_.begin(), asked_.end()); };
  for (const TomlEntry& entry : table_.entries) {
    if (asked_.contains(entry.key)) continue;
    problems_.Error(entry.line, entry.column,
                    "unknown key " + Quoted(entry.key) + (path_.empty() ? "" : " in " + path_) +
                        DidYouMean(problems_, entry.key, known));
  }
}

}  // namespace tallystick::agreements

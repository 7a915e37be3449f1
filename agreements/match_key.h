// Match keys: named recipes that turn a person's identifiers into one value to be compared
// (linkage.md, "Match keys").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallystick::agreements {

enum class IdentifierKind {
  kGivenName,
  kFamilyName,
  kMiddleName,
  kPreviousFamilyName,
  kPreferredGivenName,
  kBirthDate,
  kSex,
  kSsn,
  kSsnLast4,
  kZip,
  kEmail,
  kPhone,
  kEducatorId,
  kOther,
};

enum class Transform {
  kFull,
  kVariants,
  kFirst,  // the first n characters
  kSoundex,
  kNysiis,
  kMetaphone,
  kNickname,
  kYear,
  kMonthDay,
  kDayMonthSwapped,
  kLast4,
  kZip3,
  kZip5,
};

// "given-name", as in an agreement.
std::string_view KindName(IdentifierKind kind);
std::optional<IdentifierKind> ParseKind(std::string_view name);
// Every kind's name, in the order of the enumeration.
const std::vector<std::string_view>& KindNames();

// MatchKeyPart is one identifier in one form.
struct MatchKeyPart {
  static constexpr int kMaxFirst = 32;

  IdentifierKind kind = IdentifierKind::kOther;
  Transform transform = Transform::kFull;
  int first_n = 0;  // 1..kMaxFirst for kFirst, else 0

  // "given-name:first(3)"; ParseMatchKeyPart reads it back.
  std::string ToString() const;

  friend bool operator==(const MatchKeyPart&, const MatchKeyPart&) = default;
};

// Parses "kind:transform". nullopt when either is unknown, when first(n) lacks its number, or
// when the transform means nothing for the kind (birth-date:soundex).
std::optional<MatchKeyPart> ParseMatchKeyPart(std::string_view text);

// MatchKey is a named list of parts. A row has a token for it only where every part has a value.
struct MatchKey {
  static constexpr int kMaxParts = 8;

  std::string name;
  std::vector<MatchKeyPart> parts;
  int line = 0;  // in the agreement's file; 0 for a key of the default ladder

  // The entries every row has in this key's token column, padding included: 4 where a part is
  // `variants`, 2 for `day-month-swapped`, else 1.
  int EntriesPerRow() const;
};

// The 11 keys of linkage.md, strongest first.
const std::vector<MatchKey>& DefaultLadder();

// The key of the default ladder with this name, or nullptr.
const MatchKey* FindDefaultMatchKey(std::string_view name);

}  // namespace tallystick::agreements

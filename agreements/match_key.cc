#include "agreements/match_key.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace tallystick::agreements {
namespace {

using Kind = IdentifierKind;

constexpr std::array<std::pair<std::string_view, Transform>, 13> kTransforms = {{
    {"full", Transform::kFull},
    {"variants", Transform::kVariants},
    {"first", Transform::kFirst},
    {"soundex", Transform::kSoundex},
    {"nysiis", Transform::kNysiis},
    {"metaphone", Transform::kMetaphone},
    {"nickname", Transform::kNickname},
    {"year", Transform::kYear},
    {"month-day", Transform::kMonthDay},
    {"day-month-swapped", Transform::kDayMonthSwapped},
    {"last4", Transform::kLast4},
    {"zip3", Transform::kZip3},
    {"zip5", Transform::kZip5},
}};

bool IsName(Kind kind) {
  return kind == Kind::kGivenName || kind == Kind::kFamilyName || kind == Kind::kMiddleName ||
         kind == Kind::kPreviousFamilyName || kind == Kind::kPreferredGivenName;
}

bool Fits(Kind kind, Transform transform) {
  switch (transform) {
    case Transform::kFull:
      return true;
    case Transform::kVariants:
      return kind == Kind::kGivenName || kind == Kind::kFamilyName;
    case Transform::kFirst:
      return IsName(kind) || kind == Kind::kZip || kind == Kind::kEducatorId ||
             kind == Kind::kOther;
    case Transform::kSoundex:
    case Transform::kNysiis:
    case Transform::kMetaphone:
      return IsName(kind);
    case Transform::kNickname:
      return kind == Kind::kGivenName || kind == Kind::kPreferredGivenName ||
             kind == Kind::kMiddleName;
    case Transform::kYear:
    case Transform::kMonthDay:
    case Transform::kDayMonthSwapped:
      return kind == Kind::kBirthDate;
    case Transform::kLast4:
      return kind == Kind::kSsn || kind == Kind::kSsnLast4 || kind == Kind::kPhone;
    case Transform::kZip3:
    case Transform::kZip5:
      return kind == Kind::kZip;
  }
  return false;
}

bool HasTransform(const MatchKey& match_key, Transform transform) {
  return std::any_of(match_key.parts.begin(), match_key.parts.end(),
                     [&](const MatchKeyPart& part) { return part.transform == transform; });
}

MatchKey Key(std::string_view name, std::initializer_list<std::string_view> parts) {
  MatchKey match_key{std::string(name), {}, 0};
  for (const std::string_view part : parts) {
    const auto parsed = ParseMatchKeyPart(part);
    TS_CHECK(parsed.has_value());
    match_key.parts.push_back(*parsed);
  }
  return match_key;
}

}  // namespace

const std::vector<std::string_view>& KindNames() {
  static const std::vector<std::string_view> names = {"given-name",
                                                      "family-name",
                                                      "middle-name",
                                                      "previous-family-name",
                                                      "preferred-given-name",
                                                      "birth-date",
                                                      "sex",
                                                      "ssn",
                                                      "ssn-last4",
                                                      "zip",
                                                      "email",
                                                      "phone",
                                                      "educator-id",
                                                      "other"};
  return names;
}

std::string_view KindName(IdentifierKind kind) {
  return KindNames()[static_cast<std::size_t>(kind)];
}

std::optional<IdentifierKind> ParseKind(std::string_view name) {
  const auto& names = KindNames();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<IdentifierKind>(found - names.begin());
}

std::string MatchKeyPart::ToString() const {
  std::string text(KindName(kind));
  text += ':';
  for (const auto& [name, value] : kTransforms) {
    if (value == transform) text += name;
  }
  if (transform == Transform::kFirst) text += '(' + std::to_string(first_n) + ')';
  return text;
}

std::optional<MatchKeyPart> ParseMatchKeyPart(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto kind = ParseKind(text.substr(0, colon));
  if (!kind) return std::nullopt;
  std::string_view form = text.substr(colon + 1);

  MatchKeyPart part{*kind, Transform::kFull, 0};
  if (form.starts_with("first(") && form.ends_with(")")) {
    const std::string_view digits = form.substr(6, form.size() - 7);
    // A leading zero would give one recipe two spellings.
    if (digits.empty() || digits.front() < '1') return std::nullopt;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), part.first_n);
    if (error != std::errc() || end != digits.data() + digits.size() || part.first_n < 1 ||
        part.first_n > MatchKeyPart::kMaxFirst) {
      return std::nullopt;
    }
    form = "first";
  } else if (form == "first") {
    return std::nullopt;
  }
  for (const auto& [name, transform] : kTransforms) {
    if (name == form && Fits(*kind, transform)) {
      part.transform = transform;
      return part;
    }
  }
  return std::nullopt;
}

int MatchKey::EntriesPerRow() const {
  if (HasTransform(*this, Transform::kVariants)) return 4;
  return HasTransform(*this, Transform::kDayMonthSwapped) ? 2 : 1;
}

const std::vector<MatchKey>& DefaultLadder() {
  static const std::vector<MatchKey> ladder = {
      Key("ssn4-dob-last", {"ssn:last4", "birth-date:full", "family-name:variants"}),
      Key("first-last-dob-sex",
          {"given-name:full", "family-name:full", "birth-date:full", "sex:full"}),
      Key("first-last-dob", {"given-name:variants", "family-name:variants", "birth-date:full"}),
      Key("nickname-last-dob", {"given-name:nickname", "family-name:variants", "birth-date:full"}),
      Key("first3-last-dob-zip3",
          {"given-name:first(3)", "family-name:variants", "birth-date:full", "zip:zip3"}),
      Key("soundex-first-last-dob",
          {"given-name:soundex", "family-name:soundex", "birth-date:full"}),
      Key("first-dob-ssn4", {"given-name:variants", "birth-date:full", "ssn:last4"}),
      Key("first-last-ssn4", {"given-name:full", "family-name:full", "ssn:last4"}),
      Key("first-dob-zip5", {"given-name:variants", "birth-date:full", "zip:zip5"}),
      Key("last-dob-zip5", {"family-name:variants", "birth-date:full", "zip:zip5"}),
      Key("first-last-dob-swapped",
          {"given-name:full", "family-name:full", "birth-date:day-month-swapped"}),
  };
  return ladder;
}

const MatchKey* FindDefaultMatchKey(std::string_view name) {
  for (const MatchKey& match_key : DefaultLadder()) {
    if (match_key.name == name) return &match_key;
  }
  return nullptr;
}

}  // namespace tallystick::agreements

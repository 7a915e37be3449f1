#include "agents/normalise/match_key_message.h"

#include <algorithm>

#include "agents/normalise/nickname.h"
#include "agents/normalise/phonetic.h"
#include "base/check.h"

namespace tallystick::agents {
namespace {

using agreements::IdentifierKind;
using agreements::MatchKeyPart;
using agreements::Transform;

constexpr std::size_t kMonth = 5;  // where it starts in YYYY-MM-DD
constexpr std::size_t kDay = 8;

std::string_view FullValue(IdentifierKind kind, const NormalisedRow& row) {
  switch (kind) {
    case IdentifierKind::kGivenName:
      return row.given_name.text;
    case IdentifierKind::kFamilyName:
      return row.family_name.text;
    case IdentifierKind::kMiddleName:
      return row.middle_name.text;
    case IdentifierKind::kPreviousFamilyName:
      return row.previous_family_names[0].text;
    case IdentifierKind::kPreferredGivenName:
      return row.preferred_given_name.text;
    case IdentifierKind::kBirthDate:
      return row.birth_date;
    case IdentifierKind::kSex:
      return row.sex;
    case IdentifierKind::kSsn:
      return row.ssn;
    case IdentifierKind::kSsnLast4:
      return row.ssn_last4;
    case IdentifierKind::kZip:
      return row.zip;
    case IdentifierKind::kEmail:
      return row.email;
    case IdentifierKind::kPhone:
      return row.phone;
    case IdentifierKind::kEducatorId:
      return row.educator_id;
    case IdentifierKind::kOther:
      break;
  }
  return row.other;
}

// The first `count` characters (code points) of `text`, or all of it.
std::string_view FirstCharacters(std::string_view text, int count) {
  std::size_t end = 0;
  while (end < text.size()) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0u) != 0x80u;
    if (starts && count-- == 0) break;
    ++end;
  }
  return text.substr(0, end);
}

std::string_view LastFour(IdentifierKind kind, const NormalisedRow& row) {
  if (kind == IdentifierKind::kPhone) {
    return row.phone.size() < 4 ? std::string_view()
                                : std::string_view(row.phone).substr(row.phone.size() - 4);
  }
  return row.ssn_last4;
}

bool HasSwappedDate(std::string_view date) {
  const std::string_view day = date.substr(kDay, 2);
  return day <= "12" && day != date.substr(kMonth, 2);
}

}  // namespace

std::size_t MatchKeyMessages::ValuesOf(const MatchKeyPart& part, const NormalisedRow& row,
                                       std::string& scratch, Values& values) const {
  const std::string_view full = FullValue(part.kind, row);
  switch (part.transform) {
    case Transform::kVariants: {
      const Variants variants = part.kind == IdentifierKind::kGivenName ? row.GivenNameVariants()
                                                                        : row.FamilyNameVariants();
      for (std::size_t i = 0; i < variants.size(); ++i) values[i] = variants[i];
      return variants.size();
    }
    case Transform::kDayMonthSwapped:
      if (full.empty() || !HasSwappedDate(full)) return 0;
      scratch = full;
      std::swap_ranges(scratch.begin() + kMonth, scratch.begin() + kMonth + 2,
                       scratch.begin() + kDay);
      values[0] = full;
      values[1] = scratch;
      return 2;
    case Transform::kFull:
      values[0] = full;
      break;
    case Transform::kFirst:
      values[0] = FirstCharacters(full, part.first_n);
      break;
    case Transform::kSoundex:
      Soundex(full, scratch);
      values[0] = scratch;
      break;
    case Transform::kNysiis:
      Nysiis(full, scratch);
      values[0] = scratch;
      break;
    case Transform::kMetaphone:
      DoubleMetaphone(full, scratch);
      values[0] = scratch;
      break;
    case Transform::kNickname:
      values[0] = CanonicalGivenName(full);
      break;
    case Transform::kYear:
      values[0] = full.substr(0, 4);
      break;
    case Transform::kMonthDay:
      values[0] = full.substr(std::min(kMonth, full.size()));
      break;
    case Transform::kLast4:
      values[0] = LastFour(part.kind, row);
      break;
    case Transform::kZip3:
      values[0] = FirstCharacters(full, 3);
      break;
    case Transform::kZip5:
      values[0] = FirstCharacters(full, 5);
      break;
  }
  return values[0].empty() ? 0 : 1;
}

void MatchKeyMessages::Make(const agreements::MatchKey& match_key,
                            const Plaintext<NormalisedRow>& row) {
  const std::size_t part_count = match_key.parts.size();
  TS_CHECK(part_count > 0 && part_count <= scratch_.size());
  std::array<Values, agreements::MatchKey::kMaxParts> values;
  std::array<std::size_t, agreements::MatchKey::kMaxParts> counts;
  size_ = 0;
  for (std::size_t i = 0; i < part_count; ++i) {
    counts[i] = ValuesOf(match_key.parts[i], PlaintextAccess::Read(row),
                         PlaintextAccess::Edit(scratch_[i]), values[i]);
    if (counts[i] == 0) return;
  }

  // `at` counts through the combinations like an odometer, the last part fastest.
  std::array<std::size_t, agreements::MatchKey::kMaxParts> at{};
  while (size_ < kMaxTokensPerKey) {
    Bytes& message = PlaintextAccess::Edit(messages_[size_++]);
    message.clear();
    AppendLp(message, kNormaliserVersion);
    for (std::size_t i = 0; i < part_count; ++i) AppendLp(message, values[i][at[i]]);
    std::size_t turning = part_count;
    while (turning > 0 && ++at[turning - 1] == counts[turning - 1]) at[--turning] = 0;
    if (turning == 0) return;
  }
}

}  // namespace tallystick::agents

#include "agents/normalise/row.h"

#include <utility>

#include "agents/normalise/value.h"
#include "base/check.h"
#include "crypto/secret.h"

namespace tallystick::agents {
namespace {

using agreements::IdentifierKind;

template <class Row, class Visit>
void VisitTexts(Row& row, Visit visit) {
  visit(row.given_name.text);
  visit(row.preferred_given_name.text);
  visit(row.middle_name.text);
  visit(row.family_name.text);
  for (auto& name : row.previous_family_names) visit(name.text);
  visit(row.birth_date);
  visit(row.sex);
  visit(row.ssn);
  visit(row.ssn_last4);
  visit(row.zip);
  visit(row.email);
  visit(row.phone);
  visit(row.educator_id);
  visit(row.other);
}

FieldOutcome NormaliseOther(std::string_view raw, FoldedText& scratch, std::string& out) {
  Fold(raw, scratch);
  out = scratch.joined;
  if (!out.empty()) return {FieldState::kValue, ""};
  const bool blank = raw.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (blank) return {FieldState::kEmpty, ""};
  return {FieldState::kNull, "a text without a letter or digit"};
}

}  // namespace

Variants NormalisedRow::GivenNameVariants() const {
  Variants variants;
  variants.Add(given_name.text);
  variants.Add(preferred_given_name.text);
  for (const NameForm* name : {&given_name, &preferred_given_name}) {
    if (name->compound && !name->first_word_is_placeholder) variants.Add(name->first_word());
  }
  return variants;
}

Variants NormalisedRow::FamilyNameVariants() const {
  Variants variants;
  variants.Add(family_name.text);
  variants.AddWords(family_name);
  for (std::size_t i = 0; i < previous_family_name_count; ++i) {
    variants.Add(previous_family_names[i].text);
    variants.AddWords(previous_family_names[i]);
  }
  return variants;
}

void NormalisedRow::Clear() {
  VisitTexts(*this, [](std::string& text) { text.clear(); });
  for (NameForm* name : {&given_name, &preferred_given_name, &middle_name, &family_name}) {
    name->Clear();
  }
  for (NameForm& name : previous_family_names) name.Clear();
  previous_family_name_count = 0;
}

void NormalisedRow::Wipe() {
  VisitTexts(*this, [](std::string& text) { crypto::Wipe(text); });
  Clear();
}

RowNormaliser::RowNormaliser(std::vector<IdentifierKind> kinds) : kinds_(std::move(kinds)) {}

FieldOutcome RowNormaliser::NormaliseField(IdentifierKind kind, std::string_view raw,
                                           NormalisedRow& row) {
  FoldedText& scratch = PlaintextAccess::Edit(scratch_);
  // A second field of a kind is read for its outcome, and counts only where the first was null.
  const auto name = [&](NameForm& form, NameRole role) {
    NameForm& target = form.text.empty() ? form : PlaintextAccess::Edit(spare_name_);
    return NormaliseName(raw, role, scratch, target);
  };
  const auto value = [&](auto normalise, std::string& text) {
    return normalise(raw, text.empty() ? text : PlaintextAccess::Edit(spare_));
  };
  switch (kind) {
    case IdentifierKind::kGivenName:
      return name(row.given_name, NameRole::kOther);
    case IdentifierKind::kPreferredGivenName:
      return name(row.preferred_given_name, NameRole::kOther);
    case IdentifierKind::kMiddleName:
      return name(row.middle_name, NameRole::kOther);
    case IdentifierKind::kFamilyName:
      return name(row.family_name, NameRole::kFamily);
    case IdentifierKind::kPreviousFamilyName: {
      const bool full = row.previous_family_name_count == NormalisedRow::kMaxPreviousFamilyNames;
      NameForm& form = full ? PlaintextAccess::Edit(spare_name_)
                            : row.previous_family_names[row.previous_family_name_count];
      const FieldOutcome outcome = NormaliseName(raw, NameRole::kFamily, scratch, form);
      if (!full && outcome.state == FieldState::kValue) ++row.previous_family_name_count;
      return outcome;
    }
    case IdentifierKind::kBirthDate:
      return value(NormaliseDate, row.birth_date);
    case IdentifierKind::kSex:
      return value(NormaliseSex, row.sex);
    case IdentifierKind::kSsn:
      return value(NormaliseSsn, row.ssn);
    case IdentifierKind::kSsnLast4:
      return value(NormaliseSsnLast4, row.ssn_last4);
    case IdentifierKind::kZip:
      return value(NormaliseZip, row.zip);
    case IdentifierKind::kEmail:
      return value(NormaliseEmail, row.email);
    case IdentifierKind::kPhone:
      return value(NormalisePhone, row.phone);
    case IdentifierKind::kEducatorId:
      return value(NormaliseEducatorId, row.educator_id);
    case IdentifierKind::kOther:
      break;
  }
  return NormaliseOther(raw, scratch,
                        row.other.empty() ? row.other : PlaintextAccess::Edit(spare_));
}

const Plaintext<NormalisedRow>& RowNormaliser::Normalise(
    std::span<const Plaintext<std::string_view>> fields, std::span<FieldOutcome> outcomes) {
  TS_CHECK(fields.size() == kinds_.size() && outcomes.size() == kinds_.size());
  NormalisedRow& row = PlaintextAccess::Edit(row_);
  row.Clear();
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    outcomes[i] = NormaliseField(kinds_[i], PlaintextAccess::Read(fields[i]), row);
  }
  if (!row.ssn.empty()) row.ssn_last4.assign(row.ssn, 5, 4);
  return row_;
}

}  // namespace tallystick::agents

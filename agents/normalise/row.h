// RowNormaliser: the identifiers of one record in their normal forms.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/normalise/fold.h"
#include "agents/normalise/name.h"
#include "agents/normalise/outcome.h"
#include "agents/plaintext.h"
#include "agreements/match_key.h"

namespace tallystick::agents {

// NormalisedRow holds the normal forms of one record's identifiers; an empty one is null. It is
// handed around as Plaintext<NormalisedRow> only.
struct NormalisedRow {
  static constexpr std::size_t kMaxPreviousFamilyNames = 3;  // further ones could yield no variant

  NameForm given_name;
  NameForm preferred_given_name;
  NameForm middle_name;
  NameForm family_name;
  std::array<NameForm, kMaxPreviousFamilyNames> previous_family_names;
  std::size_t previous_family_name_count = 0;
  std::string birth_date;  // YYYY-MM-DD
  std::string sex;         // f or m
  std::string ssn;         // nine digits
  std::string ssn_last4;   // of `ssn` where there is one, else of the record's own field
  std::string zip;
  std::string email;
  std::string phone;
  std::string educator_id;
  std::string other;  // folded like a name, without its lists

  // Given name, preferred given name, then the first word of each that is compound.
  Variants GivenNameVariants() const;
  // The family name, its long words in their order, then each previous family name likewise.
  Variants FamilyNameVariants() const;

  // Empties every form and keeps the memory for the next row.
  void Clear();
  // Clear, and overwrites the memory.
  void Wipe();
};

// RowNormaliser turns records of one dataset into normal forms. It keeps the memory of the row
// before, so that a row of usual size allocates nothing.
//
// Thread safety: none; one for each worker.
class RowNormaliser {
 public:
  // `kinds` are the kinds of the dataset's identifiers, in the order in which fields will come. A
  // kind may occur several times: of previous family names the first three values count, of any
  // other kind the first.
  explicit RowNormaliser(std::vector<agreements::IdentifierKind> kinds);

  // Normalises one record. `fields` and `outcomes` have one entry per kind. The result is valid
  // until the next call. Cost: about 0.5 µs for seven ASCII fields.
  const Plaintext<NormalisedRow>& Normalise(std::span<const Plaintext<std::string_view>> fields,
                                            std::span<FieldOutcome> outcomes);

 private:
  FieldOutcome NormaliseField(agreements::IdentifierKind kind, std::string_view raw,
                              NormalisedRow& row);

  std::vector<agreements::IdentifierKind> kinds_;
  Plaintext<NormalisedRow> row_;
  Plaintext<FoldedText> scratch_;
  Plaintext<NameForm> spare_name_;
  Plaintext<std::string> spare_;
};

}  // namespace tallystick::agents

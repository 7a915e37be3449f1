#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agents/normalise/outcome.h"
#include "agents/normalise/row.h"
#include "agents/plaintext.h"
#include "agents/validate/findings.h"
#include "agents/validate/stored_measure.h"
#include "agreements/agreement.h"

namespace tallystick::agents {

// RowValidator checks one record after the other against a dataset's declarations (contract.md,
// "Data files"), and reads it on the way.
//
//   identifiers  unreadable: an error where required, else a warning; a placeholder or nothing
//   where
//                required: a warning or an error
//   categories   one of the declared values, blanks around it aside; empty is "not observed" where
//                that is declared, else an error
//   measures     a number within min and max; empty is not observed, which is no problem
//
// Thread safety: none; one for each worker.
class RowValidator {
 public:
  explicit RowValidator(const agreements::Dataset& dataset);

  // Checks the record of file row `row`: the fields of the dataset's identifiers, categories and
  // measures, in the agreement's order. Problems are added to `*findings`. Returns whether there is
  // no error among them.
  bool Check(std::uint64_t row, std::span<const Plaintext<std::string_view>> fields,
             Findings* findings);

  // Of the record checked last. Categories: the position of each one's value among the declared, 0
  // where it is in error.
  const Plaintext<NormalisedRow>& normalised() const { return *normalised_; }
  std::span<const std::uint16_t> categories() const { return categories_; }
  // Measures: none where the field is empty or in error.
  std::span<const Plaintext<StoredMeasure>> measures() const { return measures_; }

 private:
  struct HashText {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Positions = std::unordered_map<std::string, std::uint16_t, HashText, std::equal_to<>>;

  void CheckIdentifiers(std::uint64_t row, Findings* findings);
  void CheckCategory(std::size_t index, std::string_view field, std::uint64_t row,
                     Findings* findings);
  void CheckMeasure(std::size_t index, std::string_view field, std::uint64_t row,
                    Findings* findings);

  const agreements::Dataset& dataset_;
  RowNormaliser normaliser_;
  std::vector<Positions> declared_;  // by category
  std::vector<FieldOutcome> outcomes_;
  std::vector<std::uint16_t> categories_;
  std::vector<Plaintext<StoredMeasure>> measures_;
  const Plaintext<NormalisedRow>* normalised_ = nullptr;
};

}  // namespace tallystick::agents

// MatchKeyMessages: what of a row is turned into tokens under one match key (linkage.md).
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "agents/normalise/row.h"
#include "agents/plaintext.h"
#include "agreements/match_key.h"
#include "base/bytes.h"

namespace tallystick::agents {

inline constexpr std::string_view kNormaliserVersion = "normaliser 1";
inline constexpr std::size_t kMaxTokensPerKey = 4;

// MatchKeyMessages makes the messages lp("normaliser 1") ‖ lp(part 1) ‖ lp(part 2) … of one row and
// one match key, 0 to 4 of them: one for each combination of its parts' values, the first part's
// values outermost, in the order of variants; combinations behind the fourth are dropped. No two
// are equal. The order of the default ladder's parts therefore matters: given names × family names
// takes the first given name with up to four family names before the second given name.
//
// A part without a value makes the key null: no message. Values of a part:
//   full                      the normal form
//   variants                  the variants of a given or family name (see NormalisedRow)
//   first(n), zip3, zip5      the first n, 3, 5 characters; a shorter form as it is
//   soundex nysiis metaphone  the code; null where the name has no letter a to z
//   nickname                  the canonical form
//   year, month-day           YYYY, MM-DD
//   day-month-swapped         YYYY-MM-DD, then YYYY-DD-MM, where the day is at most 12 and is not
//                             the month; else null
//   last4                     the last four digits; of an SSN also where the record has only them
// `previous-family-name` without variants is the first one of the record.
//
// It holds one row's messages at a time and keeps its memory. Thread safety: none.
class MatchKeyMessages {
 public:
  // Make replaces the messages by those of `row` under `match_key`.
  void Make(const agreements::MatchKey& match_key, const Plaintext<NormalisedRow>& row);

  std::size_t size() const { return size_; }
  Plaintext<ByteView> operator[](std::size_t index) const {
    return Plaintext<ByteView>(PlaintextAccess::Read(messages_[index]));
  }

 private:
  friend class TokenMaker;
  using Values = std::array<std::string_view, kMaxTokensPerKey>;

  ByteView Message(std::size_t index) const { return PlaintextAccess::Read(messages_[index]); }
  std::size_t ValuesOf(const agreements::MatchKeyPart& part, const NormalisedRow& row,
                       std::string& scratch, Values& values) const;

  std::array<Plaintext<Bytes>, kMaxTokensPerKey> messages_;
  std::array<Plaintext<std::string>, agreements::MatchKey::kMaxParts> scratch_;
  std::size_t size_ = 0;
};

}  // namespace tallystick::agents

// Opaque codes of categories (protocol.md, section 5): the matcher counts by them and cannot read
// them, and neither can the other party, because the code key is the agent's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/agreement.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::agents {

inline constexpr std::size_t kCategoryCodeBytes = 8;

// CategoryCode is HMAC(code key, lp(dataset) ‖ lp(column) ‖ lp(label))[0:8].
Bytes CategoryCode(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                   std::string_view column, std::string_view label);

// SortedCodes returns the codes of all declared values, sorted bytewise: the column's dictionary in
// a manifest. A value's position there is its ordinal.
std::vector<Bytes> SortedCodes(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                               const agreements::Category& category);

// OrdinalLabels returns the label of each ordinal. Fails with kInternal "encode.code-collision"
// when two labels have one code (of 65,000 values: one key in 10^10), and then such a column cannot
// be submitted under this key.
Result<std::vector<std::string>> OrdinalLabels(const crypto::SecretBytes<32>& code_key,
                                               std::string_view dataset,
                                               const agreements::Category& category);

// Whether a row has a measure is a column of two codes named like the measure.
inline constexpr std::string_view kObservedLabel = "observed";
inline constexpr std::string_view kNotObservedLabel = "not observed";

// ObservedCode returns the code of the rows that have the measure: the agent's verdict on a request
// tells it to the matcher.
Bytes ObservedCode(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                   std::string_view measure);

struct ObservationCodes {
  std::vector<Bytes> codes;  // both, sorted bytewise: the column's dictionary
  std::uint16_t observed;    // positions there
  std::uint16_t not_observed;
};
// ObservationCodesOf fails as OrdinalLabels does.
Result<ObservationCodes> ObservationCodesOf(const crypto::SecretBytes<32>& code_key,
                                            std::string_view dataset, std::string_view measure);

}  // namespace tallystick::agents

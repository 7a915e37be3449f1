// Normal forms of identifiers that are not names (linkage.md, "Normal forms"). Each function takes
// a field as it stands in a record; blanks around it are dropped. `out` is overwritten; it is
// empty, that is null, unless the outcome is kValue. All of it is part of a person's record.
#pragma once

#include <string>
#include <string_view>

#include "agents/normalise/outcome.h"

namespace tallystick::agents {

// YYYY-MM-DD, YYYYMMDD or MM/DD/YYYY; the form is YYYY-MM-DD. Unreadable: any other shape, a day
// that does not exist, a year outside 1000 to 2100. kNull: 1900-01-01, 1901-01-01, 1970-01-01,
// 2099-12-31, 9999-12-31.
FieldOutcome NormaliseDate(std::string_view raw, std::string& out);

// Nine digits, dashes allowed; the form is the digits. kNull: area 000, 666 or 9xx, group 00,
// serial 0000, published dummies.
FieldOutcome NormaliseSsn(std::string_view raw, std::string& out);

// Four digits; 0000 is kNull.
FieldOutcome NormaliseSsnLast4(std::string_view raw, std::string& out);

// f, female, m, male, x, nonbinary, unknown in any case ("non-binary" too); the form is f or m.
// kNull: x, nonbinary, unknown.
FieldOutcome NormaliseSex(std::string_view raw, std::string& out);

// ASCII letters and digits, upper case; anything else is dropped. Also for educator ids, where
// 9999999999 and 999999999 are kNull.
FieldOutcome NormaliseZip(std::string_view raw, std::string& out);
FieldOutcome NormaliseEducatorId(std::string_view raw, std::string& out);

// Lower case (ASCII). Unreadable without exactly one @ between two other characters, or with a
// blank or control character inside.
FieldOutcome NormaliseEmail(std::string_view raw, std::string& out);

// The digits; a leading 1 is dropped when there are 11. Unreadable without a digit.
FieldOutcome NormalisePhone(std::string_view raw, std::string& out);

}  // namespace tallystick::agents

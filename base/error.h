// Errors. An error's words are literals; what varies is structured and cannot carry a person's
// data: counts, row numbers, and names that the software or an agreement chose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/literal.h"

namespace tallystick {

// Code says what the caller should do.
enum class Code {
  kInvalidArgument,     // mend the input; the same again fails again
  kFailedPrecondition,  // something else must happen first
  kPermissionDenied,    // a rule refuses: see Error::refusal()
  kNotFound,
  kConflict,     // the same id was used for something else
  kExhausted,    // a limit is reached; try later or ask for less
  kDataLoss,     // stored bytes are not what was written
  kUnavailable,  // try again: the effect of this attempt is unknown
  kVersionMismatch,
  kInternal,
};

std::string_view CodeName(Code code);

// Name is an identifier that software or an agreement chose: 1 to 96 characters of
// [A-Za-z0-9._:/@+-]. Anything else becomes "?", so that a value of a record cannot pass as one.
class Name {
 public:
  explicit Name(std::string_view text);

  const std::string& value() const { return value_; }

  friend bool operator==(const Name&, const Name&) = default;

 private:
  std::string value_;
};

// Clause is the place in an agreement that decided: its id and the line in its file.
struct Clause {
  Name agreement;
  int line = 0;

  // "agreement csun-lausd-2026 line 108"
  std::string ToString() const;

  friend bool operator==(const Clause&, const Clause&) = default;
};

// Refusal names the rule, the clause behind it where there is one, and what would pass.
struct Refusal {
  Literal rule;
  std::optional<Clause> clause;
  Literal would_pass;
};

// Error is a value type: cheap to move, safe to log.
//
// Thread safety: as std::string.
class Error {
 public:
  using Value = std::variant<std::uint64_t, Name>;
  struct Field {
    Literal key;
    Value value;
  };

  // `id` is stable and documented ("agreement.digest-mismatch"); `message` is for people.
  Error(Code code, Literal id, Literal message) : code_(code), id_(id), message_(message) {}

  // With adds a fact and returns the error, so that calls chain.
  Error&& With(Literal key, std::uint64_t value) &&;
  Error&& With(Literal key, Name value) &&;
  Error&& Refused(Refusal refusal) &&;

  Code code() const { return code_; }
  std::string_view id() const { return id_.view(); }
  std::string_view message() const { return message_.view(); }
  const std::vector<Field>& fields() const { return fields_; }
  const std::optional<Refusal>& refusal() const { return refusal_; }

  // "agreement.digest-mismatch: the signed bytes are another agreement's (party=csun)"
  std::string ToString() const;

 private:
  Code code_;
  Literal id_;
  Literal message_;
  std::vector<Field> fields_;
  std::optional<Refusal> refusal_;
};

}  // namespace tallystick

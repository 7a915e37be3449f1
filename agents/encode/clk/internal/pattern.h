#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tallystick::agents {

// Pattern decides whether a whole value matches a regular expression of Python's `re`. It runs all
// alternatives side by side (Thompson 1968), in time proportional to value times pattern: a hostile
// pattern cannot make it try combinations.
//
// Thread safety: const methods from any thread.
class Pattern {
 public:
  // Knows literals, ., [classes], \d \D \w \W \s \S, escaped punctuation and \n \r \t \f \v, ^ $ \A
  // \Z, ( ) and (?: ), |, * + ? {m} {m,} {m,n} and their lazy forms. Fails with kInvalidArgument
  // on what else `re` has (references, looking around, flags, \b, possessive forms), on a pattern
  // that `re` refuses, and on one that is too large: 1,000 characters, 20,000 steps.
  static Result<Pattern> Parse(std::u32string_view pattern);

  bool MatchesWhole(std::u32string_view text) const;

 private:
  friend class PatternParser;

  struct Range {
    char32_t first, last;
  };
  // One set of characters: ranges, and the classes of IsDigit and so on.
  struct Set {
    bool negated = false;
    std::vector<Range> ranges;
    std::vector<char32_t> classes;  // letters of the escapes
    bool Holds(char32_t c) const;
  };
  struct Instruction {
    enum class Kind : std::uint8_t { kSet, kSplit, kJump, kAtStart, kAtEnd, kAtLastLine, kAccept };
    Kind kind;
    std::uint32_t a = 0;  // the set; or where to go on
    std::uint32_t b = 0;  // where else
  };

  std::vector<Set> sets_;
  std::vector<Instruction> program_;
};

}  // namespace tallystick::agents

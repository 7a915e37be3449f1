// Findings: what is wrong with an input file, by row, column and rule; never a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/literal.h"

namespace tallystick::agents {

// Finding is one problem. It may be printed, logged and sent: `column` and `suggestion` are names
// of the agreement, and a rule is a literal.
struct Finding {
  std::uint64_t row = 0;    // counts records, as a spreadsheet does: the header is 1; 0: the file
  std::string column = {};  // the agreement's name; "": the row as a whole, or see `position`
  Literal rule = "";
  bool error = true;            // else a warning
  std::uint32_t position = 0;   // where the column stands in the file, from 1; 0: not known
  std::string suggestion = {};  // of an unknown column: the agreement's name probably meant, or ""
  std::uint64_t other_row = 0;  // of a duplicate: the row it repeats
};

// Findings counts all findings and keeps the first kMaxKept.
//
// Thread safety: none.
class Findings {
 public:
  static constexpr std::size_t kMaxKept = 10'000;

  // Rule counts findings of one rule, column and severity.
  struct Rule {
    std::string rule;
    std::string column;
    bool error = true;
    std::uint64_t count = 0;
  };

  void Add(Finding finding);
  // Append adds everything that `later` counted and, as long as there is room, what it kept.
  void Append(Findings&& later);
  void SortByRow();

  std::uint64_t error_count() const { return error_count_; }
  std::uint64_t warning_count() const { return warning_count_; }
  const std::vector<Finding>& items() const { return items_; }
  std::vector<Rule> Rules() const;  // errors first, then by rule and column

  // One line a finding, "row 12, column birth_date: error: …"; where not all were kept, one more
  // that counts the rest.
  std::string ToText() const;
  // {"errors":…,"warnings":…,"rules":[{rule,column,severity,count}],
  //  "findings":[{row,column,severity,rule,position?,suggestion?,other_row?}]}
  std::string ToJson() const;

 private:
  std::vector<Finding> items_;
  std::uint64_t error_count_ = 0;
  std::uint64_t warning_count_ = 0;
  std::map<std::tuple<bool, std::string_view, std::string>, std::uint64_t> counts_;  // by !error
};

}  // namespace tallystick::agents

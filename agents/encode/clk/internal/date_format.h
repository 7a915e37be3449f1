#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tallystick::agents {

// DateFormat reads dates as datetime.strptime of Python does under the C locale: one-digit days and
// months are fine, letters match in either case, white space in the format stands for one or more
// white-space characters.
//
// Thread safety: const methods from any thread.
class DateFormat {
 public:
  // Knows the directives %Y %y %m %d %b %B %j %H %I %M %S %f %p %a %A %w %u and %%, each at most
  // once. Fails with kInvalidArgument on another: week numbers, zones and locale forms are not
  // dates that both sides read alike. At most 100 characters.
  static Result<DateFormat> Parse(std::u32string_view format);

  // Reformat reads `text` and prints %Y%m%d as glibc does, where a year below 1000 has no zeros in
  // front; nullopt where strptime fails. What the format leaves out is 1900, January or 1.
  std::optional<std::string> Reformat(std::u32string_view text) const;

 private:
  // A directive's letter, a literal character, or white space.
  struct Step {
    enum class Kind { kDirective, kLiteral, kSpace } kind;
    char32_t what;
  };

  struct Fields;
  class Matcher;

  std::vector<Step> steps_;
};

}  // namespace tallystick::agents

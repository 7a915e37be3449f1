// A field of an error is a number or a Name, never free text.
#include <string>

#include "base/error.h"

tallystick::Error Act(const std::string& value) {
  return tallystick::Error(tallystick::Code::kInvalidArgument, "x.bad", "bad").With("v", value);
}

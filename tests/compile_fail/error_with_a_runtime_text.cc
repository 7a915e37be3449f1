// An error's text is known at compile time, so that no record's value can be part of it.
#include <string>

#include "base/error.h"

tallystick::Error Act(const std::string& value) {
  return tallystick::Error(tallystick::Code::kInvalidArgument, "x.bad", value.c_str());
}

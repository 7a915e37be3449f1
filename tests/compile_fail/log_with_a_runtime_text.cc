// A log event's name is known at compile time.
#include <string>

#include "base/log.h"

void Act(const std::string& value) {
  tallystick::LogEvent(tallystick::Level::kInfo, value.c_str());
}

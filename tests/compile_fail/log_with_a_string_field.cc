// A field of a log line is a number or a Name, never free text.
#include <string>

#include "base/log.h"

void Act(const std::string& value) {
  tallystick::LogEvent(tallystick::Level::kInfo, "x.happened", {{"value", value}});
}

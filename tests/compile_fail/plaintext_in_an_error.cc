// A person's value cannot become a field of an error.
#include "agents/plaintext.h"
#include "base/error.h"

tallystick::Error Act(const tallystick::agents::Plaintext<std::string>& name) {
  return tallystick::Error(tallystick::Code::kInvalidArgument, "x.bad", "bad").With("name", name);
}

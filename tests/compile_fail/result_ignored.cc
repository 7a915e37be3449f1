// A result that nobody looked at is an error that nobody saw.
#include "base/result.h"

tallystick::Status Write();
void Act() { Write(); }

// An id of one kind does not pass for another.
#include <string>

#include "base/tagged.h"

using PartyId = tallystick::Tagged<struct PartyTag, std::string>;
using PersonId = tallystick::Tagged<struct PersonTag, std::string>;
PartyId Act(const PersonId& person) { return person; }

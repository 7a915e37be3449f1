// A stored proposal has the witnesses of both institutions: it is served by halves only.
#include "matcher/egress.h"
#include "tallystick/v1/state.pb.h"

void Leak(const tallystick::v1::StoredProposal& proposal) {
  static_cast<void>(tallystick::matcher::ToFrame(proposal));
}

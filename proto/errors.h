// Errors across the wire.
#pragma once

#include "base/result.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {

v1::ErrorBody ToWire(const Error& error);

// FromWire restores an error that the matcher sent; its words pass through LiteralFromMatcher.
Error FromWire(const v1::ErrorBody& body);

// HttpStatusOf maps an error to the status of the answer that carries it.
unsigned HttpStatusOf(const Error& error);

// A refusal of a request, as stored and shown, from an error and back.
v1::RequestRefusal ToRequestRefusal(const Error& error, std::string_view whose);
// For clients: the words are of whoever refused, and pass through LiteralFromMatcher.
Error FromRequestRefusal(const v1::RequestRefusal& refusal);
// For the matcher, which passes a member's words on and makes no Literals of them. The status of
// the answer is 403.
v1::ErrorBody BodyOf(const v1::RequestRefusal& refusal);

}  // namespace tallystick

// release.json: the signed body of a release and what proves it, for machines.
#pragma once

#include "client/release.h"

namespace tallystick::client {

// The bytes of release.json; what is signed stands there in base64, the rest is for reading.
Bytes ReleaseToJson(const Release& release);

// ReleaseFromJson reads it back, without agreement and receipt. Hostile input; checks nothing.
// Fails with kInvalidArgument "release.malformed".
Result<Release> ReleaseFromJson(ByteView json);

}  // namespace tallystick::client

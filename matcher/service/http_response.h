// How answers are written on the wire.
#pragma once

#include <string>

#include "base/literal.h"
#include "matcher/service/http_message.h"

namespace tallystick::matcher {

// TransportRefusal is an answer of the transport itself, in JSON since whoever gets it may be no
// client of ours: {"error":{"id":"http.…","message":"…"}}.
HttpResponse TransportRefusal(unsigned status, Literal id, Literal message);

// ResponseHead returns the status line and the fields, with the blank line. It carries no date, so
// that a repeated request can be answered with the same bytes. REQUIRES: the content type is
// printable ASCII.
std::string ResponseHead(const HttpResponse& response, bool close);

}  // namespace tallystick::matcher

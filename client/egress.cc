#include "client/egress.h"

#include "proto/codec.h"

namespace tallystick::client {

Frame MakeFrame(const google::protobuf::MessageLite& message) { return Frame(Serialise(message)); }

Frame ToFrame(const v1::Signed& message) { return MakeFrame(message); }
Frame ToFrame(const v1::Renewal& renewal) { return MakeFrame(renewal); }
Frame ToFrame(const v1::AgreementStep& step) { return MakeFrame(step); }
Frame ToFrame(const v1::EncodedRequest& request) { return MakeFrame(request); }
Frame ToFrame(const v1::ReleaseApproval& approval) { return MakeFrame(approval); }
Frame ToFrame(const SealedChunk& chunk) { return Frame(Bytes(chunk.view())); }
Frame ToFrame(const Nothing&) { return Frame(Bytes()); }

}  // namespace tallystick::client

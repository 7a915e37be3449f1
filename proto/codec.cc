#include "proto/codec.h"

#include <google/protobuf/stubs/logging.h>

#include "base/check.h"

namespace tallystick {
namespace {

// libprotobuf writes lines of its own to stderr, one for each string that is not UTF-8: any member
// could fill the operator's log with them.
void SilenceLibrary() {
  [[maybe_unused]] static google::protobuf::LogHandler* const before =
      google::protobuf::SetLogHandler(nullptr);
}

}  // namespace

Status ParseInto(google::protobuf::MessageLite& message, ByteView bytes, std::size_t limit_bytes) {
  if (bytes.size() > limit_bytes) {
    return Error(Code::kInvalidArgument, "proto.too-large", "the message is over its limit")
        .With("limit_bytes", limit_bytes);
  }
  SilenceLibrary();
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kMaxProtobufDepth);
  if (!message.ParseFromCodedStream(&input) || !input.ConsumedEntireMessage()) {
    return Error(Code::kInvalidArgument, "proto.malformed", "the message cannot be parsed");
  }
  return Ok();
}

Bytes Serialise(const google::protobuf::MessageLite& message) {
  Bytes bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  TS_CHECK(message.SerializeToCodedStream(&output));
  output.Trim();
  return bytes;
}

}  // namespace tallystick

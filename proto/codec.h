// Parsing and serialising protocol messages: size before parse, bounded recursion, the whole
// message consumed.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>

#include "base/bytes.h"
#include "base/result.h"
#include "proto/limits.h"

namespace tallystick {

// ParseInto fills `message` from `bytes`. Fails with kInvalidArgument when `bytes` is longer than
// `limit_bytes`, malformed, nested deeper than kMaxProtobufDepth, or not consumed to the end.
Status ParseInto(google::protobuf::MessageLite& message, ByteView bytes, std::size_t limit_bytes);

template <class Message>
Result<Message> Parse(ByteView bytes, std::size_t limit_bytes = kMaxControlMessageBytes) {
  Message message;
  TS_RETURN_IF_ERROR(ParseInto(message, bytes, limit_bytes));
  return message;
}

// Serialise returns the deterministic serialisation of `message`.
Bytes Serialise(const google::protobuf::MessageLite& message);

}  // namespace tallystick

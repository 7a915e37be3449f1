// What may leave an institution's or a person's premises. The overload set below is the whole
// list: nothing else becomes a Frame, and only a Frame can be sent. An auditor reads ten lines.
#pragma once

#include "base/bytes.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::client {

// SealedChunk is a chunk of a submission under HPKE to the matcher, as the encoder wrote it.
class SealedChunk {
 public:
  explicit SealedChunk(ByteView sealed) : sealed_(sealed) {}
  ByteView view() const { return sealed_; }

 private:
  ByteView sealed_;
};

// Nothing is the body of a GET.
struct Nothing {};

// Frame is bytes on their way out.
class Frame {
 public:
  ByteView view() const { return bytes_; }

 private:
  explicit Frame(Bytes bytes) : bytes_(std::move(bytes)) {}
  friend Frame MakeFrame(const google::protobuf::MessageLite& message);
  friend Frame ToFrame(const SealedChunk& chunk);
  friend Frame ToFrame(const Nothing&);

  Bytes bytes_;
};

Frame ToFrame(const v1::Signed& message);            // enrolments, manifests, verdicts, withdrawals
Frame ToFrame(const v1::Renewal& renewal);           // a certificate request
Frame ToFrame(const v1::AgreementStep& step);        // ceremony messages, transitions
Frame ToFrame(const v1::EncodedRequest& request);    // a person's signed question
Frame ToFrame(const v1::ReleaseApproval& approval);  // a signature, and labels sealed to recipients
Frame ToFrame(const SealedChunk& chunk);             // tokens and codes, sealed to the matcher
Frame ToFrame(const Nothing&);
template <class T>
Frame ToFrame(const T&) = delete;

}  // namespace tallystick::client

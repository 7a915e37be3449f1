// What may leave the matcher. The overload set below is the whole list: nothing else becomes a
// Frame, and the routes answer with Frames only. A tally, a linkage, a row pairing, a stored
// proposal with both sides' witnesses have no overload.
#pragma once

#include <string>

#include "base/bytes.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

// CoreAnswer is what the protocol core answered (registry/step.h): states of agreements,
// submissions and requests, for the party or person that caused them.
struct CoreAnswer {
  Bytes bytes;
};
// SignedNote is a checkpoint of the log.
struct SignedNote {
  std::string text;
};
// Accepted answers an upload.
struct Accepted {};

// Frame is bytes on their way out.
class Frame {
 public:
  const Bytes& bytes() const { return bytes_; }

 private:
  explicit Frame(Bytes bytes) : bytes_(std::move(bytes)) {}
  friend Frame MakeFrame(const google::protobuf::MessageLite& message);
  friend Frame ToFrame(CoreAnswer answer);
  friend Frame ToFrame(SignedNote note);
  friend Frame ToFrame(Accepted);

  Bytes bytes_;
};

Frame ToFrame(const v1::Directory& directory);       // public keys and names of members
Frame ToFrame(const v1::ServiceStatus& status);      // version, log size, time
Frame ToFrame(const v1::AgreementState& agreement);  // to its parties and persons
Frame ToFrame(const v1::AgreementList& list);
Frame ToFrame(const v1::SubmissionStatus& status);  // to its own party; to others without rows
Frame ToFrame(const v1::SubmissionList& list);
Frame ToFrame(const v1::RequestState& request);  // to the parties and persons concerned
Frame ToFrame(const v1::RequestList& list);
Frame ToFrame(const v1::RequestCheck& check);  // a verdict of policy, never of counts
Frame ToFrame(const v1::ReleaseProposal&
                  proposal);  // a protected table with sums that it cannot read, to an agent
Frame ToFrame(const v1::LedgerMark& mark);       // what a party said of its own ledger
Frame ToFrame(const v1::ReleaseBundle& bundle);  // a released table, to a recipient
Frame ToFrame(const v1::LogEntries& entries);    // bodies only to those concerned
Frame ToFrame(const v1::ConsistencyProof& proof);
Frame ToFrame(const v1::ErrorBody& error);  // literals, ids, clauses; a member's refusal
Frame ToFrame(CoreAnswer answer);
Frame ToFrame(SignedNote note);
Frame ToFrame(Accepted);
template <class T>
Frame ToFrame(const T&) = delete;

}  // namespace tallystick::matcher

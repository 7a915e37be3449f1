#include "matcher/egress.h"

#include "proto/codec.h"

namespace tallystick::matcher {

Frame MakeFrame(const google::protobuf::MessageLite& message) { return Frame(Serialise(message)); }

Frame ToFrame(const v1::Directory& directory) { return MakeFrame(directory); }
Frame ToFrame(const v1::ServiceStatus& status) { return MakeFrame(status); }
Frame ToFrame(const v1::AgreementState& agreement) { return MakeFrame(agreement); }
Frame ToFrame(const v1::AgreementList& list) { return MakeFrame(list); }
Frame ToFrame(const v1::SubmissionStatus& status) { return MakeFrame(status); }
Frame ToFrame(const v1::SubmissionList& list) { return MakeFrame(list); }
Frame ToFrame(const v1::RequestState& request) { return MakeFrame(request); }
Frame ToFrame(const v1::RequestList& list) { return MakeFrame(list); }
Frame ToFrame(const v1::RequestCheck& check) { return MakeFrame(check); }
Frame ToFrame(const v1::ReleaseProposal& proposal) { return MakeFrame(proposal); }
Frame ToFrame(const v1::LedgerMark& mark) { return MakeFrame(mark); }
Frame ToFrame(const v1::ReleaseBundle& bundle) { return MakeFrame(bundle); }
Frame ToFrame(const v1::LogEntries& entries) { return MakeFrame(entries); }
Frame ToFrame(const v1::ConsistencyProof& proof) { return MakeFrame(proof); }
Frame ToFrame(const v1::ErrorBody& error) { return MakeFrame(error); }
Frame ToFrame(CoreAnswer answer) { return Frame(std::move(answer.bytes)); }
Frame ToFrame(SignedNote note) { return Frame(std::move(note.text)); }
Frame ToFrame(Accepted) { return Frame(Bytes()); }

}  // namespace tallystick::matcher

// Every message that arrives in protobuf: a byte chooses the type. What is parsed is written the
// same again, and nothing of a matcher's errors gets out that a terminal would obey.
#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/log_leaf.h"
#include "tallystick/v1/ledger.pb.h"
#include "tallystick/v1/state.pb.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

template <class Message>
std::optional<Message> RoundTrip(ByteView input) {
  auto message = Parse<Message>(input, kMaxReleaseBytes);
  if (!message.ok()) {
    TS_CHECK(message.error().code() == Code::kInvalidArgument);
    return std::nullopt;
  }
  const Bytes written = Serialise(*message);
  const auto again = Parse<Message>(written, kMaxReleaseBytes);
  TS_CHECK(again.ok() && Serialise(*again) == written);
  return *std::move(message);
}

bool Harmless(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool TryError(ByteView input) {
  const auto body = RoundTrip<v1::ErrorBody>(input);
  if (!body) return false;
  const Error error = FromWire(*body);
  TS_CHECK(Harmless(error.id()) && Harmless(error.message()) && Harmless(error.ToString()));
  TS_CHECK(HttpStatusOf(error) >= 400 && HttpStatusOf(error) < 600);
  TS_CHECK(FromWire(ToWire(error)).code() == error.code());
  return true;
}

bool TryRefusal(ByteView input) {
  const auto refusal = RoundTrip<v1::RequestRefusal>(input);
  if (!refusal) return false;
  TS_CHECK(Harmless(FromRequestRefusal(*refusal).ToString()));
  return true;
}

bool TryEntry(ByteView input) {
  const auto entry = RoundTrip<v1::LogEntry>(input);
  if (!entry) return false;
  TS_CHECK(LeafHashOfEntry(*entry).ok() == (entry->commitment().size() == crypto::Digest::kSize));
  return true;
}

}  // namespace

bool FuzzOne(ByteView input) {
  if (input.empty()) return false;
  const ByteView rest = input.substr(1);
  switch (static_cast<unsigned char>(input.front()) % 28) {
    case 0:
      return TryError(rest);
    case 1:
      return TryRefusal(rest);
    case 2:
      return TryEntry(rest);
    case 3:
      return RoundTrip<v1::Signed>(rest).has_value();
    case 4:
      return RoundTrip<v1::Enrolment>(rest).has_value();
    case 5:
      return RoundTrip<v1::Enrolled>(rest).has_value();
    case 6:
      return RoundTrip<v1::Renewal>(rest).has_value();
    case 7:
      return RoundTrip<v1::Directory>(rest).has_value();
    case 8:
      return RoundTrip<v1::AgreementList>(rest).has_value();
    case 9:
      return RoundTrip<v1::AgreementStep>(rest).has_value();
    case 10:
      return RoundTrip<v1::SubmissionStatus>(rest).has_value();
    case 11:
      return RoundTrip<v1::SubmissionList>(rest).has_value();
    case 12:
      return RoundTrip<v1::Verdict>(rest).has_value();
    case 13:
      return RoundTrip<v1::RequestState>(rest).has_value();
    case 14:
      return RoundTrip<v1::RequestList>(rest).has_value();
    case 15:
      return RoundTrip<v1::RequestCheck>(rest).has_value();
    case 16:
      return RoundTrip<v1::ReleaseProposal>(rest).has_value();
    case 17:
      return RoundTrip<v1::ReleaseApproval>(rest).has_value();
    case 18:
      return RoundTrip<v1::ReleaseBundle>(rest).has_value();
    case 19:
      return RoundTrip<v1::Labels>(rest).has_value();
    case 20:
      return RoundTrip<v1::LogEntries>(rest).has_value();
    case 21:
      return RoundTrip<v1::ConsistencyProof>(rest).has_value();
    case 22:
      return RoundTrip<v1::ServiceStatus>(rest).has_value();
    case 24:
      return RoundTrip<v1::Opening>(rest).has_value();
    case 25:
      return RoundTrip<v1::Partials>(rest).has_value();
    case 26:
      return RoundTrip<v1::LedgerMark>(rest).has_value();
    case 27:
      return RoundTrip<v1::LedgerRecord>(rest).has_value();
    default:
      return RoundTrip<v1::AdminRequest>(rest).has_value();
  }
}

}  // namespace tallystick

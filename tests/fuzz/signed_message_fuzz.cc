// The signed messages with an encoding of our own: what decodes encodes to the same bytes, and
// nobody's signature is on it.
#include <type_traits>

#include "agreements/ceremony_messages.h"
#include "agreements/request.h"
#include "agreements/transition.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

using agreements::Agreement;
using agreements::SignedRequest;
using agreements::Transition;

const Agreement& FixedAgreement() {
  static const auto* const agreement = new Agreement(agreements::TestAgreement());
  return *agreement;
}

template <class Message>
bool RoundTrips(ByteView input) {
  const Result<Message> message = Message::Decode(input);
  if (!message.ok()) {
    TS_CHECK(message.error().code() == Code::kInvalidArgument);
    return false;
  }
  TS_CHECK(message->Encode() == input);
  TS_CHECK(input.starts_with(message->Body()));
  if constexpr (std::is_same_v<Message, SignedRequest>) {
    TS_CHECK(message->Id().size() == 16);
    // The seeds are signed, but for other agreements.
    TS_CHECK(!VerifyRequest(FixedAgreement(), message->chain, message->epoch, *message).ok());
  } else if constexpr (std::is_same_v<Message, Transition>) {
    TS_CHECK(!ApplyTransition(FixedAgreement(), {}, *message).ok());
    // Signed by whom it names, it is judged by what it says.
    Transition own = *message;
    own.digest = FixedAgreement().digest;
    own.Sign(agreements::MakeTestMember(own.party).signing_key);
    const auto state = ApplyTransition(FixedAgreement(), {}, own);
    TS_CHECK(!state.ok() || (own.sequence == 1 && !state->usable()));
  }
  return true;
}

}  // namespace

bool FuzzOne(ByteView input) {
  bool accepted = RoundTrips<agreements::Commitment>(input);
  accepted |= RoundTrips<agreements::Reveal>(input);
  accepted |= RoundTrips<agreements::Confirmation>(input);
  accepted |= RoundTrips<Transition>(input);
  accepted |= RoundTrips<SignedRequest>(input);
  return accepted;
}

}  // namespace tallystick

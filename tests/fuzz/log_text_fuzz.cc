// The texts by which people carry trust: checkpoints, receipts, invitation codes. What is read
// writes and reads back the same.
#include "base/check.h"
#include "crypto/signature.h"
#include "proto/checkpoint.h"
#include "proto/codec.h"
#include "proto/invitation.h"
#include "proto/receipt.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

const crypto::SigningKey& LogKey() {
  static const auto* const member =
      new agreements::TestMember(agreements::MakeTestMember("unite-la"));
  return member->signing_key;
}

bool TryCheckpoint(ByteView input) {
  const auto opened = OpenCheckpoint(input, LogKey().verify_key());
  if (opened.ok()) {
    TS_CHECK(OpenCheckpoint(SignCheckpoint(*opened, LogKey()), LogKey().verify_key()).value() ==
             *opened);
  }
  // Whatever the log is called, what it signs opens.
  const Checkpoint named{std::string(input.substr(0, 200)), input.size(), crypto::Sha256(input)};
  if (!input.empty() && named.origin.find('\n') == std::string::npos) {
    TS_CHECK(OpenCheckpoint(SignCheckpoint(named, LogKey()), LogKey().verify_key()).value() ==
             named);
  }
  return opened.ok();
}

bool TryReceipt(ByteView input) {
  const auto receipt = ParseReceiptText(input);
  if (!receipt.ok()) return false;
  const auto again = ParseReceiptText(ReceiptText(*receipt));
  TS_CHECK(again.ok() && Serialise(*again) == Serialise(*receipt));
  // It must not verify for something it was not given for.
  TS_CHECK(!VerifyReceipt(*receipt, crypto::Sha256("another"), LogKey().verify_key()).ok());
  const auto subject = crypto::Digest::FromBytes(receipt->subject());
  if (subject.ok()) {
    const auto verified = VerifyReceipt(*receipt, *subject, LogKey().verify_key());
    TS_CHECK(!verified.ok() || receipt->sequence() < verified->size);
  }
  return true;
}

bool TryInvitation(ByteView input) {
  const auto invitation = DecodeInvitation(input);
  if (!invitation.ok()) return false;
  const auto again = DecodeInvitation(EncodeInvitation(*invitation));
  TS_CHECK(!again.ok() || Serialise(*again) == Serialise(*invitation));
  return true;
}

}  // namespace

bool FuzzOne(ByteView input) {
  bool accepted = TryCheckpoint(input);
  accepted |= TryReceipt(input);
  accepted |= TryInvitation(input);
  return accepted;
}

}  // namespace tallystick

// The encodings of crypto/: base64, points, scalars, keys, sealed messages and signatures.
#include "base/check.h"
#include "crypto/base64.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/schnorr.h"
#include "crypto/signature.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

const agreements::TestMember& Reader() {
  static const auto* const reader =
      new agreements::TestMember(agreements::MakeTestMember("pgarcia"));
  return *reader;
}

bool TryBase64(ByteView input) {
  const auto plain = crypto::FromBase64(input);
  const auto url = crypto::FromBase64Url(input);
  // Each byte string has one spelling.
  if (plain.ok()) TS_CHECK(crypto::Base64(*plain) == input);
  if (url.ok()) TS_CHECK(crypto::Base64Url(*url) == input);
  TS_CHECK(crypto::FromBase64(crypto::Base64(input)).value() == input);
  TS_CHECK(crypto::FromBase64Url(crypto::Base64Url(input)).value() == input);
  return plain.ok() || url.ok();
}

bool TryPoint(ByteView input) {
  const auto point = crypto::Point::FromBytes(input);
  if (!point.ok()) return false;
  TS_CHECK(point->bytes() == input);
  TS_CHECK(crypto::Point::FromBytes(point->Mul(Reader().sealing_key.scalar()).bytes()).ok());
  TS_CHECK(crypto::SealingPublicKey::FromBytes(input).ok());
  TS_CHECK(!crypto::VerifyKnowledge(*point, Bytes(crypto::kSchnorrProofSize, '\1'), "").ok());
  return true;
}

bool TrySealed(ByteView input) {
  const auto opened = crypto::OpenSealed(Reader().sealing_key, "fuzz", "", input);
  if (opened.ok()) TS_CHECK(opened->size() + crypto::kSealOverhead == input.size());
  // Not for another purpose, and from nobody in particular.
  TS_CHECK(!crypto::OpenSealed(Reader().sealing_key, "other", "", input).ok());
  TS_CHECK(!crypto::OpenAuthSealed(Reader().sealing_key, Reader().sealing_key.public_key(), "fuzz",
                                   "", input)
                .ok());
  return opened.ok();
}

bool TryKeys(ByteView input) {
  const auto key = crypto::VerifyKey::FromBytes(input);
  if (key.ok()) {
    TS_CHECK(key->view() == input);
    TS_CHECK(!key->VerifyRaw("message", Bytes(crypto::kSignatureSize, '\0')).ok());
  }
  TS_CHECK(!Reader().signing_key.verify_key().VerifyRaw("never signed", input).ok());
  const auto scalar = crypto::Scalar::FromBytes(input);
  if (scalar.ok()) {
    TS_CHECK(scalar->ExposeBytes([&](ByteView bytes) { return bytes == input; }));
  }
  return key.ok() || scalar.ok();
}

}  // namespace

bool FuzzOne(ByteView input) {
  bool accepted = TryBase64(input);
  accepted |= TryPoint(input);
  accepted |= TrySealed(input);
  accepted |= TryKeys(input);
  return accepted;
}

}  // namespace tallystick

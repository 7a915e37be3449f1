// HPKE with the ephemeral key given, so that the vectors of RFC 9180 can be computed. Nothing but
// hpke.cc and tests includes this: a repeated ephemeral key repeats a nonce.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

// DeriveKeyPair of RFC 9180 section 7.1.3. Fails with a probability of 2^-8160.
Result<Scalar> DeriveScalar(ByteView ikm);

// HpkeSeal seals in auth mode when `from` is given, else in base mode.
Bytes HpkeSeal(const SealingPublicKey& to, const SealingKey* from, const Scalar& ephemeral,
               ByteView info, ByteView aad, ByteView plaintext);

Result<Bytes> HpkeOpen(const SealingKey& key, const SealingPublicKey* from, ByteView info,
                       ByteView aad, ByteView sealed);

}  // namespace tallystick::crypto

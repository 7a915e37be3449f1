#include "crypto/hpke.h"

#include "crypto/internal/hpke_core.h"

namespace tallystick::crypto {

Result<SealingPublicKey> SealingPublicKey::FromBytes(ByteView bytes) {
  TS_ASSIGN_OR_RETURN(Point point, Point::FromBytes(bytes));
  return SealingPublicKey(std::move(point));
}

SealingKey SealingKey::Generate() { return SealingKey(Scalar::Random()); }

Result<SealingKey> SealingKey::FromBytes(ByteView bytes) {
  TS_ASSIGN_OR_RETURN(Scalar scalar, Scalar::FromBytes(bytes));
  return SealingKey(std::move(scalar));
}

Bytes SealTo(const SealingPublicKey& to, ByteView info, ByteView aad, ByteView plaintext) {
  return HpkeSeal(to, nullptr, Scalar::Random(), info, aad, plaintext);
}

Result<Bytes> OpenSealed(const SealingKey& key, ByteView info, ByteView aad, ByteView sealed) {
  return HpkeOpen(key, nullptr, info, aad, sealed);
}

Bytes SealAuthTo(const SealingPublicKey& to, const SealingKey& from, ByteView info, ByteView aad,
                 ByteView plaintext) {
  return HpkeSeal(to, &from, Scalar::Random(), info, aad, plaintext);
}

Result<Bytes> OpenAuthSealed(const SealingKey& key, const SealingPublicKey& from, ByteView info,
                             ByteView aad, ByteView sealed) {
  return HpkeOpen(key, &from, info, aad, sealed);
}

}  // namespace tallystick::crypto

#include "crypto/internal/hpke_core.h"

#include <string_view>

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/hkdf.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

using namespace std::string_view_literals;

// Identifiers of RFC 9180 section 7: KEM 0x0010, KDF 0x0001, AEAD 0x0002.
constexpr ByteView kKemSuite = "KEM\x00\x10"sv;
constexpr ByteView kHpkeSuite = "HPKE\x00\x10\x00\x01\x00\x02"sv;

enum class Mode : char { kBase = 0, kAuth = 2 };

SecretBytes<32> LabeledExtract(ByteView suite, ByteView salt, ByteView label, ByteView ikm) {
  Bytes labeled("HPKE-v1");
  labeled.reserve(labeled.size() + suite.size() + label.size() + ikm.size());
  labeled.append(suite).append(label).append(ikm);
  auto prk = HkdfExtract(salt, labeled);
  Wipe(labeled);
  return prk;
}

Bytes LabeledExpand(ByteView suite, const SecretBytes<32>& prk, ByteView label, ByteView info,
                    std::size_t length) {
  Bytes labeled;
  AppendU16(labeled, static_cast<std::uint16_t>(length));
  labeled.append("HPKE-v1").append(suite).append(label).append(info);
  return prk.Expose([&](ByteView key) { return HkdfExpandBytes(key, labeled, length); });
}

SecretBytes<32> LabeledExpandKey(ByteView suite, const SecretBytes<32>& prk, ByteView label,
                                 ByteView info) {
  Bytes key = LabeledExpand(suite, prk, label, info, 32);
  return SecretBytes<32>::Generate([&](char* out) {
    key.copy(out, 32);
    Wipe(key);
  });
}

// Appends the x coordinate of `shared` (SEC 1 ECDH) and wipes the point's copy.
void AppendDh(Bytes& dh, const Point& shared) {
  Bytes bytes = shared.bytes();
  dh.append(bytes, 1, 32);
  Wipe(bytes);
}

// ExtractAndExpand of section 4.1. Wipes `dh`.
SecretBytes<32> SharedSecret(Bytes& dh, ByteView kem_context) {
  const auto prk = LabeledExtract(kKemSuite, "", "eae_prk", dh);
  Wipe(dh);
  return LabeledExpandKey(kKemSuite, prk, "shared_secret", kem_context);
}

struct Schedule {
  SecretBytes<32> key;
  Bytes nonce;
};

// KeySchedule of section 5.1, without a pre-shared key.
Schedule KeySchedule(Mode mode, const SecretBytes<32>& shared_secret, ByteView info) {
  const auto hash = [](ByteView label, ByteView input) {
    return LabeledExtract(kHpkeSuite, "", label, input).Expose([](ByteView v) { return Bytes(v); });
  };
  Bytes context(1, static_cast<char>(mode));
  context.append(hash("psk_id_hash", "")).append(hash("info_hash", info));
  const auto secret = shared_secret.Expose(
      [](ByteView bytes) { return LabeledExtract(kHpkeSuite, bytes, "secret", ""); });
  return Schedule{LabeledExpandKey(kHpkeSuite, secret, "key", context),
                  LabeledExpand(kHpkeSuite, secret, "base_nonce", context, Aes256Gcm::kNonceSize)};
}

Error CannotOpen() {
  return Error(Code::kInvalidArgument, "crypto.unseal",
               "sealed bytes do not open: altered, or sealed to another key or purpose");
}

}  // namespace

Result<Scalar> DeriveScalar(ByteView ikm) {
  const auto prk = LabeledExtract(kKemSuite, "", "dkp_prk", ikm);
  for (unsigned counter = 0; counter < 256; ++counter) {
    const char byte = static_cast<char>(counter);
    auto scalar = LabeledExpandKey(kKemSuite, prk, "candidate", ByteView(&byte, 1))
                      .Expose([](ByteView bytes) { return Scalar::FromBytes(bytes); });
    if (scalar.ok()) return scalar;
  }
  return Error(Code::kInvalidArgument, "crypto.derive-scalar", "no key can be derived");
}

Bytes HpkeSeal(const SealingPublicKey& to, const SealingKey* from, const Scalar& ephemeral,
               ByteView info, ByteView aad, ByteView plaintext) {
  Bytes out = Point::MulGenerator(ephemeral).bytes();
  Bytes dh;
  dh.reserve(64);
  AppendDh(dh, to.point().Mul(ephemeral));
  Bytes kem_context = out;
  kem_context.append(to.view());
  if (from != nullptr) {
    AppendDh(dh, to.point().Mul(from->scalar()));
    kem_context.append(from->public_key().view());
  }
  const auto shared_secret = SharedSecret(dh, kem_context);
  const Schedule schedule =
      KeySchedule(from != nullptr ? Mode::kAuth : Mode::kBase, shared_secret, info);
  out.reserve(kSealOverhead + plaintext.size());
  Aes256Gcm(schedule.key).AppendSealed(schedule.nonce, aad, plaintext, out);
  return out;
}

Result<Bytes> HpkeOpen(const SealingKey& key, const SealingPublicKey* from, ByteView info,
                       ByteView aad, ByteView sealed) {
  if (sealed.size() < kSealOverhead) return CannotOpen();
  const ByteView enc = sealed.substr(0, Point::kSize);
  const auto ephemeral = Point::FromBytes(enc);
  if (!ephemeral.ok()) return CannotOpen();
  Bytes dh;
  dh.reserve(64);
  AppendDh(dh, ephemeral->Mul(key.scalar()));
  Bytes kem_context(enc);
  kem_context.append(key.public_key().view());
  if (from != nullptr) {
    AppendDh(dh, from->point().Mul(key.scalar()));
    kem_context.append(from->view());
  }
  const auto shared_secret = SharedSecret(dh, kem_context);
  const Schedule schedule =
      KeySchedule(from != nullptr ? Mode::kAuth : Mode::kBase, shared_secret, info);
  auto plaintext = Aes256Gcm(schedule.key).Open(schedule.nonce, aad, sealed.substr(Point::kSize));
  if (!plaintext.ok()) return CannotOpen();
  return plaintext;
}

}  // namespace tallystick::crypto

#include "agreements/agreement_secret.h"

#include "base/check.h"
#include "crypto/hkdf.h"

namespace tallystick::agreements {

AgreementSecret AgreementSecret::Derive(
    const CeremonyContext& context,
    const std::vector<const crypto::SecretBytes<32>*>& contributions) {
  TS_CHECK(contributions.size() >= 2);
  Bytes salt(context.chain.view());
  AppendU32(salt, context.epoch);
  Bytes ikm;
  ikm.reserve(32 * contributions.size());  // no reallocation, which would leave a copy behind
  for (const auto* contribution : contributions) {
    contribution->Expose([&](ByteView bytes) { ikm += bytes; });
  }
  AgreementSecret secret(crypto::HkdfExtract(salt, ikm));
  crypto::Wipe(ikm);
  return secret;
}

Result<AgreementSecret> AgreementSecret::FromBytes(ByteView bytes) {
  TS_ASSIGN_OR_RETURN(auto prk, crypto::SecretBytes<32>::FromBytes(bytes));
  return AgreementSecret(std::move(prk));
}

crypto::SecretBytes<32> AgreementSecret::Expand(std::string_view use, std::string_view name) const {
  Bytes info = "tallystick/v1/agreement-key";
  info += use;
  AppendLp(info, name);
  return crypto::HkdfExpand(prk_, info);
}

crypto::SecretBytes<32> AgreementSecret::TokenKey(std::string_view match_key) const {
  return Expand("token", match_key);
}

crypto::SecretBytes<32> AgreementSecret::ConfirmKey() const { return Expand("confirm", ""); }

crypto::SecretBytes<32> AgreementSecret::ClkKey() const { return Expand("clk", ""); }

}  // namespace tallystick::agreements

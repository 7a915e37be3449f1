#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "agreements/ceremony_messages.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::agreements {

// AgreementSecret is what the parties of one (chain, epoch) share and the matcher never has.
// Whoever holds it can test any person against the tokens made under it. Move-only, wiped.
//
// Thread safety: const access from any thread.
class AgreementSecret {
 public:
  // HKDF-Extract(salt = chain ‖ epoch, ikm = the contributions in the order of party ids).
  // REQUIRES: two contributions or more.
  static AgreementSecret Derive(const CeremonyContext& context,
                                const std::vector<const crypto::SecretBytes<32>*>& contributions);
  // From what ExposeBytes() gave, for the agent's key store. Takes exactly 32 bytes.
  static Result<AgreementSecret> FromBytes(ByteView bytes);

  template <class F>
  decltype(auto) ExposeBytes(F&& f) const {
    return prk_.Expose(std::forward<F>(f));
  }

  // The HMAC key of one match key's tokens.
  crypto::SecretBytes<32> TokenKey(std::string_view match_key) const;
  crypto::SecretBytes<32> ConfirmKey() const;
  crypto::SecretBytes<32> ClkKey() const;

 private:
  explicit AgreementSecret(crypto::SecretBytes<32> prk) : prk_(std::move(prk)) {}
  crypto::SecretBytes<32> Expand(std::string_view use, std::string_view name) const;

  crypto::SecretBytes<32> prk_;
};

}  // namespace tallystick::agreements

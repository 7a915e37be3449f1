// TokenMaker: rows to tokens (linkage.md, "Match keys").
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/normalise/match_key_message.h"
#include "agents/normalise/row.h"
#include "agents/plaintext.h"
#include "agreements/match_key.h"
#include "crypto/hmac.h"
#include "crypto/secret.h"

namespace tallystick::agents {

// Token is the first 16 bytes of HMAC-SHA-256(token key, message): a row's match key in a form that
// only holders of the agreement's secret can make. It may leave the institution.
using Token = std::array<std::uint8_t, 16>;

// TokenMaker holds one HMAC key for each match key of a ladder.
//
// Thread safety: const methods from any thread, each with its own `scratch`.
class TokenMaker {
 public:
  // `token_keys` has one key for each of `ladder`, in its order.
  TokenMaker(std::vector<agreements::MatchKey> ladder,
             std::span<const crypto::SecretBytes<32>> token_keys);

  const std::vector<agreements::MatchKey>& ladder() const { return ladder_; }

  // Writes the tokens of `row` under ladder()[index] to the front of `tokens`, in the order of
  // MatchKeyMessages, and returns how many there are: 0 where the key is null. No padding. Cost:
  // about 0.3 µs a token.
  std::size_t Make(std::size_t index, const Plaintext<NormalisedRow>& row,
                   MatchKeyMessages& scratch, std::span<Token, kMaxTokensPerKey> tokens) const;

 private:
  std::vector<agreements::MatchKey> ladder_;
  std::vector<crypto::HmacSha256> hmacs_;
};

}  // namespace tallystick::agents

#include "agents/normalise/token_maker.h"

#include <utility>

#include "base/check.h"

namespace tallystick::agents {

TokenMaker::TokenMaker(std::vector<agreements::MatchKey> ladder,
                       std::span<const crypto::SecretBytes<32>> token_keys)
    : ladder_(std::move(ladder)) {
  TS_CHECK(token_keys.size() == ladder_.size());
  hmacs_.reserve(token_keys.size());
  for (const auto& token_key : token_keys) hmacs_.emplace_back(token_key);
}

std::size_t TokenMaker::Make(std::size_t index, const Plaintext<NormalisedRow>& row,
                             MatchKeyMessages& scratch,
                             std::span<Token, kMaxTokensPerKey> tokens) const {
  scratch.Make(ladder_[index], row);
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    hmacs_[index].ComputeTruncated16(scratch.Message(i), tokens[i].data());
  }
  return scratch.size();
}

}  // namespace tallystick::agents

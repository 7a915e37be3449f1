#include "agents/encode/pseudonym_maker.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "crypto/hkdf.h"

namespace tallystick::agents {
namespace {

using agreements::IdentifierKind;
using agreements::MatchKey;
using agreements::Transform;

std::vector<MatchKey> StrongestIdentifiers() {
  using enum IdentifierKind;
  const auto full = [](std::vector<IdentifierKind> kinds) {
    MatchKey match_key;
    for (const IdentifierKind kind : kinds) match_key.parts.push_back({kind, Transform::kFull, 0});
    return match_key;
  };
  MatchKey last4 = full({kSsn, kBirthDate, kFamilyName});
  last4.parts[0].transform = Transform::kLast4;
  return {full({kSsn}),
          std::move(last4),
          full({kBirthDate, kGivenName, kFamilyName}),
          full({kEducatorId}),
          full({kEmail}),
          full({kPhone, kFamilyName}),
          full({kGivenName, kFamilyName, kZip}),
          full({kBirthDate, kFamilyName}),
          full({kOther})};
}

// One key for each list, so that an e-mail address never meets an educator id.
std::vector<crypto::SecretBytes<32>> KeysOfLists(const crypto::SecretBytes<32>& pseudonym_key,
                                                 const std::vector<MatchKey>& lists) {
  std::vector<crypto::SecretBytes<32>> keys;
  for (const MatchKey& list : lists) {
    std::string info = "tallystick/v1/pseudonym";
    for (const auto& part : list.parts) info += " " + part.ToString();
    keys.push_back(crypto::HkdfExpand(pseudonym_key, info));
  }
  return keys;
}

}  // namespace

PseudonymMaker::PseudonymMaker(const crypto::SecretBytes<32>& pseudonym_key)
    : maker_(StrongestIdentifiers(), KeysOfLists(pseudonym_key, StrongestIdentifiers())) {}

Pseudonym PseudonymMaker::Make(const Plaintext<NormalisedRow>& row) {
  std::array<Token, kMaxTokensPerKey> tokens;
  for (std::size_t i = 0; i < maker_.ladder().size(); ++i) {
    if (maker_.Make(i, row, messages_, tokens) > 0) return tokens[0];
  }
  Pseudonym pseudonym;
  random_.Fill(pseudonym.data(), pseudonym.size());
  return pseudonym;
}

}  // namespace tallystick::agents

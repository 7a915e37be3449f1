#include "agents/normalise/token_maker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using Kind = agreements::IdentifierKind;

TEST(TokenMaker, IsTheTruncatedHmacOfTheMessageUnderItsOwnKey) {
  std::vector<crypto::SecretBytes<32>> keys;
  for (char i = 0; i < 11; ++i) {
    keys.push_back(std::move(crypto::SecretBytes<32>::FromBytes(Bytes(32, i))).value());
  }
  const TokenMaker maker(agreements::DefaultLadder(), keys);
  RowNormaliser normaliser({Kind::kGivenName, Kind::kFamilyName, Kind::kBirthDate, Kind::kSsn});
  std::vector<FieldOutcome> outcomes(4);
  std::vector<Plaintext<std::string_view>> fields;
  for (const std::string_view value : {"Mary Ann", "García-López", "1990-02-03", "212-09-8765"}) {
    fields.emplace_back(value);
  }
  const auto& row = normaliser.Normalise(fields, outcomes);
  MatchKeyMessages scratch;
  MatchKeyMessages messages;
  std::array<Token, kMaxTokensPerKey> tokens;
  std::size_t total = 0;
  for (std::size_t k = 0; k < maker.ladder().size(); ++k) {
    messages.Make(maker.ladder()[k], row);
    const std::size_t count = maker.Make(k, row, scratch, tokens);
    ASSERT_EQ(count, messages.size());
    total += count;
    for (std::size_t i = 0; i < count; ++i) {
      const Plaintext<ByteView> message = messages[i];
      const crypto::Digest whole = crypto::HmacSha256(Bytes(32, static_cast<char>(k)))
                                       .Compute(PlaintextProbe::Read(message));
      EXPECT_EQ(ToHex(ByteView(reinterpret_cast<const char*>(tokens[i].data()), 16)),
                whole.hex().substr(0, 32));
    }
  }
  // Keys 2, 5, 9 and 10 lack sex or ZIP: 3, 4, 3, 1, 2, 1 and 2 tokens of the others.
  EXPECT_EQ(total, 16u);
}

}  // namespace
}  // namespace tallystick::agents

#include "agents/normalise/rules.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/normalise/match_key_message.h"
#include "agents/normalise/name_lists.h"
#include "agents/normalise/nickname.h"
#include "agents/normalise/row.h"
#include "agents/normalise/token_maker.h"
#include "agents/normalise/unicode_tables.h"
#include "base/check.h"

namespace tallystick::agents {
namespace {

using agreements::IdentifierKind;

constexpr std::size_t kFieldCount = 8;
constexpr std::array<IdentifierKind, kFieldCount> kKinds = {
    IdentifierKind::kGivenName,  IdentifierKind::kPreferredGivenName,
    IdentifierKind::kFamilyName, IdentifierKind::kPreviousFamilyName,
    IdentifierKind::kBirthDate,  IdentifierKind::kSex,
    IdentifierKind::kSsn,        IdentifierKind::kZip};

// Made-up people. Of each, the last token of the first eight match keys that are not null.
constexpr std::size_t kTokensPerRow = kTestTokenCount / 8;
constexpr std::array<std::array<std::string_view, kFieldCount>, 8> kRows = {{
    {"Dr. María", "", "de la Cruz Jr.", "", "1990-02-03", "F", "212-09-8765", "90210-1234"},
    {"Mary Ann", "Annie", "García-López", "O'Brien", "19911224", "female", "212098766", "91330"},
    {"Nguyễn", "", "Văn", "", "04/05/1985", "m", "", "90012"},
    {"민수", "Minsu", "김", "", "1979-11-30", "male", "212-09-8767", "90005"},
    {"Վարդան", "", "Հովհաննիսյան", "", "1968-07-01", "M", "", "91206"},
    {"明", "Ming", "王", "", "2001-10-09", "x", "212098768", "sw1a 1aa"},
    {"Guillermo", "Memo", "Muñoz y Ibáñez", "", "1983-12-11", "f", "078051120", "90033"},
    {"Ægir", "", "Strauß", "Łukasiewicz", "1955-01-02", "Non-binary", "212098769", "90401"},
}};

}  // namespace

crypto::Digest NormaliserDigest() {
  static const crypto::Digest digest = [] {
    crypto::Sha256Hasher hasher;
    Bytes version;
    AppendLp(version, kNormaliserVersion);
    hasher.Update(version);
    UpdateWithUnicodeTables(hasher);
    UpdateWithNameLists(hasher);
    UpdateWithNicknames(hasher);
    return hasher.Finish();
  }();
  return digest;
}

Bytes TestTokens(const crypto::SecretBytes<32>& key) {
  const auto copy = [](ByteView bytes) {
    return std::move(crypto::SecretBytes<32>::FromBytes(bytes)).value();
  };
  std::vector<crypto::SecretBytes<32>> token_keys;
  for (std::size_t i = 0; i < agreements::DefaultLadder().size(); ++i) {
    token_keys.push_back(key.Expose(copy));
  }
  const TokenMaker maker(agreements::DefaultLadder(), token_keys);
  RowNormaliser normaliser({kKinds.begin(), kKinds.end()});
  MatchKeyMessages messages;
  Bytes tokens;
  for (const auto& row : kRows) {
    std::vector<Plaintext<std::string_view>> fields;
    for (const std::string_view field : row) fields.emplace_back(field);
    std::array<FieldOutcome, kFieldCount> outcomes;
    const auto& normalised = normaliser.Normalise(fields, outcomes);
    std::size_t taken = 0;
    for (std::size_t i = 0; i < maker.ladder().size() && taken < kTokensPerRow; ++i) {
      std::array<Token, kMaxTokensPerKey> made;
      const std::size_t count = maker.Make(i, normalised, messages, made);
      if (count == 0) continue;
      const Token& last = made[count - 1];
      tokens.append(reinterpret_cast<const char*>(last.data()), last.size());
      ++taken;
    }
    TS_CHECK(taken == kTokensPerRow);
  }
  return tokens;
}

}  // namespace tallystick::agents

// Recomputes vectors/tokens.txt, line by line: another implementation of linkage.md can do the
// same.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/normalise/rules.h"
#include "agents/normalise/token_maker.h"
#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using agreements::IdentifierKind;
using agreements::MatchKey;

constexpr std::string_view kPath = "tests/conformance/vectors/tokens.txt";

struct Field {
  std::string kind;
  std::string value;
};

// Vectors is the file, read: a preamble of settings, and blocks that start with `row`.
struct Vectors {
  std::string token_key;
  std::string rules_digest;
  std::vector<MatchKey> ladder;
  struct Block {
    std::string title;
    std::vector<Field> fields;
    std::string text;  // every line of the block, comments aside
  };
  std::vector<Block> blocks;
};

std::pair<std::string, std::string> Split(const std::string& line, std::string_view separator) {
  const std::size_t at = line.find(separator);
  if (at == std::string::npos) return {line, ""};
  return {line.substr(0, at), line.substr(at + separator.size())};
}

MatchKey ParseMatchKeyLine(const std::string& name, std::string parts) {
  MatchKey match_key{name, {}, 0};
  while (!parts.empty()) {
    const auto [part, rest] = Split(parts, ", ");
    const auto parsed = agreements::ParseMatchKeyPart(part);
    EXPECT_TRUE(parsed.has_value()) << part;
    if (parsed) match_key.parts.push_back(*parsed);
    parts = rest;
  }
  return match_key;
}

Vectors ReadVectors() {
  Vectors vectors;
  std::ifstream file{std::string(kPath)};
  EXPECT_TRUE(file.is_open()) << "run from the source root";
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto [name, value] = Split(line, " = ");
    if (line.starts_with("row ")) {
      vectors.blocks.push_back({line, {}, ""});
    } else if (name == "token-key") {
      vectors.token_key = value;
    } else if (name == "rules-digest") {
      vectors.rules_digest = value;
    } else if (name.starts_with("match-key ")) {
      vectors.ladder.push_back(ParseMatchKeyLine(name.substr(10), value));
    } else {
      EXPECT_FALSE(vectors.blocks.empty()) << line;
      if (vectors.blocks.empty()) break;
      if (name.starts_with("in ")) vectors.blocks.back().fields.push_back({name.substr(3), value});
      vectors.blocks.back().text += line + "\n";
    }
  }
  return vectors;
}

std::string FormOf(IdentifierKind kind, const NormalisedRow& row) {
  switch (kind) {
    case IdentifierKind::kGivenName:
      return row.given_name.text;
    case IdentifierKind::kFamilyName:
      return row.family_name.text;
    case IdentifierKind::kMiddleName:
      return row.middle_name.text;
    case IdentifierKind::kPreviousFamilyName:
      return row.previous_family_names[0].text;
    case IdentifierKind::kPreferredGivenName:
      return row.preferred_given_name.text;
    case IdentifierKind::kBirthDate:
      return row.birth_date;
    case IdentifierKind::kSex:
      return row.sex;
    case IdentifierKind::kSsn:
      return row.ssn;
    case IdentifierKind::kSsnLast4:
      return row.ssn_last4;
    case IdentifierKind::kZip:
      return row.zip;
    case IdentifierKind::kEmail:
      return row.email;
    case IdentifierKind::kPhone:
      return row.phone;
    case IdentifierKind::kEducatorId:
      return row.educator_id;
    case IdentifierKind::kOther:
      break;
  }
  return row.other;
}

std::string Listed(const Variants& variants) {
  std::string text;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    text += (i == 0 ? "" : "|") + std::string(variants[i]);
  }
  return text.empty() ? "(null)" : text;
}

// "maria|delacruz|1990-02-03": a message's parts behind the version.
std::string PartsOf(ByteView message) {
  std::string text;
  for (std::size_t part = 0; !message.empty(); ++part) {
    const std::size_t length = ReadU32(message, 0);
    if (part > 0) text += (part == 1 ? "" : "|") + std::string(message.substr(4, length));
    message.remove_prefix(4 + length);
  }
  return text;
}

// What the file must say of a row with these fields.
std::string Render(const std::vector<Field>& fields, const TokenMaker& maker) {
  std::ostringstream out;
  std::vector<IdentifierKind> kinds;
  std::vector<Plaintext<std::string_view>> values;
  for (const Field& field : fields) {
    out << "in " << field.kind << " = " << field.value << "\n";
    kinds.push_back(agreements::ParseKind(field.kind).value());
    values.emplace_back(field.value);
  }
  RowNormaliser normaliser(kinds);
  std::vector<FieldOutcome> outcomes(kinds.size());
  const auto& held = normaliser.Normalise(values, outcomes);
  const NormalisedRow& row = PlaintextProbe::Read(held);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const bool has_value = outcomes[i].state == FieldState::kValue;
    out << "form " << fields[i].kind << " = "
        << (has_value ? FormOf(kinds[i], row)
                      : std::string(outcomes[i].state == FieldState::kUnreadable ? "(unreadable)"
                                                                                 : "(null)"))
        << "\n";
  }
  out << "variants given-name = " << Listed(row.GivenNameVariants()) << "\n"
      << "variants family-name = " << Listed(row.FamilyNameVariants()) << "\n";
  MatchKeyMessages messages;
  MatchKeyMessages scratch;
  std::array<Token, kMaxTokensPerKey> tokens;
  for (std::size_t k = 0; k < maker.ladder().size(); ++k) {
    const std::string& name = maker.ladder()[k].name;
    messages.Make(maker.ladder()[k], held);
    const std::size_t count = maker.Make(k, held, scratch, tokens);
    if (count == 0) out << "token " << name << " = (null)\n";
    for (std::size_t i = 0; i < count; ++i) {
      const Plaintext<ByteView> message = messages[i];
      out << "token " << name << " = "
          << ToHex({reinterpret_cast<const char*>(tokens[i].data()), tokens[i].size()}) << " "
          << PartsOf(PlaintextProbe::Read(message)) << "\n";
    }
  }
  return out.str();
}

TEST(TokenVectors, AreWhatLinkageSays) {
  const Vectors vectors = ReadVectors();
  ASSERT_GE(vectors.blocks.size(), 10u);
  Bytes key;
  ASSERT_TRUE(FromHex(vectors.token_key, &key));
  std::vector<MatchKey> ladder = agreements::DefaultLadder();
  ladder.insert(ladder.end(), vectors.ladder.begin(), vectors.ladder.end());
  std::vector<crypto::SecretBytes<32>> token_keys;
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    token_keys.push_back(std::move(crypto::SecretBytes<32>::FromBytes(key)).value());
  }
  const TokenMaker maker(ladder, token_keys);
  for (const Vectors::Block& block : vectors.blocks) {
    EXPECT_EQ(block.text, Render(block.fields, maker)) << block.title;
  }
}

TEST(TokenVectors, NameTheRulesThatTheyFollow) {
  EXPECT_EQ(ReadVectors().rules_digest, NormaliserDigest().hex());
}

}  // namespace
}  // namespace tallystick::agents

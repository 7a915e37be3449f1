// The encoder's parts against clkhash's and Python's own figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "agents/encode/clk/internal/date_format.h"
#include "agents/encode/clk/internal/field_format.h"
#include "agents/encode/clk/internal/pattern.h"
#include "agents/encode/clk/internal/python_number.h"
#include "agents/encode/clk/internal/token_hash.h"
#include "agents/encode/clk/internal/tokens.h"
#include "crypto/base64.h"
#include "crypto/hkdf.h"
#include "tests/unit/agents/encode/clk/clk_vectors.h"

namespace tallystick::agents {
namespace {

namespace json = boost::json;

using Positions = std::vector<std::uint32_t>;

// The one feature of a schema.
SchemaFeature FeatureOf(std::string_view format, std::string_view hashing) {
  return ParseLinkageSchema(OneFeature(format, hashing)).value().features.at(0);
}

TEST(KeyDerivation, GivesEachFeatureTwoKeysAsClkhashDoes) {
  const json::value vectors = ClkVectors();
  for (const auto& test : vectors.at("hkdf").as_array()) {
    const auto bytes = [&](std::string_view name) {
      return test.at(name).is_null() ? Bytes() : crypto::FromBase64(TextOf(test.at(name))).value();
    };
    const auto hash =
        TextOf(test.at("hash")) == "SHA512" ? crypto::HkdfHash::kSha512 : crypto::HkdfHash::kSha256;
    Bytes expected, key;
    for (const auto& pair : test.at("keys_hex").as_array()) {
      for (const auto& hex : pair.as_array()) {
        ASSERT_TRUE(FromHex(TextOf(hex), &key));
        expected += key;
      }
    }
    EXPECT_EQ(crypto::HkdfBytes(hash, bytes("salt_b64"), TextOf(test.at("secret")),
                                bytes("info_b64"), expected.size()),
              expected);
  }
}

std::vector<std::string> TokensOf(const SchemaFeature& feature, std::string_view value) {
  Tokens tokens;
  const auto broken = tokens.Make(feature.comparison, feature.format.encoding, value);
  EXPECT_FALSE(broken.has_value());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < tokens.size(); ++i) out.emplace_back(tokens[i]);
  return out;
}

std::string HashingWith(const json::value& comparison) {
  return R"({"strategy": {"bitsPerToken": 9}, "comparison": )" + json::serialize(comparison) + "}";
}

TEST(Tokens, AreThoseOfClkhash) {
  int compared = 0;
  const json::value vectors = ClkVectors();
  for (const auto& test : vectors.at("tokenise").as_array()) {
    const auto feature = FeatureOf(R"({"type": "string"})", HashingWith(test.at("comparison")));
    EXPECT_EQ(TokensOf(feature, TextOf(test.at("value"))), TextsOf(test.at("tokens")))
        << json::serialize(test.at("comparison"));
    ++compared;
  }
  EXPECT_GT(compared, 15);
}

TEST(Tokens, CarryTheFeaturesEncodingAndPythonsByteOrderMarks) {
  const json::value vectors = ClkVectors();
  for (const auto& [encoding, hex] : vectors.at("token_bytes").as_object()) {
    const auto feature =
        FeatureOf(R"({"type": "string", "encoding": ")" + std::string(encoding) + "\"}",
                  R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 9}})");
    EXPECT_EQ(ToHex(TokensOf(feature, "ab").at(0)), TextOf(hex)) << encoding;
  }
}

TEST(Tokens, AreWindowsOverCodePointsNotBytes) {
  const auto feature = FeatureOf(R"({"type": "string"})", kBigrams);
  EXPECT_THAT(TokensOf(feature, "zoé"), testing::ElementsAre(" z", "zo", "oé", "é "));
  const auto wide = FeatureOf(R"({"type": "string", "encoding": "utf-16"})", kBigrams);
  EXPECT_EQ(ToHex(TokensOf(wide, "\U0001F600").at(0)), "fffe20003dd800de");
}

TEST(Tokens, OfNumbersRoundHalfUpToTheGridAndHalfToEvenOnTheWay) {
  const auto numeric = [](std::string_view rest) {
    return FeatureOf(R"({"type": "string"})",
                     R"({"strategy": {"bitsPerToken": 9}, "comparison": {"type": "numeric", )" +
                         std::string(rest) + "}}");
  };
  // Python: (1*2) % 4 == 2 is not below 4/2, hence up.
  const auto four = numeric(R"("thresholdDistance": 4, "resolution": 1)");
  EXPECT_THAT(TokensOf(four, "1"), testing::ElementsAre("0", "4", "8"));
  EXPECT_THAT(TokensOf(four, "-1"), testing::ElementsAre("-4", "0", "4"));
  // round(2.5) == 2, round(0.25 * 10) == 2
  const auto tenth =
      numeric(R"("thresholdDistance": 0.25, "resolution": 1, "fractional_precision": 1)");
  EXPECT_EQ(tenth.comparison.distance, 2);
  EXPECT_THAT(TokensOf(tenth, "0.25"), testing::ElementsAre("2", "4", "6"));
}

TEST(Tokens, RefuseWhatIsNoNumberOrBeyondThirtyDigits) {
  const auto feature = FeatureOf(R"({"type": "string"})",
                                 R"({"strategy": {"bitsPerToken": 9},
          "comparison": {"type": "numeric", "thresholdDistance": 1, "resolution": 1000,
                         "fractional_precision": 15}})");
  Tokens tokens;
  const auto made = [&](std::string_view value) {
    return !tokens.Make(feature.comparison, feature.format.encoding, value).has_value();
  };
  EXPECT_TRUE(made("1"));
  for (const std::string_view bad : {"x", "inf", "nan", "1e400", "-", "1e30"}) {
    EXPECT_FALSE(made(bad)) << bad;
  }
  EXPECT_FALSE(made(std::string(31, '9')));
  EXPECT_FALSE(made(std::string(30, '9'))) << "with 15 decimals";
}

Positions PositionsOf(SchemaFeature::Hash hash, std::string_view key0, std::string_view key1,
                      std::size_t bits, std::string_view token, std::size_t k) {
  const TokenHash hasher(hash, key0, key1, bits, k);
  Positions positions((k + 31) / 32 * 32);
  hasher.Positions(token, positions);
  positions.resize(k);
  return positions;
}

TEST(TokenHash, GivesClkhashsPositionsForBlake) {
  const json::value vectors = ClkVectors();
  for (const std::string_view group : {"blake", "blake_long_key"}) {
    for (const auto& test : vectors.at(group).as_array()) {
      Bytes key;
      if (const auto* hex = test.as_object().if_contains("key_hex")) {
        ASSERT_TRUE(FromHex(TextOf(*hex), &key));
      } else {
        key = TextOf(test.at("key"));
      }
      EXPECT_EQ(
          PositionsOf(SchemaFeature::Hash::kBlake, key, key, test.at("l").to_number<std::size_t>(),
                      TextOf(test.at("token")), test.at("k").to_number<std::size_t>()),
          json::value_to<Positions>(test.at("indices_in_order")));
    }
  }
}

TEST(TokenHash, GivesClkhashsPositionsForTheDoubleHash) {
  const json::value vectors = ClkVectors();
  for (const auto& test : vectors.at("double_hash").as_array()) {
    const auto positions = [&](SchemaFeature::Hash hash) {
      Positions all = PositionsOf(hash, TextOf(test.at("key_sha1")), TextOf(test.at("key_md5")),
                                  test.at("l").to_number<std::size_t>(), TextOf(test.at("token")),
                                  test.at("k").to_number<std::size_t>());
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
      return all;
    };
    EXPECT_EQ(positions(SchemaFeature::Hash::kDouble),
              json::value_to<Positions>(test.at("doubleHash_bits")));
    EXPECT_EQ(positions(SchemaFeature::Hash::kDoubleWithoutSingularity),
              json::value_to<Positions>(test.at("prevent_singularity_bits")));
  }
}

TEST(TokenHash, SharesTheBitsOfAFeatureAsClkhashDoes) {
  const json::value vectors = ClkVectors();
  for (const auto& test : vectors.at("bits_per_feature").as_array()) {
    SchemaFeature feature;
    feature.strategy = SchemaFeature::Strategy::kBitsPerFeature;
    feature.bits = test.at("bitsPerFeature").to_number<std::size_t>();
    const auto count = test.at("tokens").to_number<std::size_t>();
    std::vector<std::size_t> shares;
    for (std::size_t i = 0; i < count; ++i) shares.push_back(InsertionsOf(feature, i, count));
    EXPECT_EQ(shares, json::value_to<std::vector<std::size_t>>(test.at("k")));
  }
}

TEST(TokenHash, EndsOnAFilterOfOneBit) {
  EXPECT_EQ(PositionsOf(SchemaFeature::Hash::kDoubleWithoutSingularity, "a", "b", 1, "x", 2),
            (Positions{0, 0}));
}

TEST(FieldFormat, WritesAndRefusesWhatClkhashDoes) {
  int compared = 0;
  const json::value vectors = ClkVectors();
  for (const auto& test : vectors.at("format_quirks").as_array()) {
    const FieldFormat format(FeatureOf(json::serialize(test.at("format")), kBigrams));
    std::string written;
    const bool valid = !format.Format(TextOf(test.at("value")), &written).has_value();
    ASSERT_EQ(valid, test.at("valid").is_bool()) << json::serialize(test);
    if (valid) {
      EXPECT_EQ(written, TextOf(test.at("hashed_as")));
    }
    ++compared;
  }
  EXPECT_GT(compared, 20);
}

TEST(FieldFormat, ChecksLengthInCodePointsAndRangeAtAnySize) {
  const auto valid = [](std::string_view format, std::string_view value) {
    std::string written;
    return !FieldFormat(FeatureOf(format, kBigrams)).Format(value, &written).has_value();
  };
  EXPECT_TRUE(valid(R"({"type": "string", "minLength": 2, "maxLength": 3})", "éé"));
  EXPECT_FALSE(valid(R"({"type": "string", "minLength": 2})", "é"));
  EXPECT_FALSE(valid(R"({"type": "string", "maxLength": 2})", "ééé"));
  EXPECT_FALSE(valid(R"({"type": "string", "maxLength": 2})", "abc"));
  EXPECT_FALSE(valid(R"({"type": "string", "encoding": "ascii"})", "é"));
  EXPECT_TRUE(valid(R"({"type": "string", "case": "lower"})", "straße 7"));
  EXPECT_FALSE(valid(R"({"type": "string", "case": "lower"})", "Σ"));
  EXPECT_TRUE(valid(R"({"type": "integer", "minimum": -5, "maximum": 5})", "-5"));
  EXPECT_FALSE(valid(R"({"type": "integer", "minimum": -5})", "-6"));
  EXPECT_FALSE(valid(R"({"type": "integer", "minimum": -5})", "-10"));
  EXPECT_TRUE(valid(R"({"type": "integer", "minimum": 5})", "9999999999999999999999"));
  EXPECT_FALSE(valid(R"({"type": "integer", "maximum": 5})", "9999999999999999999999"));
  EXPECT_FALSE(valid(R"({"type": "enum", "values": ["M", "F"]})", "m"));
}

TEST(PythonNumber, ReadsIntegersAsPython) {
  const json::value vectors = ClkVectors("python_vectors.json");
  for (const auto& test : vectors.at("integer").as_array()) {
    const auto read = CanonicalInteger(Points(TextOf(test.at(0))));
    EXPECT_EQ(read.value_or("refused"), test.at(1).is_null() ? "refused" : TextOf(test.at(1)))
        << json::serialize(test.at(0));
  }
}

TEST(PythonNumber, ReadsFloatsAsPython) {
  const json::value vectors = ClkVectors("python_vectors.json");
  for (const auto& test : vectors.at("float").as_array()) {
    const auto read = ParseFloat(Points(TextOf(test.at(0))));
    ASSERT_EQ(read.has_value(), !test.at(1).is_null()) << json::serialize(test.at(0));
    if (!read) continue;
    const double expected = std::strtod(TextOf(test.at(1)).c_str(), nullptr);
    EXPECT_TRUE(*read == expected || (std::isnan(*read) && std::isnan(expected)));
  }
}

TEST(DateFormat, ReadsDatesAsPython) {
  const json::value vectors = ClkVectors("python_vectors.json");
  for (const auto& test : vectors.at("date").as_array()) {
    const auto format = DateFormat::Parse(Points(TextOf(test.at(0))));
    ASSERT_TRUE(format.ok()) << format.error().ToString();
    const auto read = format->Reformat(Points(TextOf(test.at(1))));
    EXPECT_EQ(read.value_or("refused"), test.at(2).is_null() ? "refused" : TextOf(test.at(2)))
        << json::serialize(test);
  }
}

TEST(DateFormat, RefusesFormatsItCannotReadAlike) {
  for (const auto* bad : {U"%Y-%U", U"%c", U"%Z", U"%Y %Y", U"%", U"%q"}) {
    EXPECT_FALSE(DateFormat::Parse(bad).ok());
  }
}

TEST(Pattern, MatchesWholeValuesAsPython) {
  const json::value vectors = ClkVectors("python_vectors.json");
  for (const auto& test : vectors.at("pattern").as_array()) {
    const auto pattern = Pattern::Parse(Points(TextOf(test.at(0))));
    ASSERT_TRUE(pattern.ok()) << TextOf(test.at(0)) << pattern.error().ToString();
    EXPECT_EQ(pattern->MatchesWhole(Points(TextOf(test.at(1)))), test.at(2).as_bool())
        << json::serialize(test);
  }
}

TEST(Pattern, RefusesWhatItDoesNotKnow) {
  for (const auto* bad : {U"(", U")", U"[a", U"*a", U"a**", U"a{3,2}", U"(?=a)", U"(a)\\1", U"\\b",
                          U"a++", U"[b-a]", U"\\", U"^*", U"(?i)a", U"a{1001}", U"\\q"}) {
    EXPECT_FALSE(Pattern::Parse(bad).ok());
  }
  EXPECT_FALSE(Pattern::Parse(std::u32string(1001, 'a')).ok());
  EXPECT_FALSE(Pattern::Parse(U"((a{1000}){1000}){1000}").ok());
  EXPECT_FALSE(Pattern::Parse(std::u32string(400, '(') + std::u32string(400, ')')).ok());
}

TEST(Pattern, TakesTimeInProportionWhereBacktrackingTakesForEver) {
  const auto pattern = Pattern::Parse(U"(a*)*(a|aa)+b").value();
  EXPECT_FALSE(pattern.MatchesWhole(std::u32string(20'000, 'a')));
}

}  // namespace
}  // namespace tallystick::agents

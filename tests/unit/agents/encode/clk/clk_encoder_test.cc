#include "agents/encode/clk/clk_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <thread>

#include "agents/encode/clk/clk_file.h"
#include "crypto/base64.h"
#include "crypto/hash.h"
#include "tests/unit/agents/encode/clk/clk_vectors.h"

namespace tallystick::agents {
namespace {

namespace json = boost::json;

LinkageSchema SchemaOf(const json::value& record) {
  const auto& object = record.as_object();
  if (object.contains("schema_inline")) {
    return ParseLinkageSchema(json::serialize(object.at("schema_inline"))).value();
  }
  const std::string name = TextOf(object.at("schema"));
  return ParseLinkageSchema(ClkVectorFile(name.find("febrl") != std::string::npos
                                              ? "febrl_schema_v3_final.json"
                                              : "randomnames-schema.json"))
      .value();
}

ClkEncoder EncoderOf(std::string_view schema, std::string_view secret = "secret") {
  return ClkEncoder::Create(ParseLinkageSchema(schema).value(), Secret(secret));
}

TEST(ClkEncoder, MakesTheClksOfClkhash) {
  int compared = 0;
  const json::value vectors = ClkVectors();
  for (const auto& record : vectors.at("records").as_array()) {
    ClkEncoder encoder = ClkEncoder::Create(SchemaOf(record), Secret(TextOf(record.at("secret"))));
    const auto& rows = record.at("rows").as_array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto clk = EncodeRow(encoder, TextsOf(rows[i]));
      ASSERT_TRUE(clk.ok()) << clk.error().ToString();
      EXPECT_EQ(crypto::Base64(*clk), TextOf(record.at("clks").as_array()[i]));
      ++compared;
    }
  }
  EXPECT_EQ(compared, 9);
}

TEST(ClkEncoder, MakesTheClkOfClkhashsTutorial) {
  ClkEncoder encoder =
      EncoderOf(json::serialize(ClkVectors().at("febrl4_tutorial_schema").at("schema")));
  const auto clk =
      EncodeRow(encoder, {"rec-1070-org", "michaela", "neumann", "8", "stanley street", "miami",
                          "winston hills", "4223", "nsw", "19151111", "5304218"});
  EXPECT_EQ(crypto::Base64(clk.value()),
            "/ywxvec/j5R3/7jf71/l97u812e421MzNfNSrvyj+3uOfPbPFWt/t/WZX3+4/f1eXeb6TGLb29r/PSr/d+bvwv"
            "x4Vfu97Yif/u+z79s+P76WkR6kKnb/n/9VnarWbcf78L8fPiX/vnxmjL7o/3S48vv9rNstV/t/Xm9X93o3O70"
            "=");
}

// The whole dataset, which is not part of the project.
class ClkFebrl4 : public testing::TestWithParam<const char*> {};

TEST_P(ClkFebrl4, GivesTheDigestOfAllClks) {
  const std::filesystem::path file =
      std::filesystem::path("../shared/data/febrl4") / (std::string(GetParam()) + ".csv");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no FEBRL dataset 4 at " << file;
  const json::value vectors = ClkVectors();
  const auto& tutorial = vectors.at("febrl4_tutorial_schema");
  const auto schema = ParseLinkageSchema(json::serialize(tutorial.at("schema"))).value();
  auto reader = CsvReader::Open(file);
  ASSERT_TRUE(reader.ok());
  const auto clks = EncodeClks(*reader, schema, Secret(TextOf(tutorial.at("secret"))));
  ASSERT_TRUE(clks.ok()) << clks.error().ToString();
  const auto& expected = tutorial.at("digests").at(GetParam());
  EXPECT_EQ(clks->size(), expected.at("n").to_number<std::size_t>());
  EXPECT_EQ(crypto::Base64((*clks)[0]), TextOf(expected.at("first")));
  EXPECT_EQ(crypto::Base64((*clks)[clks->size() - 1]), TextOf(expected.at("last")));
  EXPECT_EQ(crypto::Sha256(clks->bytes).hex(),
            TextOf(expected.at("sha256_of_concatenated_raw_clks")));
}

INSTANTIATE_TEST_SUITE_P(Files, ClkFebrl4, testing::Values("a", "b"),
                         [](const auto& file) { return std::string(file.param); });

TEST(ClkEncoder, GivesTheSameWithAndWithoutRememberedTokens) {
  const std::string schema = OneFeature(R"({"type": "string"})", kBigrams);
  ClkEncoder warm = EncoderOf(schema);
  // The share of a token's bits grows as values get shorter: the cache has to make more of them.
  std::string value = "abcdefghijklmnopqrstuvwxyz";
  while (!value.empty()) {
    ClkEncoder cold = EncoderOf(schema);
    EXPECT_EQ(EncodeRow(warm, {value}).value(), EncodeRow(cold, {value}).value()) << value;
    value.pop_back();
  }
}

TEST(ClkEncoder, GivesTheSameOnceItsMemoryIsFull) {
  const std::string schema =
      OneFeature(R"({"type": "string"})",
                 R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 60}})");
  ClkEncoder full = EncoderOf(schema);
  for (int i = 0; i < 40'000; ++i) ASSERT_TRUE(EncodeRow(full, {std::to_string(i)}).ok());
  for (int i = 0; i < 40'000; i += 1999) {
    ClkEncoder cold = EncoderOf(schema);
    EXPECT_EQ(EncodeRow(full, {std::to_string(i)}).value(),
              EncodeRow(cold, {std::to_string(i)}).value());
  }
}

TEST(ClkEncoder, ClonesWorkSideBySide) {
  ClkEncoder encoder = EncoderOf(OneFeature(R"({"type": "string"})", kBigrams));
  const Bytes expected = EncodeRow(encoder, {"michaela"}).value();
  std::vector<std::jthread> threads;
  std::vector<Bytes> clks(4);
  for (Bytes& clk : clks) {
    threads.emplace_back([&clk, clone = encoder.Clone()]() mutable {
      for (int i = 0; i < 100; ++i) clk = EncodeRow(clone, {"michaela"}).value();
    });
  }
  threads.clear();
  EXPECT_THAT(clks, testing::Each(expected));
}

TEST(ClkEncoder, FoldsByXorOfHalves) {
  const std::string config = R"("kdf": {"type": "HKDF"}, )";
  const auto encode = [&](std::string_view size) {
    ClkEncoder encoder =
        EncoderOf(OneFeature(R"({"type": "string"})", kBigrams, config + std::string(size)));
    return EncodeRow(encoder, {"michaela"}).value();
  };
  const Bytes whole = encode(R"("l": 1024)");
  const Bytes folded = encode(R"("l": 256, "xor_folds": 2)");
  ASSERT_EQ(folded.size(), 32u);
  for (std::size_t i = 0; i < 32; ++i) {
    EXPECT_EQ(folded[i],
              static_cast<char>(whole[i] ^ whole[i + 32] ^ whole[i + 64] ^ whole[i + 96]));
  }
  // Lengths that are no whole words, or bytes: 32 bits folded to 4, in the high half of a byte.
  const Bytes small = encode(R"("l": 32)");
  const Bytes tiny = encode(R"("l": 4, "xor_folds": 3)");
  ASSERT_EQ(tiny.size(), 1u);
  unsigned expected = 0;
  for (const char c : small) {
    expected ^= static_cast<unsigned char>(c) >> 4 ^ static_cast<unsigned char>(c);
  }
  EXPECT_EQ(static_cast<unsigned char>(tiny[0]), (expected & 15u) << 4);
}

TEST(ClkEncoder, GivesAValueWithoutTokensNoBits) {
  ClkEncoder encoder = EncoderOf(OneFeature(R"({"type": "string"})", kBigrams));
  EXPECT_EQ(EncodeRow(encoder, {""}).value(), Bytes(128, '\0'));
}

TEST(ClkEncoder, DoesNotFormatTheReplacementOfAMissingValue) {
  const std::string hashing =
      R"({"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 100},
          "missingValue": {"sentinel": "none", "replaceWith": "007"}})";
  ClkEncoder integers = EncoderOf(OneFeature(R"({"type": "integer"})", hashing));
  ClkEncoder strings = EncoderOf(OneFeature(R"({"type": "string"})", kBigrams));
  EXPECT_EQ(EncodeRow(integers, {"none"}).value(), EncodeRow(strings, {"007"}).value());
  EXPECT_EQ(EncodeRow(integers, {"007"}).value(), EncodeRow(strings, {"7"}).value());
}

TEST(ClkEncoder, NamesFeatureAndRuleOfABadValueButNotTheValue) {
  ClkEncoder encoder = ClkEncoder::Create(
      ParseLinkageSchema(ClkVectorFile("febrl_schema_v3_final.json")).value(), Secret("s"));
  const auto clk = EncodeRow(encoder, {"r", "Zoltan", "b", "1", "", "", "", "49", "", "", ""});
  ASSERT_FALSE(clk.ok());
  EXPECT_EQ(clk.error().ToString(),
            "clk.invalid-entry: the value is outside the feature's range (feature=8)");
  EXPECT_FALSE(EncodeRow(encoder, {"r"}).ok());
}

TEST(ClkEncoder, RefusesAValueThatIsNotUtf8OrTooLong) {
  ClkEncoder encoder = EncoderOf(OneFeature(R"({"type": "string"})", kBigrams));
  EXPECT_FALSE(EncodeRow(encoder, {"\xff\xfe"}).ok());
  EXPECT_TRUE(EncodeRow(encoder, {std::string(kMaxClkFieldBytes, 'a')}).ok());
  EXPECT_FALSE(EncodeRow(encoder, {std::string(kMaxClkFieldBytes + 1, 'a')}).ok());
}

TEST(ClkEncoder, IgnoresWhatStandsInAnIgnoredFeature) {
  ClkEncoder encoder = ClkEncoder::Create(
      ParseLinkageSchema(ClkVectorFile("febrl_schema_v3_final.json")).value(), Secret("s"));
  const auto with = EncodeRow(encoder, {"1", "a", "b", "1", "", "", "", "4560", "", "", "\xff"});
  const auto without = EncodeRow(encoder, {"", "a", "b", "1", "", "", "", "4560", "", "", "2"});
  EXPECT_EQ(with.value(), without.value());
}

}  // namespace
}  // namespace tallystick::agents

#include "agents/encode/clk/linkage_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agents/encode/clk/clk_vectors.h"

namespace tallystick::agents {
namespace {

using testing::HasSubstr;

constexpr char kString[] = R"({"type": "string"})";
constexpr char kKdf[] = R"("kdf": {"type": "HKDF"})";

std::string Config(std::string_view rest) { return std::string(kKdf) + ", " + std::string(rest); }

// The reason for which `text` is refused; empty where it is not.
std::string Reason(std::string_view text) {
  const auto schema = ParseLinkageSchema(text);
  return schema.ok() ? "" : schema.error().ToString();
}

TEST(LinkageSchema, ReadsClkhashsOwnSchema) {
  const Bytes text = ClkVectorFile("febrl_schema_v3_final.json");
  const auto schema = ParseLinkageSchema(text).value();
  EXPECT_EQ(schema.version, 3);
  EXPECT_EQ(schema.digest, crypto::Sha256(text));
  EXPECT_EQ(schema.bits, 1024u);
  EXPECT_EQ(schema.folds, 0);
  EXPECT_EQ(schema.kdf_info, "schema_example");
  EXPECT_EQ(schema.kdf_salt.size(), 64u);
  ASSERT_EQ(schema.features.size(), 11u);
  EXPECT_TRUE(schema.features[0].ignored);
  const SchemaFeature& name = schema.features[1];
  EXPECT_EQ(name.identifier, "given_name");
  EXPECT_EQ(name.format.max_length, 64u);
  EXPECT_EQ(name.hash, SchemaFeature::Hash::kDouble);
  EXPECT_EQ(name.strategy, SchemaFeature::Strategy::kBitsPerFeature);
  EXPECT_EQ(name.bits, 200u);
  const SchemaFeature& number = schema.features[3];
  EXPECT_EQ(number.hash, SchemaFeature::Hash::kBlake);
  EXPECT_TRUE(number.comparison.positional);
  ASSERT_TRUE(number.missing.has_value());
  EXPECT_FALSE(number.missing->replace_with.has_value());
  EXPECT_EQ(schema.features[7].format.minimum, 50);
}

TEST(LinkageSchema, SaysWhichSpellingOfTheFoldWasMeant) {
  const auto parse = [](std::string_view folds, FoldReading reading) {
    return ParseLinkageSchema(OneFeature(kString, kBigrams, Config(folds)), reading).value();
  };
  const auto documented = parse(R"("l": 512, "xorFolds": 1)", FoldReading::kEither);
  EXPECT_EQ(documented.fold_spelling, FoldSpelling::kDocumented);
  EXPECT_EQ(documented.folds, 1);
  EXPECT_EQ(documented.filter_bits(), 1024u);
  // clkhash itself makes unfolded CLKs of this schema.
  const auto compatible = parse(R"("l": 512, "xorFolds": 1)", FoldReading::kAsClkhash018);
  EXPECT_EQ(compatible.fold_spelling, FoldSpelling::kDocumented);
  EXPECT_EQ(compatible.folds, 0);
  for (const auto reading : {FoldReading::kEither, FoldReading::kAsClkhash018}) {
    const auto as_read = parse(R"("l": 512, "xor_folds": 1)", reading);
    EXPECT_EQ(as_read.fold_spelling, FoldSpelling::kAsClkhashReads);
    EXPECT_EQ(as_read.folds, 1);
  }
  const auto both = parse(R"("l": 512, "xorFolds": 1, "xor_folds": 1)", FoldReading::kEither);
  EXPECT_EQ(both.fold_spelling, FoldSpelling::kBoth);
  EXPECT_EQ(both.folds, 1);
  EXPECT_EQ(parse(R"("l": 512)", FoldReading::kEither).fold_spelling, FoldSpelling::kNone);
  EXPECT_THAT(
      Reason(OneFeature(kString, kBigrams, Config(R"("l": 512, "xorFolds": 1, "xor_folds": 2)"))),
      HasSubstr("xorFolds and xor_folds differ"));
}

TEST(LinkageSchema, ConvertsVersion1) {
  const auto schema = ParseLinkageSchema(R"({"version": 1,
    "clkConfig": {"l": 1024, "k": 15, "hash": {"type": "doubleHash", "prevent_singularity": true},
                  "kdf": {"type": "HKDF"}},
    "features": [
      {"identifier": "id", "ignored": true},
      {"identifier": "a", "format": {"type": "string"}, "hashing": {"ngram": 2}},
      {"identifier": "b", "format": {"type": "string"},
       "hashing": {"ngram": 1, "positional": true, "weight": 0.5}},
      {"identifier": "c", "format": {"type": "string"}, "hashing": {"ngram": 2, "weight": 0}},
      {"identifier": "d", "format": {"type": "string"},
       "hashing": {"ngram": 2, "weight": 0.1, "missingValue": {"sentinel": "-"}}}]})")
                          .value();
  EXPECT_EQ(schema.version, 1);
  ASSERT_EQ(schema.features.size(), 5u);
  EXPECT_EQ(schema.features[1].bits, 15u);
  EXPECT_EQ(schema.features[1].strategy, SchemaFeature::Strategy::kBitsPerToken);
  EXPECT_EQ(schema.features[1].hash, SchemaFeature::Hash::kDoubleWithoutSingularity);
  EXPECT_EQ(schema.features[2].bits, 8u) << "7.5 rounds half to even";
  EXPECT_TRUE(schema.features[2].comparison.positional);
  EXPECT_TRUE(schema.features[3].ignored);
  EXPECT_EQ(schema.features[4].bits, 2u) << "1.5 rounds half to even";
  EXPECT_EQ(schema.features[4].missing->sentinel, "-");
}

TEST(LinkageSchema, ConvertsVersion2ToTheSameAsVersion3) {
  const auto two = ParseLinkageSchema(R"({"version": 2,
    "clkConfig": {"l": 1024, "kdf": {"type": "HKDF"}},
    "features": [{"identifier": "a", "format": {"type": "string"},
                  "hashing": {"ngram": 1, "positional": true, "strategy": {"numBits": 100}}},
                 {"identifier": "b", "format": {"type": "string"},
                  "hashing": {"ngram": 2, "strategy": {"k": 20}, "hash": {"type": "doubleHash"}}}]
    })")
                       .value();
  const auto three = ParseLinkageSchema(R"({"version": 3,
    "clkConfig": {"l": 1024, "kdf": {"type": "HKDF"}},
    "features": [{"identifier": "a", "format": {"type": "string"},
                  "hashing": {"comparison": {"type": "ngram", "n": 1, "positional": true},
                              "strategy": {"bitsPerFeature": 100}}},
                 {"identifier": "b", "format": {"type": "string"},
                  "hashing": {"comparison": {"type": "ngram", "n": 2},
                              "strategy": {"bitsPerToken": 20}, "hash": {"type": "doubleHash"}}}]
    })")
                         .value();
  ClkEncoder from_two = ClkEncoder::Create(two, Secret("s"));
  ClkEncoder from_three = ClkEncoder::Create(three, Secret("s"));
  EXPECT_EQ(EncodeRow(from_two, {"19890109", "anna"}).value(),
            EncodeRow(from_three, {"19890109", "anna"}).value());
}

TEST(LinkageSchema, RefusesWhatClkhashRefusesOrCannotRun) {
  const auto with_config = [](std::string_view config) {
    return Reason(OneFeature(kString, kBigrams, config));
  };
  const auto with_hashing = [](std::string_view hashing) {
    return Reason(OneFeature(kString, hashing));
  };
  const auto with_format = [](std::string_view format) {
    return Reason(OneFeature(format, kBigrams));
  };
  EXPECT_EQ(with_format(kString), "");
  EXPECT_THAT(Reason("[]"), HasSubstr("one JSON object"));
  EXPECT_THAT(Reason("{"), HasSubstr("one JSON object"));
  EXPECT_THAT(Reason("{}"), HasSubstr("version is missing"));
  EXPECT_THAT(Reason(R"({"version": 4})"), HasSubstr("none of 1, 2, 3"));
  EXPECT_THAT(with_config(kKdf), HasSubstr("l is missing"));
  EXPECT_THAT(with_config(R"("l": 1024)"), HasSubstr("kdf is missing"));
  EXPECT_THAT(with_config(R"("l": 1024, "kdf": {"type": "legacy"})"), HasSubstr("not HKDF"));
  EXPECT_THAT(with_config(R"("l": 1024, "kdf": {"type": "HKDF", "salt": "a"})"),
              HasSubstr("salt is no base64"));
  EXPECT_THAT(with_config(Config(R"("l": 1000)")), HasSubstr("no power of two (feature=1)"));
  EXPECT_THAT(with_config(Config(R"("l": 65536, "xor_folds": 16)")), HasSubstr("1,048,576 bits"));
  EXPECT_THAT(with_config(R"("l": 1024, "kdf": {"type": "HKDF", "keySize": 65})"),
              HasSubstr("more than 64 bytes"));
  EXPECT_THAT(with_config(R"("l": 1024, "kdf": {"type": "HKDF", "keySize": 8000})"),
              HasSubstr("so many keys"));
  EXPECT_THAT(with_config(Config(R"("l": 0)")), HasSubstr("clkConfig.l"));
  EXPECT_THAT(with_config(Config(R"("l": 99999999999999999999)")), HasSubstr("clkConfig.l"));
  EXPECT_THAT(with_format(R"({"type": "string", "pattern": "a", "case": "upper"})"),
              HasSubstr("beside a pattern"));
  EXPECT_THAT(with_format(R"({"type": "string", "pattern": "("})"), HasSubstr("group open"));
  EXPECT_THAT(with_format(R"({"type": "date", "format": "%c"})"), HasSubstr("directive"));
  EXPECT_THAT(with_format(R"({"type": "date"})"), HasSubstr("format is missing"));
  EXPECT_THAT(with_format(R"({"type": "enum"})"), HasSubstr("list of values"));
  EXPECT_THAT(with_format(R"({"type": "integer", "maxLength": 2})"), HasSubstr("not known"));
  EXPECT_THAT(with_format(R"({"type": "float"})"), HasSubstr("none of string"));
  EXPECT_THAT(with_hashing(R"({"comparison": {"type": "exact"}, "strategy": {"k": 3}})"),
              HasSubstr("one of bits per token"));
  EXPECT_THAT(with_hashing(R"({"comparison": {"type": "ngram", "n": 0},
                               "strategy": {"bitsPerToken": 3}})"),
              HasSubstr("integer of 1 to 64"));
  EXPECT_THAT(with_hashing(R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 3},
                               "hash": {"type": "blakeHash", "prevent_singularity": true}})"),
              HasSubstr("doubleHash only"));
  EXPECT_THAT(with_hashing(R"({"comparison": {"type": "numeric", "thresholdDistance": 0.1,
                               "resolution": 2}, "strategy": {"bitsPerToken": 3}})"),
              HasSubstr("comes to 0"));
  EXPECT_THAT(with_hashing(R"({"comparison": {"type": "exact"}, "strategy": {"bitsPerToken": 3},
                               "ngram": 2})"),
              HasSubstr("not known"));
}

TEST(LinkageSchema, RefusesHostileSizes) {
  EXPECT_THAT(Reason(std::string(kMaxSchemaBytes + 1, ' ')), HasSubstr("1 MiB"));
  EXPECT_THAT(Reason(std::string(100'000, '[')), HasSubstr("JSON object"));
  std::string many = R"({"version": 3, "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}},
                         "features": [)";
  for (int i = 0; i < 64; ++i) {
    many += R"({"identifier": "x", "ignored": true},)";
  }
  many.back() = ']';
  EXPECT_THAT(Reason(many + "}"), HasSubstr("so many keys"));
  EXPECT_THAT(Reason(R"({"version": 3, "clkConfig": {"l": 64, "kdf": {"type": "HKDF"}},
                         "features": []})"),
              HasSubstr("1 to 1,000 features"));
}

}  // namespace
}  // namespace tallystick::agents

#include "agents/encode/clk/linkage_schema.h"

#include <boost/json.hpp>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "agents/encode/clk/internal/date_format.h"
#include "agents/encode/clk/internal/pattern.h"
#include "agents/encode/clk/internal/unicode.h"
#include "crypto/base64.h"

namespace tallystick::agents {
namespace {

namespace json = boost::json;
using Object = json::object;

constexpr std::size_t kMaxFeatures = 1000;
constexpr std::size_t kMaxDepth = 16;

Error Refuse(Literal message) { return Error(Code::kInvalidArgument, "clk.schema", message); }

// Whether `object` has no member but those named.
bool OnlyHas(const Object& object, std::initializer_list<std::string_view> names) {
  for (const auto& member : object) {
    bool known = false;
    for (const std::string_view name : names) known = known || member.key() == name;
    if (!known) return false;
  }
  return true;
}

Result<const Object*> ObjectAt(const Object& object, std::string_view name, Literal what) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_object()) return Refuse(what);
  return &value->get_object();
}

Result<std::string> TextAt(const Object& object, std::string_view name, Literal what) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return Refuse(what);
  return std::string(value->get_string());
}

// An integer as JSON Schema has it: 3.0 is one. nullopt where the member is absent.
Result<std::optional<std::int64_t>> IntegerAt(const Object& object, std::string_view name,
                                              std::int64_t least, std::int64_t most, Literal what) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return std::optional<std::int64_t>();
  std::optional<std::int64_t> out;
  if (value->is_int64()) out = value->get_int64();
  if (value->is_double() && std::abs(value->get_double()) < 9e15 &&
      std::trunc(value->get_double()) == value->get_double()) {
    out = static_cast<std::int64_t>(value->get_double());
  }
  if (!out || *out < least || *out > most) return Refuse(what);
  return out;
}

Result<bool> BoolAt(const Object& object, std::string_view name, Literal what) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return false;
  if (!value->is_bool()) return Refuse(what);
  return value->get_bool();
}

Result<Bytes> Base64At(const Object& object, std::string_view name, Literal what) {
  if (!object.contains(name)) return Bytes();
  TS_ASSIGN_OR_RETURN(const std::string text, TextAt(object, name, what));
  auto bytes = crypto::FromBase64(text);
  if (!bytes.ok()) return Refuse(what);
  return std::move(*bytes);
}

// What all of a schema's features share.
struct Defaults {
  int version = 3;
  double v1_k = 0;                                            // clkConfig.k
  SchemaFeature::Hash v1_hash = SchemaFeature::Hash::kBlake;  // clkConfig.hash
};

Result<SchemaFeature::Hash> ReadHash(const Object& parent) {
  if (!parent.contains("hash")) return SchemaFeature::Hash::kBlake;
  TS_ASSIGN_OR_RETURN(const Object* hash, ObjectAt(parent, "hash", "hash is not an object"));
  TS_ASSIGN_OR_RETURN(const std::string type, TextAt(*hash, "type", "hash.type is missing"));
  TS_ASSIGN_OR_RETURN(const bool prevent,
                      BoolAt(*hash, "prevent_singularity", "prevent_singularity is no boolean"));
  if (type == "doubleHash") {
    return prevent ? SchemaFeature::Hash::kDoubleWithoutSingularity : SchemaFeature::Hash::kDouble;
  }
  if (type != "blakeHash") return Refuse("hash.type is neither blakeHash nor doubleHash");
  if (hash->contains("prevent_singularity")) {
    return Refuse("prevent_singularity belongs to doubleHash only");
  }
  return SchemaFeature::Hash::kBlake;
}

Result<FeatureFormat> ReadStringFormat(const Object& json) {
  FeatureFormat format;
  const bool has_pattern = json.contains("pattern");
  if (!OnlyHas(json, has_pattern ? std::initializer_list<std::string_view>{"type", "encoding",
                                                                           "pattern", "description"}
                                 : std::initializer_list<std::string_view>{
                                       "type", "encoding", "case", "minLength", "maxLength",
                                       "description"})) {
    return Refuse("a string format has a member that is not known or not allowed beside a pattern");
  }
  using Encoding = FeatureFormat::Encoding;
  if (json.contains("encoding")) {
    TS_ASSIGN_OR_RETURN(const std::string name, TextAt(json, "encoding", "encoding is no string"));
    if (name == "ascii") {
      format.encoding = Encoding::kAscii;
    } else if (name == "utf-16") {
      format.encoding = Encoding::kUtf16;
    } else if (name == "utf-32") {
      format.encoding = Encoding::kUtf32;
    } else if (name != "utf-8") {
      return Refuse("encoding is none of ascii, utf-8, utf-16, utf-32");
    }
  }
  if (has_pattern) {
    format.kind = FeatureFormat::Kind::kPattern;
    TS_ASSIGN_OR_RETURN(format.text, TextAt(json, "pattern", "pattern is no string"));
    std::u32string points;
    if (!DecodePoints(format.text, &points)) return Refuse("pattern is not UTF-8");
    TS_RETURN_IF_ERROR(Pattern::Parse(points));
    return format;
  }
  if (json.contains("case")) {
    TS_ASSIGN_OR_RETURN(const std::string name, TextAt(json, "case", "case is no string"));
    if (name == "upper") {
      format.letter_case = FeatureFormat::Case::kUpper;
    } else if (name == "lower") {
      format.letter_case = FeatureFormat::Case::kLower;
    } else if (name != "mixed") {
      return Refuse("case is none of upper, lower, mixed");
    }
  }
  TS_ASSIGN_OR_RETURN(const auto low, IntegerAt(json, "minLength", 0, INT32_MAX,
                                                "minLength is no integer of at least 0"));
  TS_ASSIGN_OR_RETURN(const auto high, IntegerAt(json, "maxLength", 1, INT32_MAX,
                                                 "maxLength is no integer of at least 1"));
  format.min_length = static_cast<std::size_t>(low.value_or(0));
  if (high) format.max_length = static_cast<std::size_t>(*high);
  return format;
}

Result<FeatureFormat> ReadFormat(const Object& feature) {
  TS_ASSIGN_OR_RETURN(const Object* json, ObjectAt(feature, "format", "format is missing"));
  TS_ASSIGN_OR_RETURN(const std::string type, TextAt(*json, "type", "format.type is missing"));
  if (json->contains("description") && !json->at("description").is_string()) {
    return Refuse("description is no string");
  }
  if (type == "string") return ReadStringFormat(*json);
  FeatureFormat format;
  if (type == "integer") {
    format.kind = FeatureFormat::Kind::kInteger;
    if (!OnlyHas(*json, {"type", "minimum", "maximum", "description"})) {
      return Refuse("an integer format has a member that is not known");
    }
    constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    TS_ASSIGN_OR_RETURN(format.minimum,
                        IntegerAt(*json, "minimum", kLeast, kMost, "minimum is no integer"));
    TS_ASSIGN_OR_RETURN(format.maximum,
                        IntegerAt(*json, "maximum", kLeast, kMost, "maximum is no integer"));
    return format;
  }
  if (type == "date") {
    format.kind = FeatureFormat::Kind::kDate;
    if (!OnlyHas(*json, {"type", "format", "description"})) {
      return Refuse("a date format has a member that is not known");
    }
    TS_ASSIGN_OR_RETURN(format.text, TextAt(*json, "format", "a date's format is missing"));
    std::u32string points;
    if (!DecodePoints(format.text, &points)) return Refuse("a date's format is not UTF-8");
    TS_RETURN_IF_ERROR(DateFormat::Parse(points));
    return format;
  }
  if (type != "enum") return Refuse("format.type is none of string, integer, date, enum");
  format.kind = FeatureFormat::Kind::kEnum;
  const json::value* values = json->if_contains("values");
  if (!OnlyHas(*json, {"type", "values", "description"}) || values == nullptr ||
      !values->is_array()) {
    return Refuse("an enum format has no list of values, or a member that is not known");
  }
  for (const json::value& value : values->get_array()) {
    if (!value.is_string()) return Refuse("a value of an enum is no string");
    format.values.emplace_back(value.get_string());
  }
  return format;
}

Result<FeatureComparison> ReadNgram(const Object& json, std::string_view n_name) {
  FeatureComparison comparison;
  TS_ASSIGN_OR_RETURN(const auto n, IntegerAt(json, n_name, 1, kMaxNgram,
                                              "an n-gram's n is no integer of 1 to 64"));
  if (!n) return Refuse("an n-gram's n is missing");
  comparison.n = static_cast<int>(*n);
  TS_ASSIGN_OR_RETURN(comparison.positional,
                      BoolAt(json, "positional", "positional is no boolean"));
  return comparison;
}

Result<FeatureComparison> ReadNumeric(const Object& json) {
  FeatureComparison comparison;
  comparison.kind = FeatureComparison::Kind::kNumeric;
  TS_ASSIGN_OR_RETURN(const auto resolution, IntegerAt(json, "resolution", 1, kMaxResolution,
                                                       "resolution is no integer of 1 to 1,000"));
  if (!resolution) return Refuse("resolution is missing");
  comparison.resolution = static_cast<int>(*resolution);
  TS_ASSIGN_OR_RETURN(const auto precision,
                      IntegerAt(json, "fractional_precision", 0, kMaxFractionalPrecision,
                                "fractional_precision is no integer of 0 to 18"));
  comparison.fractional_precision = static_cast<int>(precision.value_or(0));
  const json::value* distance = json.if_contains("thresholdDistance");
  if (distance == nullptr || !distance->is_number()) {
    return Refuse("thresholdDistance is missing or no number");
  }
  // std::nearbyint rounds half to even, as Python does. 10^18 is exact in a double.
  const double scaled = std::nearbyint(distance->to_number<double>() *
                                       std::pow(10.0, comparison.fractional_precision));
  if (!(scaled >= 1 && scaled < 9e15)) {
    return Refuse("thresholdDistance comes to 0, or is too large, at this precision");
  }
  comparison.distance = static_cast<std::int64_t>(scaled);
  return comparison;
}

Result<FeatureComparison> ReadComparison(const Object& hashing) {
  TS_ASSIGN_OR_RETURN(const Object* json,
                      ObjectAt(hashing, "comparison", "hashing.comparison is missing"));
  TS_ASSIGN_OR_RETURN(const std::string type, TextAt(*json, "type", "comparison.type is missing"));
  if (type == "ngram") return ReadNgram(*json, "n");
  if (type == "numeric") return ReadNumeric(*json);
  if (type != "exact") return Refuse("comparison.type is none of ngram, exact, numeric");
  FeatureComparison exact;
  exact.kind = FeatureComparison::Kind::kExact;
  return exact;
}

// `per_token` and `per_feature` are the version's names for the two strategies.
Status ReadStrategy(const Object& hashing, std::string_view per_token, std::string_view per_feature,
                    SchemaFeature* feature) {
  TS_ASSIGN_OR_RETURN(const Object* json,
                      ObjectAt(hashing, "strategy", "hashing.strategy is missing"));
  TS_ASSIGN_OR_RETURN(const auto token, IntegerAt(*json, per_token, 1, kMaxBitsPerToken,
                                                  "the bits of a token are no integer in bounds"));
  TS_ASSIGN_OR_RETURN(const auto whole,
                      IntegerAt(*json, per_feature, 1, kMaxBitsPerFeature,
                                "the bits of a feature are no integer in bounds"));
  if (json->size() != 1 || (!token && !whole)) {
    return Refuse("a strategy is one of bits per token and bits per feature");
  }
  feature->strategy =
      token ? SchemaFeature::Strategy::kBitsPerToken : SchemaFeature::Strategy::kBitsPerFeature;
  feature->bits = static_cast<std::size_t>(token ? *token : *whole);
  return Ok();
}

Status ReadMissing(const Object& hashing, SchemaFeature* feature) {
  if (!hashing.contains("missingValue")) return Ok();
  TS_ASSIGN_OR_RETURN(const Object* json,
                      ObjectAt(hashing, "missingValue", "missingValue is no object"));
  MissingValue missing;
  TS_ASSIGN_OR_RETURN(missing.sentinel, TextAt(*json, "sentinel", "missingValue has no sentinel"));
  if (json->contains("replaceWith")) {
    TS_ASSIGN_OR_RETURN(missing.replace_with,
                        TextAt(*json, "replaceWith", "replaceWith is no string"));
  }
  feature->missing = std::move(missing);
  return Ok();
}

// Version 1: k = round-half-even(weight · clkConfig.k), where weight 0 means ignored.
Status ReadWeight(const Object& hashing, const Defaults& defaults, SchemaFeature* feature) {
  double weight = 1;
  if (const json::value* value = hashing.if_contains("weight")) {
    if (!value->is_number()) return Refuse("weight is no number");
    weight = value->to_number<double>();
  }
  if (!(weight >= 0)) return Refuse("weight is below 0");
  feature->ignored = weight == 0;
  if (feature->ignored) return Ok();
  const double k = std::nearbyint(weight * defaults.v1_k);
  if (!(k >= 1 && k <= kMaxBitsPerToken)) return Refuse("weight times k is out of bounds");
  feature->strategy = SchemaFeature::Strategy::kBitsPerToken;
  feature->bits = static_cast<std::size_t>(k);
  feature->hash = defaults.v1_hash;
  return Ok();
}

Result<SchemaFeature> ReadFeature(const json::value& value, const Defaults& defaults) {
  if (!value.is_object()) return Refuse("a feature is no object");
  const Object& json = value.get_object();
  SchemaFeature feature;
  TS_ASSIGN_OR_RETURN(feature.identifier, TextAt(json, "identifier", "identifier is missing"));
  TS_ASSIGN_OR_RETURN(feature.ignored, BoolAt(json, "ignored", "ignored is no boolean"));
  if (feature.ignored) return feature;
  TS_ASSIGN_OR_RETURN(feature.format, ReadFormat(json));
  TS_ASSIGN_OR_RETURN(const Object* hashing, ObjectAt(json, "hashing", "hashing is missing"));
  TS_RETURN_IF_ERROR(ReadMissing(*hashing, &feature));
  if (defaults.version < 3) {
    TS_ASSIGN_OR_RETURN(feature.comparison, ReadNgram(*hashing, "ngram"));
  } else {
    if (!OnlyHas(*hashing, {"comparison", "strategy", "hash", "missingValue"})) {
      return Refuse("hashing has a member that is not known");
    }
    TS_ASSIGN_OR_RETURN(feature.comparison, ReadComparison(*hashing));
  }
  if (defaults.version == 1) {
    TS_RETURN_IF_ERROR(ReadWeight(*hashing, defaults, &feature));
    return feature;
  }
  TS_ASSIGN_OR_RETURN(feature.hash, ReadHash(*hashing));
  TS_RETURN_IF_ERROR(ReadStrategy(*hashing, defaults.version == 2 ? "k" : "bitsPerToken",
                                  defaults.version == 2 ? "numBits" : "bitsPerFeature", &feature));
  return feature;
}

Status ReadFolds(const Object& config, FoldReading reading, LinkageSchema* schema) {
  TS_ASSIGN_OR_RETURN(const auto documented,
                      IntegerAt(config, "xorFolds", 0, 16, "xorFolds is no integer of 0 to 16"));
  TS_ASSIGN_OR_RETURN(const auto as_read,
                      IntegerAt(config, "xor_folds", 0, 16, "xor_folds is no integer of 0 to 16"));
  schema->fold_spelling = documented
                              ? (as_read ? FoldSpelling::kBoth : FoldSpelling::kDocumented)
                              : (as_read ? FoldSpelling::kAsClkhashReads : FoldSpelling::kNone);
  if (reading == FoldReading::kAsClkhash018) {
    schema->folds = static_cast<int>(as_read.value_or(0));
    return Ok();
  }
  if (documented && as_read && *documented != *as_read) {
    return Refuse("xorFolds and xor_folds differ: keep one of them");
  }
  schema->folds = static_cast<int>(documented.value_or(as_read.value_or(0)));
  return Ok();
}

Status ReadConfig(const Object& config, FoldReading reading, LinkageSchema* schema) {
  TS_ASSIGN_OR_RETURN(const auto bits, IntegerAt(config, "l", 1, kMaxClkBits,
                                                 "clkConfig.l is no integer of 1 to 65,536"));
  if (!bits) return Refuse("clkConfig.l is missing");
  schema->bits = static_cast<std::size_t>(*bits);
  TS_RETURN_IF_ERROR(ReadFolds(config, reading, schema));
  if (schema->filter_bits() > kMaxFilterBits) {
    return Refuse("the filter has more than 1,048,576 bits before folding");
  }
  TS_ASSIGN_OR_RETURN(const Object* kdf, ObjectAt(config, "kdf", "clkConfig.kdf is missing"));
  TS_ASSIGN_OR_RETURN(const std::string type, TextAt(*kdf, "type", "kdf.type is missing"));
  if (type != "HKDF") return Refuse("kdf.type is not HKDF");
  if (kdf->contains("hash")) {
    TS_ASSIGN_OR_RETURN(const std::string hash, TextAt(*kdf, "hash", "kdf.hash is no string"));
    if (hash != "SHA256" && hash != "SHA512") return Refuse("kdf.hash is no SHA256 or SHA512");
    if (hash == "SHA512") schema->kdf_hash = crypto::HkdfHash::kSha512;
  }
  TS_ASSIGN_OR_RETURN(schema->kdf_salt, Base64At(*kdf, "salt", "kdf.salt is no base64"));
  TS_ASSIGN_OR_RETURN(schema->kdf_info, Base64At(*kdf, "info", "kdf.info is no base64"));
  TS_ASSIGN_OR_RETURN(const auto key_size,
                      IntegerAt(*kdf, "keySize", 1, INT32_MAX, "kdf.keySize is no integer from 1"));
  schema->kdf_key_size = static_cast<std::size_t>(key_size.value_or(64));
  return Ok();
}

// What clkhash finds out only when it runs.
Status CheckRunnable(const LinkageSchema& schema) {
  const std::size_t key_bytes = 2 * schema.features.size() * schema.kdf_key_size;
  if (key_bytes > crypto::HkdfMaxLength(schema.kdf_hash)) {
    return Refuse("HKDF does not give so many keys of this size: fewer features or SHA512");
  }
  const std::size_t filter = schema.filter_bits();
  for (std::size_t i = 0; i < schema.features.size(); ++i) {
    const SchemaFeature& feature = schema.features[i];
    if (feature.ignored || feature.hash != SchemaFeature::Hash::kBlake) continue;
    if ((filter & (filter - 1)) != 0) {
      return Refuse("the filter of a blakeHash is no power of two").With("feature", i + 1);
    }
    if (schema.kdf_key_size > 64) {
      return Refuse("a key of blakeHash has more than 64 bytes").With("feature", i + 1);
    }
  }
  return Ok();
}

}  // namespace

Result<LinkageSchema> ParseLinkageSchema(ByteView text, FoldReading fold_reading) {
  if (text.size() > kMaxSchemaBytes) return Refuse("a schema has at most 1 MiB");
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::error_code failed;
  const json::value root = json::parse(text, failed, {}, options);
  if (failed || !root.is_object()) return Refuse("a schema is one JSON object");
  const Object& json = root.get_object();

  LinkageSchema schema;
  schema.digest = crypto::Sha256(text);
  TS_ASSIGN_OR_RETURN(const auto version,
                      IntegerAt(json, "version", 1, 3, "the version is none of 1, 2, 3"));
  if (!version) return Refuse("the version is missing");
  schema.version = static_cast<int>(*version);
  TS_ASSIGN_OR_RETURN(const Object* config, ObjectAt(json, "clkConfig", "clkConfig is missing"));
  TS_RETURN_IF_ERROR(ReadConfig(*config, fold_reading, &schema));

  Defaults defaults{schema.version};
  if (schema.version == 1) {
    TS_ASSIGN_OR_RETURN(const auto k, IntegerAt(*config, "k", 1, kMaxBitsPerToken,
                                                "clkConfig.k is no integer in bounds"));
    if (!k || !config->contains("hash")) return Refuse("clkConfig.k or clkConfig.hash is missing");
    defaults.v1_k = static_cast<double>(*k);
    TS_ASSIGN_OR_RETURN(defaults.v1_hash, ReadHash(*config));
  }
  const json::value* features = json.if_contains("features");
  if (features == nullptr || !features->is_array()) return Refuse("features is missing");
  if (features->get_array().empty() || features->get_array().size() > kMaxFeatures) {
    return Refuse("a schema has 1 to 1,000 features");
  }
  for (const json::value& value : features->get_array()) {
    auto feature = ReadFeature(value, defaults);
    if (!feature.ok()) {
      return std::move(feature).error().With("feature", schema.features.size() + 1);
    }
    schema.features.push_back(std::move(*feature));
  }
  TS_RETURN_IF_ERROR(CheckRunnable(schema));
  return schema;
}

}  // namespace tallystick::agents

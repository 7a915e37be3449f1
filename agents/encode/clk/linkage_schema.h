// Linkage schemas of clkhash: how a record becomes a cryptographic long-term key (CLK).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"

namespace tallystick::agents {

// Bounds that no schema in use comes near; beyond them a schema is refused.
inline constexpr std::size_t kMaxSchemaBytes = 1u << 20;
inline constexpr std::size_t kMaxClkBits = 1u << 16;     // after folding
inline constexpr std::size_t kMaxFilterBits = 1u << 20;  // before
inline constexpr std::size_t kMaxBitsPerToken = 1u << 12;
inline constexpr std::size_t kMaxBitsPerFeature = 1u << 16;
inline constexpr int kMaxNgram = 64;
inline constexpr int kMaxResolution = 1000;
inline constexpr int kMaxFractionalPrecision = 18;

// Where a schema said how often to fold. clkhash documents `xorFolds`, and its loader reads
// `xor_folds`: a partner who runs it makes unfolded CLKs from a schema with the documented name.
enum class FoldSpelling { kNone, kDocumented, kAsClkhashReads, kBoth };

// Which of the two spellings counts.
enum class FoldReading {
  kEither,       // both
  kAsClkhash018  // `xor_folds` only, as the program clkhash 0.18 does
};

// FeatureFormat says which values are valid, and how they are written before hashing.
struct FeatureFormat {
  enum class Kind { kString, kPattern, kInteger, kDate, kEnum };
  enum class Case { kMixed, kUpper, kLower };
  enum class Encoding { kUtf8, kAscii, kUtf16, kUtf32 };

  Kind kind = Kind::kString;
  Encoding encoding = Encoding::kUtf8;           // kString, kPattern
  Case letter_case = Case::kMixed;               // kString
  std::size_t min_length = 0;                    // kString, in code points
  std::optional<std::size_t> max_length;         // kString, in code points
  std::string text;                              // kPattern: the pattern; kDate: the format
  std::optional<std::int64_t> minimum, maximum;  // kInteger
  std::vector<std::string> values;               // kEnum
};

// FeatureComparison says what the tokens of a value are.
struct FeatureComparison {
  enum class Kind { kNgram, kExact, kNumeric };

  Kind kind = Kind::kNgram;
  int n = 2;                     // kNgram
  bool positional = false;       // kNgram
  std::int64_t distance = 0;     // kNumeric: thresholdDistance · 10^fractional_precision, rounded
  int resolution = 0;            // kNumeric
  int fractional_precision = 0;  // kNumeric
};

struct MissingValue {
  std::string sentinel;
  std::optional<std::string> replace_with;
};

// SchemaFeature is one column. Of an ignored one only the identifier counts.
struct SchemaFeature {
  enum class Strategy { kBitsPerToken, kBitsPerFeature };
  enum class Hash { kBlake, kDouble, kDoubleWithoutSingularity };

  std::string identifier;
  bool ignored = false;
  FeatureFormat format;
  FeatureComparison comparison;
  Strategy strategy = Strategy::kBitsPerToken;
  std::size_t bits = 0;
  Hash hash = Hash::kBlake;
  std::optional<MissingValue> missing;
};

// LinkageSchema is a schema of version 3, or of version 1 or 2 converted to it.
struct LinkageSchema {
  int version = 3;        // as the file says
  crypto::Digest digest;  // SHA-256 of the file
  std::size_t bits = 0;   // of a CLK, after folding
  int folds = 0;          // that are made
  FoldSpelling fold_spelling = FoldSpelling::kNone;
  crypto::HkdfHash kdf_hash = crypto::HkdfHash::kSha256;
  Bytes kdf_salt, kdf_info;
  std::size_t kdf_key_size = 64;  // bytes
  std::vector<SchemaFeature> features;

  std::size_t filter_bits() const { return bits << folds; }  // before folding
};

// ParseLinkageSchema reads a schema of version 1, 2 or 3 (JSON). Fails with kInvalidArgument, a
// reason and, where there is one, the feature's number (`feature`, from 1), on what the published
// schema of its version forbids, on what clkhash cannot run (a filter that is no power of two with
// the BLAKE hash, more key bytes than HKDF gives, a pattern or date format that does not parse),
// and beyond the bounds above. A schema that gives both spellings of the fold, and differently,
// is refused: nobody knows what was meant.
//
// Source: clkhash 0.18.3, schemas v1 to v3. Cost: linear in the text.
Result<LinkageSchema> ParseLinkageSchema(ByteView text,
                                         FoldReading fold_reading = FoldReading::kEither);

}  // namespace tallystick::agents

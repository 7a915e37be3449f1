#include "agents/encode/clk/clk_encoder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "agents/encode/clk/internal/field_format.h"
#include "agents/encode/clk/internal/token_hash.h"
#include "agents/encode/clk/internal/tokens.h"
#include "agents/plaintext.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kWordBits = 64;

// XORs the filter's pieces of `bits` bits into the first.
void Fold(std::vector<std::uint64_t>& words, std::size_t filter_bits, std::size_t bits) {
  if (bits % kWordBits == 0) {
    const std::size_t piece = bits / kWordBits;
    for (std::size_t i = piece; i < filter_bits / kWordBits; ++i) words[i % piece] ^= words[i];
    return;
  }
  const auto bit = [](std::size_t i) {
    return std::uint64_t{1} << (kWordBits - 1 - i % kWordBits);
  };
  for (std::size_t i = bits; i < filter_bits; ++i) {
    if ((words[i / kWordBits] & bit(i)) == 0) continue;
    words[i % bits / kWordBits] ^= bit(i % bits);
    words[i / kWordBits] ^= bit(i);  // the last word may hold bits beyond the fold
  }
}

}  // namespace

// What does not change, and all threads share.
struct ClkEncoder::Keys {
  struct Feature {
    SchemaFeature schema;
    FieldFormat format;
    std::shared_ptr<const TokenHash> hash;
  };

  std::size_t bits = 0, filter_bits = 0;
  std::vector<std::optional<Feature>> features;  // nullopt: ignored
};

struct ClkEncoder::State {
  std::vector<std::optional<TokenCache>> caches;  // by feature
  Tokens tokens;
  std::string value;
  std::vector<std::uint64_t> filter;

  ~State() {
    crypto::Wipe(value);
    crypto::WipeMemory(filter.data(), filter.size() * sizeof(std::uint64_t));
  }
};

ClkEncoder ClkEncoder::Create(const LinkageSchema& schema, const crypto::SecretBuffer& secret) {
  auto keys = std::make_shared<Keys>();
  keys->bits = schema.bits;
  keys->filter_bits = schema.filter_bits();
  const std::size_t key_size = schema.kdf_key_size;
  Bytes material = secret.Expose([&](ByteView bytes) {
    return crypto::HkdfBytes(schema.kdf_hash, schema.kdf_salt, bytes, schema.kdf_info,
                             2 * schema.features.size() * key_size);
  });
  for (std::size_t i = 0; i < schema.features.size(); ++i) {
    const SchemaFeature& feature = schema.features[i];
    if (feature.ignored) {
      keys->features.emplace_back();
      continue;
    }
    const ByteView all(material);
    auto hash = std::make_shared<const TokenHash>(
        feature.hash, all.substr(2 * i * key_size, key_size),
        all.substr((2 * i + 1) * key_size, key_size), keys->filter_bits, feature.bits);
    keys->features.push_back(Keys::Feature{feature, FieldFormat(feature), std::move(hash)});
  }
  crypto::Wipe(material);
  return ClkEncoder(std::move(keys));
}

ClkEncoder::ClkEncoder(std::shared_ptr<const Keys> keys)
    : keys_(std::move(keys)), state_(std::make_unique<State>()) {
  for (const auto& feature : keys_->features) {
    state_->caches.emplace_back();
    if (feature) state_->caches.back().emplace(feature->hash);
  }
  state_->filter.resize((keys_->filter_bits + kWordBits - 1) / kWordBits);
}

ClkEncoder::ClkEncoder(ClkEncoder&&) noexcept = default;
ClkEncoder& ClkEncoder::operator=(ClkEncoder&&) noexcept = default;
ClkEncoder::~ClkEncoder() = default;

ClkEncoder ClkEncoder::Clone() const { return ClkEncoder(keys_); }

std::size_t ClkEncoder::clk_bytes() const { return (keys_->bits + 7) / 8; }

Status ClkEncoder::Encode(std::span<const CsvField> fields, std::uint8_t* out) {
  if (fields.size() != keys_->features.size()) {
    return Error(Code::kInvalidArgument, "clk.fields",
                 "a record has another number of fields than the schema has features")
        .With("features", keys_->features.size())
        .With("fields", fields.size());
  }
  State& state = *state_;
  std::fill(state.filter.begin(), state.filter.end(), 0);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!keys_->features[i]) continue;
    const Keys::Feature& feature = *keys_->features[i];
    const std::string_view value = PlaintextAccess::Read(fields[i]);
    std::optional<Literal> broken;
    if (value.size() > kMaxClkFieldBytes) {
      broken = Literal("the value has more than 64 KiB");
    } else {
      broken = feature.format.Format(value, &state.value);
    }
    // Only strings have an encoding; what else there is hashes as UTF-8.
    if (!broken) {
      broken =
          state.tokens.Make(feature.schema.comparison, feature.schema.format.encoding, state.value);
    }
    if (broken) {
      return Error(Code::kInvalidArgument, "clk.invalid-entry", *broken).With("feature", i + 1);
    }
    for (std::size_t t = 0; t < state.tokens.size(); ++t) {
      const std::size_t count = InsertionsOf(feature.schema, t, state.tokens.size());
      if (count == 0) break;  // and so have all that follow
      const auto positions = state.caches[i]->Positions(state.tokens[t], count);
      for (std::size_t k = 0; k < count; ++k) {
        state.filter[positions[k] / kWordBits] |=
            std::uint64_t{1} << (kWordBits - 1) >> (positions[k] % kWordBits);
      }
    }
  }
  Fold(state.filter, keys_->filter_bits, keys_->bits);
  for (std::size_t i = 0; i < clk_bytes(); ++i) {
    out[i] = static_cast<std::uint8_t>(state.filter[i / 8] >> (56 - 8 * (i % 8)));
  }
  return Ok();
}

}  // namespace tallystick::agents

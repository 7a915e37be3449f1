#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agents/encode/clk/linkage_schema.h"
#include "base/bytes.h"
#include "crypto/blake2b.h"
#include "crypto/legacy_hmac.h"

namespace tallystick::agents {

// InsertionsOf returns how many positions the token `i` of a value of `count` tokens gets. With
// bits per feature the first tokens get one more where it does not come out even.
inline std::size_t InsertionsOf(const SchemaFeature& feature, std::size_t i, std::size_t count) {
  if (feature.strategy == SchemaFeature::Strategy::kBitsPerToken) return feature.bits;
  return feature.bits / count + (i < feature.bits % count ? 1 : 0);
}

// TokenHash turns a token into positions in the filter, under one feature's two keys (clkhash,
// bloomfilter). The first k positions of a token do not depend on k.
//
// Thread safety: const methods from any thread. The keys' state is wiped.
class TokenHash {
 public:
  static constexpr std::size_t kBlock = 32;  // positions are made in blocks of so many

  // REQUIRES: `filter_bits` is a power of two for kBlake; at most kMaxFilterBits.
  TokenHash(SchemaFeature::Hash hash, ByteView key0, ByteView key1, std::size_t filter_bits,
            std::size_t max_positions);

  // Writes the first `out.size()` positions, a multiple of kBlock, at most max_positions rounded
  // up. Positions may repeat.
  void Positions(std::string_view token, std::span<std::uint32_t> out) const;

 private:
  void DoublePositions(std::string_view token, std::span<std::uint32_t> out) const;

  SchemaFeature::Hash hash_;
  std::size_t filter_bits_;
  std::vector<crypto::KeyedBlake2b> blake_;  // by block
  std::optional<crypto::LegacyHmac> sha1_, md5_;
};

// TokenCache remembers the positions of short tokens: there are few pairs of letters, and a hash
// costs far more than a look-up. It holds tokens in plain text and is wiped in the end. Memory: at
// most about 5 MiB.
//
// Thread safety: none.
class TokenCache {
 public:
  explicit TokenCache(std::shared_ptr<const TokenHash> hash);
  TokenCache(TokenCache&&) = default;
  ~TokenCache();

  // Returns at least the first `count` positions of `token`, valid until the next call.
  std::span<const std::uint32_t> Positions(std::string_view token, std::size_t count);

 private:
  struct Entry {
    std::uint64_t low = 0, high = 0;  // the token and, in the last byte, its length; 0: empty
    std::uint32_t offset = 0;         // into positions_
    std::uint32_t count = 0;
  };

  Entry& Find(std::uint64_t low, std::uint64_t high);
  void Grow();
  std::span<const std::uint32_t> Compute(std::string_view token, std::size_t count);

  std::shared_ptr<const TokenHash> hash_;
  std::vector<Entry> entries_;  // open addressing, a power of two
  std::size_t used_ = 0;
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint32_t> uncached_;
};

}  // namespace tallystick::agents

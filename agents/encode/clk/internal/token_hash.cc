#include "agents/encode/clk/internal/token_hash.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "agents/source/utf8.h"
#include "base/check.h"
#include "crypto/secret.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kMaxCachedToken = 15;
constexpr std::size_t kFirstEntries = 1u << 10;
constexpr std::size_t kMaxEntries = 1u << 15;    // 768 KiB
constexpr std::size_t kMaxPositions = 1u << 20;  // 4 MiB

std::size_t RoundUp(std::size_t count) {
  return (count + TokenHash::kBlock - 1) / TokenHash::kBlock * TokenHash::kBlock;
}

std::uint64_t Modulo(const std::uint8_t* bytes, std::size_t size, std::uint64_t modulus) {
  std::uint64_t rest = 0;
  for (std::size_t i = 0; i < size; ++i) rest = (rest << 8 | bytes[i]) % modulus;
  return rest;
}

std::uint64_t ModuloOf(const crypto::LegacyHmac& hmac, ByteView message, std::uint64_t modulus) {
  std::uint8_t tag[crypto::LegacyHmac::kMaxSize];
  hmac.Compute(message, tag);
  return Modulo(tag, hmac.size(), modulus);
}

}  // namespace

TokenHash::TokenHash(SchemaFeature::Hash hash, ByteView key0, ByteView key1,
                     std::size_t filter_bits, std::size_t max_positions)
    : hash_(hash), filter_bits_(filter_bits) {
  if (hash != SchemaFeature::Hash::kBlake) {
    sha1_.emplace(crypto::LegacyHmac::Hash::kSha1, key0);
    md5_.emplace(crypto::LegacyHmac::Hash::kMd5, key1);
    return;
  }
  TS_CHECK(filter_bits != 0 && (filter_bits & (filter_bits - 1)) == 0);
  for (std::size_t j = 0; j < RoundUp(max_positions) / kBlock; ++j) {
    crypto::KeyedBlake2b::Salt salt{};
    const std::string decimal = std::to_string(j);
    std::copy(decimal.begin(), decimal.end(), salt.begin());
    blake_.emplace_back(key0, salt);
  }
}

void TokenHash::Positions(std::string_view token, std::span<std::uint32_t> out) const {
  if (hash_ != SchemaFeature::Hash::kBlake) return DoublePositions(token, out);
  const std::uint32_t mask = static_cast<std::uint32_t>(filter_bits_ - 1);
  for (std::size_t j = 0; j < out.size() / kBlock; ++j) {
    std::uint8_t digest[crypto::KeyedBlake2b::kSize];
    blake_[j].Compute(token, digest);
    for (std::size_t i = 0; i < kBlock; ++i) {
      const std::uint32_t word = digest[2 * i] | static_cast<std::uint32_t>(digest[2 * i + 1]) << 8;
      out[j * kBlock + i] = word & mask;
    }
  }
}

void TokenHash::DoublePositions(std::string_view token, std::span<std::uint32_t> out) const {
  const std::uint64_t first = ModuloOf(*sha1_, token, filter_bits_);
  std::uint64_t step = ModuloOf(*md5_, token, filter_bits_);
  if (hash_ == SchemaFeature::Hash::kDoubleWithoutSingularity) {
    // A filter of one bit has no other step, and clkhash would try for ever.
    constexpr char32_t kMaxTries = 10'000;
    std::string longer;
    for (char32_t c = 0; step == 0 && c < kMaxTries; ++c) {
      longer = token;
      AppendUtf8(longer, c);
      step = ModuloOf(*md5_, longer, filter_bits_);
    }
    crypto::Wipe(longer);
  }
  std::uint64_t position = first;
  for (std::uint32_t& p : out) {
    p = static_cast<std::uint32_t>(position);
    position += step;
    if (position >= filter_bits_) position -= filter_bits_;
  }
}

TokenCache::TokenCache(std::shared_ptr<const TokenHash> hash)
    : hash_(std::move(hash)), entries_(kFirstEntries) {}

TokenCache::~TokenCache() {
  crypto::WipeMemory(entries_.data(), entries_.size() * sizeof(Entry));
  crypto::WipeMemory(positions_.data(), positions_.size() * sizeof(std::uint32_t));
  crypto::WipeMemory(uncached_.data(), uncached_.size() * sizeof(std::uint32_t));
}

TokenCache::Entry& TokenCache::Find(std::uint64_t low, std::uint64_t high) {
  std::uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
  mixed ^= mixed >> 32;
  for (std::size_t i = mixed;; ++i) {
    Entry& entry = entries_[i & (entries_.size() - 1)];
    if ((entry.low == low && entry.high == high) || entry.high == 0) return entry;
  }
}

void TokenCache::Grow() {
  std::vector<Entry> old(2 * entries_.size());
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.high != 0) Find(entry.low, entry.high) = entry;
  }
  crypto::WipeMemory(old.data(), old.size() * sizeof(Entry));
}

std::span<const std::uint32_t> TokenCache::Compute(std::string_view token, std::size_t count) {
  uncached_.resize(RoundUp(count));
  hash_->Positions(token, uncached_);
  return uncached_;
}

std::span<const std::uint32_t> TokenCache::Positions(std::string_view token, std::size_t count) {
  if (token.size() > kMaxCachedToken || token.empty()) return Compute(token, count);
  char packed[16] = {};
  std::memcpy(packed, token.data(), token.size());
  packed[15] = static_cast<char>(token.size());
  std::uint64_t low, high;
  std::memcpy(&low, packed, 8);
  std::memcpy(&high, packed + 8, 8);
  Entry* entry = &Find(low, high);
  if (entry->high != 0 && entry->count >= count) {
    return {positions_.data() + entry->offset, entry->count};
  }
  const std::size_t made = RoundUp(count);
  if (positions_.size() + made > kMaxPositions) return Compute(token, count);
  if (entry->high == 0) {
    if (2 * (used_ + 1) > entries_.size()) {
      if (entries_.size() == kMaxEntries) return Compute(token, count);
      Grow();
      entry = &Find(low, high);
    }
    ++used_;
  }
  // Growth may leave an unwiped copy behind; what it holds are positions, no keys or names.
  const std::size_t offset = positions_.size();
  positions_.resize(offset + made);
  *entry = {low, high, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(made)};
  hash_->Positions(token, std::span(positions_).subspan(offset));
  return {positions_.data() + offset, made};
}

}  // namespace tallystick::agents

// Randomness. FillRandom is for keys, nonces and ids; RandomStream is for bulk, such as shuffles
// and filler tokens. There is no seed anywhere: what these return is never reproducible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "base/bytes.h"

struct evp_cipher_ctx_st;

namespace tallystick::crypto {

// FillRandom writes `size` bytes from OpenSSL's generator, which the kernel seeds. Aborts when the
// generator fails: there is nothing safe to do without one. Thread safety: any thread.
void FillRandom(void* out, std::size_t size);

Bytes RandomBytes(std::size_t size);

// RandomStream is AES-256-CTR under a key drawn from FillRandom(), for bulk use at gigabytes a
// second. It is a UniformRandomBitGenerator, so std::shuffle takes it.
//
// Thread safety: none; give each worker its own. Move-only.
class RandomStream {
 public:
  using result_type = std::uint64_t;

  RandomStream();
  RandomStream(RandomStream&&) noexcept;
  // Swaps, so that what was drawn ahead is wiped with whoever has it.
  RandomStream& operator=(RandomStream&&) noexcept;
  ~RandomStream();

  void Fill(void* out, std::size_t size);

  // Uniform returns a number in [0, bound), without bias (Lemire 2019). REQUIRES: bound > 0.
  // Cost: a few nanoseconds.
  std::uint64_t Uniform(std::uint64_t bound);

  result_type operator()() { return Next(); }
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

 private:
  static constexpr std::size_t kBufferSize = 4096;
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };

  std::uint64_t Next();
  void Generate(char* out, std::size_t size);

  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
  std::unique_ptr<char[]> buffer_;
  std::size_t used_ = kBufferSize;
};

}  // namespace tallystick::crypto

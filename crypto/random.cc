#include "crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "crypto/internal/openssl.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 30;  // EVP and RAND count in int

}  // namespace

void FillRandom(void* out, std::size_t size) {
  auto* bytes = static_cast<unsigned char*>(out);
  while (size > 0) {
    const std::size_t piece = std::min(size, kPiece);
    TS_CHECK(RAND_bytes(bytes, static_cast<int>(piece)) == 1);
    bytes += piece;
    size -= piece;
  }
}

Bytes RandomBytes(std::size_t size) {
  Bytes bytes(size, '\0');
  FillRandom(bytes.data(), bytes.size());
  return bytes;
}

void RandomStream::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

RandomStream::RandomStream()
    : context_(EVP_CIPHER_CTX_new()), buffer_(std::make_unique<char[]>(kBufferSize)) {
  TS_CHECK(context_ != nullptr);
  const auto key = SecretBytes<32>::Random();
  constexpr unsigned char kZeroCounter[16] = {};
  const int keyed = key.Expose([&](ByteView bytes) {
    return EVP_EncryptInit_ex(context_.get(), EVP_aes_256_ctr(), nullptr, Unsigned(bytes),
                              kZeroCounter);
  });
  TS_CHECK(keyed == 1);
}

RandomStream::RandomStream(RandomStream&&) noexcept = default;
RandomStream& RandomStream::operator=(RandomStream&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(buffer_, other.buffer_);
  std::swap(used_, other.used_);
  return *this;
}
RandomStream::~RandomStream() {
  // Randomness handed out for an encryption would open it.
  if (buffer_ != nullptr) WipeMemory(buffer_.get(), kBufferSize);
}

void RandomStream::Generate(char* out, std::size_t size) {
  while (size > 0) {
    const std::size_t piece = std::min(size, kPiece);
    std::memset(out, 0, piece);
    int written = 0;
    TS_CHECK(EVP_EncryptUpdate(context_.get(), Unsigned(out), &written, Unsigned(out),
                               static_cast<int>(piece)) == 1);
    TS_CHECK(static_cast<std::size_t>(written) == piece);
    out += piece;
    size -= piece;
  }
}

void RandomStream::Fill(void* out, std::size_t size) {
  auto* bytes = static_cast<char*>(out);
  if (size >= kBufferSize) {
    Generate(bytes, size);
    return;
  }
  while (size > 0) {
    if (used_ == kBufferSize) {
      Generate(buffer_.get(), kBufferSize);
      used_ = 0;
    }
    const std::size_t piece = std::min(size, kBufferSize - used_);
    std::memcpy(bytes, buffer_.get() + used_, piece);
    used_ += piece;
    bytes += piece;
    size -= piece;
  }
}

std::uint64_t RandomStream::Next() {
  std::uint64_t value;
  Fill(&value, sizeof value);
  return value;
}

std::uint64_t RandomStream::Uniform(std::uint64_t bound) {
  TS_CHECK(bound > 0);
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide{Next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{Next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace tallystick::crypto

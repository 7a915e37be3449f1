// Secrets in memory: owned once, wiped when gone, read only inside a callback. Every read of raw
// key material in the project is found by searching for "Expose".
#pragma once

#include <array>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/random.h"

namespace tallystick::crypto {

// WipeMemory overwrites `size` bytes in a way that the compiler does not remove.
void WipeMemory(void* memory, std::size_t size);

// Wipe overwrites the string's whole capacity and empties it.
void Wipe(Bytes& bytes);

// ConstantTimeEqual compares without stopping at the first difference. The sizes are not secret.
bool ConstantTimeEqual(ByteView a, ByteView b);

// SecretBytes holds N secret bytes. It is move-only; a moved-from one is all zeros. The dangerous
// misuse is to let the view that Expose() passes outlive the callback.
//
// Thread safety: as an array; const access from any thread.
template <std::size_t N>
class SecretBytes {
 public:
  static constexpr std::size_t kSize = N;

  // Random draws N bytes from the system's generator.
  static SecretBytes Random() {
    return Generate([](char* out) { FillRandom(out, N); });
  }

  // FromBytes copies exactly N bytes, else fails with kInvalidArgument. The caller still owns, and
  // wipes, the source.
  static Result<SecretBytes> FromBytes(ByteView bytes) {
    if (bytes.size() != N) {
      return Error(Code::kInvalidArgument, "crypto.secret-size", "a secret has the wrong length")
          .With("expected", N)
          .With("actual", bytes.size());
    }
    SecretBytes secret;
    bytes.copy(secret.bytes_.data(), N);
    return secret;
  }

  // Generate lets `fill(char*)` write the N bytes in place, so that no copy is left behind.
  template <class Fill>
  static SecretBytes Generate(Fill&& fill) {
    SecretBytes secret;
    std::forward<Fill>(fill)(secret.bytes_.data());
    return secret;
  }

  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) { other.Clear(); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.Clear();
    }
    return *this;
  }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { Clear(); }

  // Expose calls f(ByteView) with the secret and returns what it returns.
  template <class F>
  decltype(auto) Expose(F&& f) const {
    return std::forward<F>(f)(ByteView(bytes_.data(), N));
  }

  // Takes the same time wherever the two differ.
  friend bool operator==(const SecretBytes& a, const SecretBytes& b) {
    return ConstantTimeEqual(ByteView(a.bytes_.data(), N), ByteView(b.bytes_.data(), N));
  }

  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;

 private:
  SecretBytes() = default;
  void Clear() { WipeMemory(bytes_.data(), N); }

  std::array<char, N> bytes_{};
};

// SecretBuffer holds a secret of any length, for instance a private key in PEM. Move-only and
// wiped; a moved-from one is empty.
//
// Thread safety: const access from any thread.
class SecretBuffer {
 public:
  // Takes the bytes and wipes the source, including what a short string keeps inside itself.
  explicit SecretBuffer(Bytes&& bytes);

  SecretBuffer(SecretBuffer&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretBuffer& operator=(SecretBuffer&& other) noexcept;
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;
  ~SecretBuffer();

  std::size_t size() const { return size_; }

  // Expose calls f(ByteView) with the secret and returns what it returns.
  template <class F>
  decltype(auto) Expose(F&& f) const {
    return std::forward<F>(f)(ByteView(bytes_.get(), size_));
  }

  friend std::ostream& operator<<(std::ostream&, const SecretBuffer&) = delete;

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace tallystick::crypto

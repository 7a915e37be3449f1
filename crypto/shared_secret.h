#pragma once

#include <memory>
#include <utility>

#include "crypto/secret.h"

namespace tallystick::crypto {

// SharedSecret is a SecretBuffer with several owners, for options that are copied: the copies share
// the one buffer, which is wiped with the last of them. Made from Bytes it wipes those; where they
// are a copy of something, that something is the caller's to wipe.
//
// Thread safety: as std::shared_ptr.
class SharedSecret {
 public:
  SharedSecret() = default;          // an empty secret
  SharedSecret(SecretBuffer secret)  // NOLINT(google-explicit-constructor): an option's value
      : buffer_(std::make_shared<const SecretBuffer>(std::move(secret))) {}
  SharedSecret(Bytes bytes)  // NOLINT(google-explicit-constructor): likewise
      : SharedSecret(SecretBuffer(std::move(bytes))) {}

  bool empty() const { return buffer_ == nullptr || buffer_->size() == 0; }

  // Expose calls f(ByteView) with the secret and returns what it returns.
  template <class F>
  decltype(auto) Expose(F&& f) const {
    if (buffer_ == nullptr) return std::forward<F>(f)(ByteView());
    return buffer_->Expose(std::forward<F>(f));
  }

  friend std::ostream& operator<<(std::ostream&, const SharedSecret&) = delete;

 private:
  std::shared_ptr<const SecretBuffer> buffer_;
};

}  // namespace tallystick::crypto

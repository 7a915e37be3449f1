#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/merkle.h"
#include "crypto/signature.h"
#include "matcher/service/handler.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::client {

// FakeLog serves an audit log of made-up entries and lies about it as told.
//
// Thread safety: any thread; change it between requests only.
class FakeLog final : public matcher::Handler {
 public:
  FakeLog() : signing_key_(crypto::SigningKey::Generate()) {}

  // Adds entries; every third has a body.
  void Grow(std::size_t count);
  // Takes entries from the end.
  void Shrink(std::size_t count);
  // Makes another entry of the one at `index`.
  void Rewrite(std::size_t index);

  std::string Note() const;
  const crypto::SigningKey& signing_key() const { return signing_key_; }

  // --- Lies ---
  std::string origin = "tallystick/unite-la/test";
  std::function<void(std::string&)> spoil_note;
  std::function<void(v1::ConsistencyProof&)> spoil_proof;
  std::function<void(v1::LogEntries&)> spoil_entries;
  const crypto::SigningKey* other_key = nullptr;  // signs instead

  std::variant<std::uint64_t, matcher::HttpResponse> Admit(
      const matcher::HttpRequest& head) override;
  matcher::HttpResponse Handle(matcher::HttpRequest request) override;

 private:
  crypto::MerkleTree Tree() const;

  mutable std::mutex mutex_;
  crypto::SigningKey signing_key_;
  std::vector<v1::LogEntry> entries_;
  std::uint64_t version_ = 0;
};

}  // namespace tallystick::client

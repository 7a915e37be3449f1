#include "tests/unit/client/fake_log.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "proto/checkpoint.h"
#include "proto/codec.h"
#include "proto/log_leaf.h"

namespace tallystick::client {
namespace {

constexpr std::size_t kEntriesPerAnswer = 4;

v1::LogEntry MakeEntry(std::uint64_t sequence, std::uint64_t version) {
  const std::string text = std::to_string(sequence) + " " + std::to_string(version);
  const Bytes salt(crypto::Sha256("salt " + text).view().substr(0, 16));
  const Bytes subject(crypto::Sha256("subject " + text).view());
  const Bytes payload(crypto::Sha256("payload " + text).view());
  v1::LogEntry entry;
  entry.set_sequence(sequence);
  entry.set_event("request.submitted");
  entry.set_time(1'780'000'000 + static_cast<std::int64_t>(sequence));
  entry.set_commitment(Bytes(LeafCommitment(salt, subject, payload).view()));
  if (sequence % 3 == 0) {
    entry.set_actor("pgarcia");
    entry.set_salt(salt);
    entry.set_subject(subject);
    entry.set_payload_digest(payload);
  }
  return entry;
}

// The number after `prefix`.
std::uint64_t NumberIn(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void FakeLog::Grow(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    entries_.push_back(MakeEntry(entries_.size(), version_));
  }
}

void FakeLog::Shrink(std::size_t count) { entries_.resize(entries_.size() - count); }

void FakeLog::Rewrite(std::size_t index) { entries_[index] = MakeEntry(index, ++version_); }

crypto::MerkleTree FakeLog::Tree() const {
  crypto::MerkleTree tree;
  for (const v1::LogEntry& entry : entries_) tree.Append(LeafHashOfEntry(entry).value());
  return tree;
}

std::string FakeLog::Note() const {
  const crypto::MerkleTree tree = Tree();
  std::string note = SignCheckpoint({origin, tree.size(), tree.Root()},
                                    other_key != nullptr ? *other_key : signing_key_);
  if (spoil_note) spoil_note(note);
  return note;
}

std::variant<std::uint64_t, matcher::HttpResponse> FakeLog::Admit(const matcher::HttpRequest&) {
  return std::uint64_t{0};
}

matcher::HttpResponse FakeLog::Handle(matcher::HttpRequest request) {
  constexpr std::string_view kEntries = "/v1/log/entries/";
  constexpr std::string_view kConsistency = "/v1/log/consistency/";
  const std::lock_guard lock(mutex_);
  const std::string_view target = request.target;
  matcher::HttpResponse response;
  if (target == "/v1/log/checkpoint") {
    response.body = Note();
  } else if (target.starts_with(kEntries)) {
    v1::LogEntries page;
    page.set_log_size(entries_.size());
    const auto since = static_cast<std::size_t>(NumberIn(target.substr(kEntries.size())));
    const std::size_t end = std::min(entries_.size(), since + kEntriesPerAnswer);
    for (std::size_t i = since; i < end; ++i) *page.add_entries() = entries_[i];
    if (spoil_entries) spoil_entries(page);
    response.body = Serialise(page);
  } else if (target.starts_with(kConsistency)) {
    const std::string_view range = target.substr(kConsistency.size());
    const std::uint64_t from = NumberIn(range);
    const std::uint64_t to = NumberIn(range.substr(range.find('/') + 1));
    v1::ConsistencyProof proof;
    for (const crypto::Digest& hash : Tree().ConsistencyProof(from, to)) {
      proof.add_hashes(Bytes(hash.view()));
    }
    if (spoil_proof) spoil_proof(proof);
    response.body = Serialise(proof);
  } else {
    response.status = 404;
  }
  return response;
}

}  // namespace tallystick::client

#include "agents/encode/duplicates.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "agents/encode/parallel.h"
#include "base/result.h"

namespace tallystick::agents {
namespace {

using KeyMask = std::uint32_t;  // bit k: key k is not null
constexpr KeyMask Below(std::size_t k) { return (KeyMask{1} << k) - 1; }

// Calls visit(index, row within batch, batch) for all rows.
template <class Visit>
void VisitRows(const EncodedRows& rows, Visit visit) {
  std::uint32_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    for (std::size_t i = 0; i < batch.size(); ++i) visit(index++, i, batch);
  }
}

// Calls visit(index, token) with the first token of each row whose key `k` is not null.
template <class Visit>
void VisitFirstTokens(const EncodedRows& rows, std::size_t k, Visit visit) {
  std::uint32_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    std::size_t at = 0;
    for (const std::uint8_t count : batch.token_counts[k]) {
      if (count > 0) visit(index, batch.tokens[k][at]);
      at += count;
      ++index;
    }
  }
}

// The keys of each row that are not null; 0 for a row that takes no part.
std::vector<KeyMask> MasksOf(const EncodedRows& rows, bool with_errors) {
  std::vector<KeyMask> masks(rows.row_count);
  VisitRows(rows, [&](std::uint32_t index, std::size_t i, const EncodedBatch& batch) {
    if (batch.has_error[i] != 0 && !with_errors) return;
    for (std::size_t k = 0; k < batch.token_counts.size(); ++k) {
      if (batch.token_counts[k][i] > 0) masks[index] |= KeyMask{1} << k;
    }
  });
  return masks;
}

struct PrefixedRow {
  std::uint64_t prefix;  // of the token
  std::uint32_t row;
};

// Whether some two of the masks have no bit in common. Rows of one group mostly have few distinct
// masks, which is what the cost depends on.
bool AnyDisjoint(std::vector<KeyMask>& masks) {
  const auto zeros = std::count(masks.begin(), masks.end(), KeyMask{0});
  if (zeros > 0) return masks.size() > 1;
  std::sort(masks.begin(), masks.end());
  masks.erase(std::unique(masks.begin(), masks.end()), masks.end());
  for (std::size_t a = 0; a < masks.size(); ++a) {
    for (std::size_t b = a + 1; b < masks.size(); ++b) {
      if ((masks[a] & masks[b]) == 0) return true;
    }
  }
  return false;
}

struct Suspect {
  std::uint32_t row;
  std::uint32_t key;
  Token token;
};

// The rows that share a token of key `k` with another row without sharing a stronger key that
// neither lacks. (All rows of a group with such a pair, or with a colliding prefix: they are looked
// at again.)
std::vector<std::uint32_t> SuspectRows(const EncodedRows& rows, std::size_t k,
                                       const std::vector<KeyMask>& masks) {
  std::vector<PrefixedRow> entries;
  entries.reserve(rows.row_count);
  VisitFirstTokens(rows, k, [&](std::uint32_t index, const Token& token) {
    if (masks[index] == 0) return;
    PrefixedRow entry{0, index};
    std::memcpy(&entry.prefix, token.data(), sizeof entry.prefix);
    entries.push_back(entry);
  });
  std::sort(entries.begin(), entries.end(),
            [](const PrefixedRow& a, const PrefixedRow& b) { return a.prefix < b.prefix; });
  std::vector<std::uint32_t> suspects;
  std::vector<KeyMask> stronger;
  for (auto begin = entries.begin(); begin != entries.end();) {
    const auto end = std::find_if(begin, entries.end(),
                                  [&](const PrefixedRow& e) { return e.prefix != begin->prefix; });
    if (end - begin > 1) {
      stronger.clear();
      for (auto at = begin; at != end; ++at) stronger.push_back(masks[at->row] & Below(k));
      if (AnyDisjoint(stronger)) {
        for (auto at = begin; at != end; ++at) suspects.push_back(at->row);
      }
    }
    begin = end;
  }
  std::sort(suspects.begin(), suspects.end());
  return suspects;
}

std::vector<Suspect> SuspectsOf(const EncodedRows& rows, std::size_t k,
                                const std::vector<KeyMask>& masks) {
  const std::vector<std::uint32_t> wanted = SuspectRows(rows, k, masks);
  std::vector<Suspect> suspects;
  if (wanted.empty()) return suspects;
  suspects.reserve(wanted.size());
  auto next = wanted.begin();
  VisitFirstTokens(rows, k, [&](std::uint32_t index, const Token& token) {
    if (next == wanted.end() || *next != index) return;
    suspects.push_back({index, static_cast<std::uint32_t>(k), token});
    ++next;
  });
  return suspects;
}

// KeptRows remembers, of the rows that stay, what is needed to recognise their duplicates: for each
// token, one row for each distinct set of stronger keys.
class KeptRows {
 public:
  const std::uint32_t* FindDuplicateOf(const Suspect& suspect, KeyMask mask) const {
    const Group group(suspect.key, suspect.token);
    const auto found = groups_.find(group);
    if (found == groups_.end()) return nullptr;
    for (const Member& member : found->second) {
      if ((member.stronger & mask) == 0) return &member.row;
    }
    return nullptr;
  }

  void Add(const Suspect& suspect, KeyMask mask) {
    const Group group(suspect.key, suspect.token);
    std::vector<Member>& members = groups_[group];
    const KeyMask stronger = mask & Below(suspect.key);
    const bool known = std::any_of(members.begin(), members.end(),
                                   [&](const Member& m) { return m.stronger == stronger; });
    if (!known) members.push_back({stronger, suspect.row});
  }

 private:
  struct Member {
    KeyMask stronger;
    std::uint32_t row;
  };
  using Group = std::pair<std::uint32_t, Token>;
  struct HashGroup {
    std::size_t operator()(const Group& group) const {
      std::size_t hash;
      std::memcpy(&hash, group.second.data(), sizeof hash);  // uniform already
      return hash + group.first;
    }
  };
  std::unordered_map<Group, std::vector<Member>, HashGroup> groups_;
};

}  // namespace

std::vector<Duplicate> FindDuplicates(const EncodedRows& rows, const DuplicateOptions& options) {
  if (rows.batches.empty()) return {};
  const std::vector<KeyMask> masks = MasksOf(rows, options.with_errors);
  std::vector<Suspect> suspects;
  std::mutex mutex;
  const Status done =
      RunJobs(options.thread_count, rows.batches.front().tokens.size(), [&](std::size_t k) {
        std::vector<Suspect> found = SuspectsOf(rows, k, masks);
        const std::scoped_lock lock(mutex);
        suspects.insert(suspects.end(), found.begin(), found.end());
        return Ok();
      });
  TS_CHECK(done.ok());
  const bool backwards = options.keep == KeepRow::kLast;
  std::sort(suspects.begin(), suspects.end(), [&](const Suspect& a, const Suspect& b) {
    if (a.row != b.row) return (a.row < b.row) != backwards;
    return a.key < b.key;
  });

  std::vector<Duplicate> duplicates;
  KeptRows kept;
  for (auto begin = suspects.begin(); begin != suspects.end();) {
    const auto end =
        std::find_if(begin, suspects.end(), [&](const Suspect& s) { return s.row != begin->row; });
    const KeyMask mask = masks[begin->row];
    const std::uint32_t* of = nullptr;
    for (auto at = begin; at != end && of == nullptr; ++at) of = kept.FindDuplicateOf(*at, mask);
    if (of != nullptr) {
      duplicates.push_back({begin->row, *of});
    } else {
      for (auto at = begin; at != end; ++at) kept.Add(*at, mask);
    }
    begin = end;
  }
  std::sort(duplicates.begin(), duplicates.end(),
            [](const Duplicate& a, const Duplicate& b) { return a.row < b.row; });
  return duplicates;
}

}  // namespace tallystick::agents

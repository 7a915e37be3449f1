// ProtectedTable is a table that passed disclosure control: the only kind that may be released.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agreements/rendered_table.h"
#include "agreements/witness.h"
#include "base/bytes.h"
#include "crypto/hash.h"

namespace tallystick::matcher {

// DisclosureRecord is what a release says of its review. It tells nothing of true counts, nor which
// suppressed cells were sensitive themselves.
struct DisclosureRecord {
  std::string method;            // "lp-heuristic", or "lp-heuristic, best of several orders"
  std::string protection_level;  // "full"
  std::string solver;            // "CLP 1.17.6"
  int min_cell = 0;
  int min_denominator = 0;
  bool zeros_sensitive = false;
  bool group_disclosure = true;
  std::size_t cell_count = 0;
  std::size_t suppressed_count = 0;
  std::vector<std::string> attackers;  // "outsider", "institution-left", "institution-right"
  crypto::Digest table_digest;         // of the rendered bytes that were audited
  crypto::Digest witness_digest;       // of the public witnesses
  crypto::Digest witness_left_digest, witness_right_digest;

  // Canonical text, one "key value" a line.
  Bytes Encode() const;
};

// Only DisclosureControl makes one.
//
// Thread safety: immutable.
class ProtectedTable {
 public:
  const agreements::RenderedTable& table() const { return table_; }
  // The bytes that were audited: what is signed and released.
  const Bytes& rendered() const { return rendered_; }
  std::size_t suppressed_count() const { return table_.suppressed().size(); }

  // Computed from published numbers only; stored with the release.
  const agreements::WitnessSet& witnesses() const { return witnesses_; }
  // Computed from published numbers and that institution's own submitted counts: only for it.
  const agreements::WitnessSet& witnesses_left() const { return witnesses_left_; }
  const agreements::WitnessSet& witnesses_right() const { return witnesses_right_; }

  const DisclosureRecord& record() const { return record_; }

 private:
  friend class DisclosureControl;

  explicit ProtectedTable(agreements::RenderedTable table) : table_(std::move(table)) {}

  agreements::RenderedTable table_;
  Bytes rendered_;
  agreements::WitnessSet witnesses_, witnesses_left_, witnesses_right_;
  DisclosureRecord record_;
};

}  // namespace tallystick::matcher

// One side of a comparison, laid out for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "matcher/linkage/internal/bit_order.h"
#include "matcher/linkage/similarity.h"

namespace tallystick::matcher {

// AlignedWords are zeroed words at an address that is a multiple of 64.
class AlignedWords {
 public:
  explicit AlignedWords(std::size_t size);

  std::uint64_t* data() { return words_.get(); }
  const std::uint64_t* data() const { return words_.get(); }

 private:
  struct Free {
    void operator()(std::uint64_t* words) const;
  };
  std::unique_ptr<std::uint64_t[], Free> words_;
};

enum class SideLayout {
  kRows,    // word after word of a row, then the next row
  kGroups,  // word 0 of 8 rows, word 1 of 8 rows, …: see DiceTile
};

// ComparedSide holds rows in rising order of their set bits, filled up with empty rows to a
// multiple of 8, which stand behind all others.
class ComparedSide {
 public:
  // Each row's bits are moved by `mover` where there is one: the same for both sides.
  // REQUIRES: `rows` holds whole rows.
  ComparedSide(const EncodedRows& rows, SideLayout layout, const BitMover* mover = nullptr);

  std::size_t row_count() const { return order_.size(); }  // without filling
  std::size_t group_count() const { return fewest_.size(); }
  std::size_t words() const { return words_; }

  // By place in the order.
  std::uint32_t row(std::size_t place) const { return order_[place]; }
  std::uint32_t count(std::size_t place) const { return counts_[place]; }

  const std::uint64_t* bits() const { return bits_.data(); }
  const std::uint32_t* counts() const { return counts_.data(); }  // filling included
  const std::uint32_t* fewest() const { return fewest_.data(); }  // by group

  // Word `word` of the row at `place`.
  std::uint64_t word(std::size_t place, std::size_t word) const;

  // The set bits from word `checkpoint` on, by place, filling included; aligned.
  AlignedWords Rest(std::size_t checkpoint) const;

  // The first place whose row has at least `count` set bits; row_count() where there is none.
  std::size_t FirstWith(std::uint32_t count) const;

 private:
  SideLayout layout_;
  std::size_t words_;
  std::vector<std::uint32_t> order_;   // place -> row
  std::vector<std::uint32_t> counts_;  // place -> set bits
  std::vector<std::uint32_t> fewest_;
  AlignedWords bits_;
};

}  // namespace tallystick::matcher

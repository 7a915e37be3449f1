#include "agreements/witness.h"

#include <algorithm>
#include <utility>

namespace tallystick::agreements {
namespace {

Error BadEncoding() {
  return Error(Code::kInvalidArgument, "witness.encoding", "the bytes are not encoded witnesses");
}

Error Refuse(Literal rule, Literal message, const DisclosureRules& rules) {
  return Error(Code::kPermissionDenied, "disclosure.refused", message)
      .Refused({rule, rules.clause, "a table with fewer or broader categories"});
}

void AppendVarint(Bytes& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Takes the shortest form only, at most 49 bits.
bool TakeVarint(ByteView& rest, std::uint64_t* out) {
  *out = 0;
  for (unsigned shift = 0; shift < 56 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    *out |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return (byte != 0 || shift == 0) && *out <= 2 * RenderedTable::kMaxCount;
  }
  return false;
}

// Whether the cell's line along `d` shows no positive count: then its one outcome may be hidden.
bool LineShowsNoPositiveCount(const RenderedTable& table, std::size_t cell, std::size_t d) {
  const TableShape& shape = table.shape();
  const std::size_t first = shape.With(cell, d, 0);
  for (std::uint32_t v = 0; v < shape.line_length(d); ++v) {
    const Cell& member = table[first + v * shape.stride(d)];
    if (!member.is_suppressed() && member.count() > 0) return false;
  }
  return true;
}

// Whether the cell lies in a group whose linked or not linked rows are not shown.
bool IsInHiddenSplit(const RenderedTable& table, std::size_t cell) {
  const TableShape& shape = table.shape();
  for (const Side side : {Side::kLeft, Side::kRight}) {
    const std::uint32_t own = shape.MaskOf(side);
    for (std::uint32_t mask = own;; mask = (mask - 1) & own) {
      const std::size_t split = shape.SplitCellOf(cell, side, mask);
      if (split < shape.cell_count() && table[split].is_suppressed()) return true;
      if (mask == 0) break;
    }
  }
  return false;
}

bool EveryPartIn(const std::vector<bool>& set, const TableShape& shape, std::size_t cell,
                 std::size_t d) {
  const std::size_t first = shape.With(cell, d, 0);
  for (std::uint32_t v = 0; v < shape.line_length(d); ++v) {
    if (!set[first + v * shape.stride(d)]) return false;
  }
  return true;
}

// No published number may be below a minimum.
Status CheckPublished(const RenderedTable& table, const DisclosureRules& rules,
                      const PriorKnowledge& prior) {
  const TableShape& shape = table.shape();
  const auto min_cell = static_cast<std::uint64_t>(rules.min_cell);
  const auto min_denominator = static_cast<std::uint64_t>(rules.min_denominator);
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    if (table[cell].is_suppressed()) continue;
    const std::uint64_t count = table[cell].count();
    if (shape.IsImpossible(cell)) {
      if (count == 0) continue;
      return Refuse("SDC-INCONSISTENT", "a row is linked and not linked at once", rules);
    }
    const bool unobserved = shape.IsUnobserved(cell);
    if (!unobserved && (count > 0 ? count < min_cell : rules.zeros_sensitive)) {
      return Refuse("SDC-PRIMARY", "a published count is below the minimum", rules);
    }
    if (prior.is_institution() && shape.IsSplitCell(cell, prior.side())) {
      const std::uint64_t submitted = prior.SubmittedIn(cell);
      if (count > submitted) {
        return Refuse("SDC-INCONSISTENT", "more rows than were submitted", rules);
      }
      if (submitted > 0 && (count < min_cell || submitted - count < min_cell)) {
        return Refuse("SDC-INSIDER", "a published count tells who is linked", rules);
      }
    }
    for (std::size_t d = 0; d < shape.rank() && count > 0 && !unobserved; ++d) {
      if (shape.IsAll(cell, d) || shape.line_length(d) == 1) continue;
      const Cell& group = table[shape.With(cell, d, shape.all(d))];
      if (group.is_suppressed() || group.count() < count) continue;
      if (group.count() < min_denominator) {
        return Refuse("SDC-PRIMARY", "a published share has too small a denominator", rules);
      }
    }
  }
  return Ok();
}

// Whether every sum of the table `values` is what its members add up to.
bool AddsUp(const TableShape& shape, const std::vector<std::uint64_t>& values) {
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      if (!shape.IsAll(cell, d)) continue;
      const std::size_t first = shape.With(cell, d, 0);
      std::uint64_t sum = 0;
      for (std::uint32_t v = 0; v < shape.line_length(d); ++v) {
        sum += values[first + v * shape.stride(d)];
        if (sum > 4 * RenderedTable::kMaxCount) return false;
      }
      if (sum != values[cell]) return false;
    }
  }
  return true;
}

}  // namespace

Bytes WitnessSet::Encode() const {
  Bytes out("TSW1");
  AppendU32(out, static_cast<std::uint32_t>(tables.size()));
  AppendU32(out, tables.empty() ? 0 : static_cast<std::uint32_t>(tables.front().size()));
  for (const std::vector<std::uint64_t>& table : tables) {
    for (const std::uint64_t value : table) AppendVarint(out, value);
  }
  return out;
}

Result<WitnessSet> WitnessSet::Decode(ByteView bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 4) != "TSW1") return BadEncoding();
  const std::size_t table_count = ReadU32(bytes, 4);
  const std::size_t value_count = ReadU32(bytes, 8);
  ByteView rest = bytes.substr(12);
  // Each value takes at least a byte, so the sizes are bounded by the input before allocation.
  if (table_count > kMaxTables || value_count > TableShape::kMaxCells ||
      table_count * value_count > std::min(kMaxValues, rest.size()) ||
      (table_count == 0) != (value_count == 0)) {
    return BadEncoding();
  }
  WitnessSet set;
  set.tables.assign(table_count, std::vector<std::uint64_t>(value_count));
  for (std::vector<std::uint64_t>& table : set.tables) {
    for (std::uint64_t& value : table) {
      if (!TakeVarint(rest, &value)) return BadEncoding();
    }
  }
  if (!rest.empty()) return BadEncoding();
  return set;
}

crypto::Digest WitnessSet::digest() const { return crypto::Sha256(Encode()); }

std::vector<bool> CellsThatMayBeZero(const RenderedTable& table, const DisclosureRules& rules) {
  const TableShape& shape = table.shape();
  std::vector<bool> may(shape.cell_count());
  // A cell's parts have smaller indexes, `ALL` being last.
  for (std::size_t cell = 0; cell < may.size(); ++cell) {
    if (!table[cell].is_suppressed()) {
      may[cell] = table[cell].count() == 0;
      continue;
    }
    may[cell] = rules.zeros_sensitive || IsInHiddenSplit(table, cell);
    for (std::size_t d = 0; d < shape.rank() && !may[cell]; ++d) {
      const TableDimension& dimension = shape.dimensions()[d];
      const bool hides_groups = (rules.group_disclosure || dimension.sensitive) &&
                                !dimension.observation && !shape.IsUnobserved(cell);
      may[cell] = shape.IsAll(cell, d) ? EveryPartIn(may, shape, cell, d)
                                       : hides_groups && LineShowsNoPositiveCount(table, cell, d);
    }
  }
  return may;
}

std::vector<std::uint64_t> HighestPossible(const TableShape& shape, const PriorKnowledge& prior,
                                           const std::vector<bool>& zero) {
  std::vector<std::uint64_t> highest(shape.cell_count());
  // A cell's parts have smaller indexes, `ALL` being last.
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    highest[cell] = zero[cell] ? 0 : prior[cell].high;
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      if (!shape.IsAll(cell, d)) continue;
      const std::size_t first = shape.With(cell, d, 0);
      std::uint64_t sum = 0;
      for (std::uint32_t v = 0; v < shape.line_length(d) && sum < highest[cell]; ++v) {
        const std::uint64_t part = highest[first + v * shape.stride(d)];
        sum = part == Bounds::kUnbounded ? part : sum + part;
      }
      highest[cell] = std::min(highest[cell], sum);
    }
  }
  return highest;
}

std::vector<WitnessNeed> NeedsOf(const RenderedTable& table, const PriorKnowledge& prior,
                                 const DisclosureRules& rules) {
  const TableShape& shape = table.shape();
  const auto min_cell = static_cast<std::uint64_t>(rules.min_cell);
  std::vector<std::uint64_t> highest;
  if (prior.is_institution()) {
    std::vector<bool> zero(shape.cell_count(), false);
    for (std::size_t cell = 0; cell < zero.size(); ++cell) {
      zero[cell] = !table[cell].is_suppressed() && table[cell].count() == 0;
    }
    highest = HighestPossible(shape, prior, zero);
  }
  const std::vector<bool> may_be_zero = CellsThatMayBeZero(table, rules);
  std::vector<WitnessNeed> needs;
  for (const std::size_t cell : table.suppressed()) {
    const Bounds& known = prior[cell];
    WitnessNeed& need = needs.emplace_back();
    need.floor = std::max<std::uint64_t>(known.low, may_be_zero[cell] ? 0 : 1);
    if (known.IsExact()) {
      need.high = known.high;  // the reader's own number: the table tells nothing new
      continue;
    }
    // Outsiders, and institutions of who of their own is linked, must not learn from zeros either.
    const bool full = !prior.is_institution() || shape.IsSplitCell(cell, prior.side());
    const std::uint64_t possible = full ? known.high : highest[cell];
    need.high = std::min(min_cell, possible);
    need.width = possible > need.floor ? std::min(min_cell - 1, possible - need.floor) : 0;
  }
  return needs;
}

Status CheckWitnesses(const RenderedTable& table, const WitnessSet& witnesses,
                      const DisclosureRules& rules, const OwnCounts* own) {
  const TableShape& shape = table.shape();
  PriorKnowledge prior(shape);
  if (own != nullptr) {
    TS_ASSIGN_OR_RETURN(prior, PriorKnowledge::Of(shape, *own));
  }
  TS_RETURN_IF_ERROR(CheckPublished(table, rules, prior));

  const std::vector<std::size_t>& suppressed = table.suppressed();
  const std::vector<WitnessNeed> needs = NeedsOf(table, prior, rules);
  std::vector<std::uint64_t> values(shape.cell_count(), 0);
  for (std::size_t cell = 0; cell < values.size(); ++cell) {
    if (!table[cell].is_suppressed()) values[cell] = table[cell].count();
  }
  if (suppressed.empty() && (!witnesses.tables.empty() || !AddsUp(shape, values))) {
    return Refuse("SDC-INCONSISTENT", "the published numbers do not add up", rules);
  }

  std::vector<std::uint64_t> low(suppressed.size(), Bounds::kUnbounded);
  std::vector<std::uint64_t> high(suppressed.size(), 0);
  for (const std::vector<std::uint64_t>& witness : witnesses.tables) {
    if (witness.size() != suppressed.size()) {
      return Refuse("SDC-INCONSISTENT", "a witness is not of this table", rules);
    }
    for (std::size_t i = 0; i < suppressed.size(); ++i) {
      const std::uint64_t value = witness[i];
      if (value < needs[i].floor || value > prior[suppressed[i]].high ||
          value > 2 * RenderedTable::kMaxCount) {
        return Refuse("SDC-INCONSISTENT", "a witness contradicts what the reader knows", rules);
      }
      values[suppressed[i]] = value;
      low[i] = std::min(low[i], value);
      high[i] = std::max(high[i], value);
    }
    if (!AddsUp(shape, values)) {
      return Refuse("SDC-INCONSISTENT", "a witness does not add up", rules);
    }
  }
  for (std::size_t i = 0; i < suppressed.size(); ++i) {
    const bool shown = low[i] <= high[i];
    if (!shown || high[i] < needs[i].high || high[i] - low[i] < needs[i].width) {
      return prior.is_institution()
                 ? Refuse("SDC-INSIDER", "an institution can bound a suppressed count", rules)
                 : Refuse("SDC-NARROW", "a suppressed count can be bounded too tightly", rules);
    }
  }
  return Ok();
}

}  // namespace tallystick::agreements

// Tables and witnesses: lp(table) lp(witnesses). What decodes encodes to the same bytes, and
// checking it ends in a verdict.
#include <vector>

#include "agreements/rendered_table.h"
#include "agreements/witness.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;
using agreements::WitnessSet;

// Larger ones only cost time.
constexpr std::size_t kMaxCheckedCells = 4096;
constexpr std::size_t kMaxCheckedTables = 64;

ByteView TakeLp(ByteView& rest) {
  if (rest.size() < 4) return rest;
  const std::size_t size = ReadU32(rest, 0);
  const ByteView taken = rest.substr(4, size);
  rest.remove_prefix(4 + taken.size());
  return taken;
}

// What an institution would submit: forty rows in every group.
agreements::OwnCounts Own(const TableShape& shape, Side side) {
  std::size_t groups = 1;
  for (const auto& dimension : shape.dimensions()) {
    if (dimension.side == side) groups *= dimension.cardinality;
  }
  return {side, std::vector<std::uint64_t>(groups, 40)};
}

void Check(const RenderedTable& table, const WitnessSet& witnesses) {
  if (table.shape().cell_count() > kMaxCheckedCells) return;
  if (witnesses.tables.size() > kMaxCheckedTables) return;
  const agreements::DisclosureRules rules;
  const Status outsider = CheckWitnesses(table, witnesses, rules, nullptr);
  TS_CHECK(outsider.ok() || outsider.error().refusal().has_value());
  for (const Side side : {Side::kLeft, Side::kRight}) {
    const auto own = Own(table.shape(), side);
    const Status insider = CheckWitnesses(table, witnesses, rules, &own);
    TS_CHECK(insider.ok() || insider.error().refusal().has_value());
  }
  // Without witnesses, a table passes only when nothing is hidden.
  if (!table.suppressed().empty()) {
    TS_CHECK(!CheckWitnesses(table, WitnessSet(), rules, nullptr).ok());
  }
}

}  // namespace

bool FuzzOne(ByteView input) {
  const ByteView table_bytes = TakeLp(input);
  const ByteView witness_bytes = TakeLp(input);
  const Result<RenderedTable> table = RenderedTable::Decode(table_bytes);
  const Result<WitnessSet> witnesses = WitnessSet::Decode(witness_bytes);
  if (table.ok()) TS_CHECK(table->Encode() == table_bytes);
  if (witnesses.ok()) TS_CHECK(witnesses->Encode() == witness_bytes);
  if (!table.ok() || !witnesses.ok()) return false;
  Check(*table, *witnesses);
  return true;
}

}  // namespace tallystick

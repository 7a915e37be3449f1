#include "agreements/rendered_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"

namespace tallystick::agreements {
namespace {

constexpr ByteView kMagic = "TSR1";
// Added to a dimension's side.
constexpr unsigned kSensitive = 2;
constexpr unsigned kObservation = 4;

Error BadEncoding() {
  return Error(Code::kInvalidArgument, "table.encoding", "the bytes are not an encoded table");
}

// Reads forward through bytes that may be anything.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  bool Take(std::size_t size, ByteView* out) {
    if (rest_.size() < size) return false;
    *out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  bool TakeU8(std::uint8_t* out) {
    ByteView bytes;
    if (!Take(1, &bytes)) return false;
    *out = static_cast<std::uint8_t>(bytes[0]);
    return true;
  }
  bool TakeU32(std::uint32_t* out) {
    ByteView bytes;
    if (!Take(4, &bytes)) return false;
    *out = ReadU32(bytes, 0);
    return true;
  }
  bool TakeU64(std::uint64_t* out) {
    ByteView bytes;
    if (!Take(8, &bytes)) return false;
    *out = ReadU64(bytes, 0);
    return true;
  }
  bool done() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

}  // namespace

std::uint64_t Cell::count() const {
  TS_CHECK(count_.has_value());
  return *count_;
}

RenderedTable::RenderedTable(TableShape shape, std::vector<Cell> cells)
    : shape_(std::move(shape)), cells_(std::move(cells)) {
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    if (cells_[cell].is_suppressed()) suppressed_.push_back(cell);
  }
}

Result<RenderedTable> RenderedTable::Create(TableShape shape, std::vector<Cell> cells) {
  const bool in_range = std::all_of(cells.begin(), cells.end(), [](const Cell& cell) {
    return cell.is_suppressed() || cell.count() <= kMaxCount;
  });
  if (cells.size() != shape.cell_count() || !in_range) {
    return Error(Code::kInvalidArgument, "table.cells", "the cells are not those of the shape");
  }
  return RenderedTable(std::move(shape), std::move(cells));
}

Bytes RenderedTable::Encode() const {
  Bytes out(kMagic);
  out.push_back(static_cast<char>(shape_.cohort()));
  out.push_back(static_cast<char>(shape_.rank()));
  for (const TableDimension& dimension : shape_.dimensions()) {
    AppendLp(out, dimension.name);
    AppendU32(out, dimension.cardinality);
    out.push_back(static_cast<char>(static_cast<unsigned>(dimension.side) +
                                    (dimension.sensitive ? kSensitive : 0u) +
                                    (dimension.observation ? kObservation : 0u)));
  }
  for (const Cell& cell : cells_) {
    out.push_back(cell.is_suppressed() ? '\0' : '\1');
    if (!cell.is_suppressed()) AppendU64(out, cell.count());
  }
  return out;
}

Result<RenderedTable> RenderedTable::Decode(ByteView bytes) {
  Reader reader(bytes);
  ByteView magic;
  std::uint8_t cohort = 0;
  std::uint8_t rank = 0;
  if (!reader.Take(kMagic.size(), &magic) || magic != kMagic || !reader.TakeU8(&cohort) ||
      cohort > static_cast<std::uint8_t>(Cohort::kRight) || !reader.TakeU8(&rank) ||
      rank > TableShape::kMaxDimensions) {
    return BadEncoding();
  }
  std::vector<TableDimension> dimensions(rank);
  for (TableDimension& dimension : dimensions) {
    std::uint32_t size = 0;
    ByteView name;
    std::uint8_t flags = 0;
    if (!reader.TakeU32(&size) || !reader.Take(size, &name) ||
        !reader.TakeU32(&dimension.cardinality) || !reader.TakeU8(&flags) || flags > 5) {
      return BadEncoding();
    }
    dimension.name = std::string(name);
    dimension.side = static_cast<Side>(flags & 1u);
    dimension.sensitive = (flags & kSensitive) != 0;
    dimension.observation = (flags & kObservation) != 0;
    dimension.with_not_linked =
        cohort != static_cast<std::uint8_t>(Cohort::kLinked) &&
        (cohort == static_cast<std::uint8_t>(Cohort::kLeft)) != (dimension.side == Side::kLeft);
  }
  Result<TableShape> shape = TableShape::Create(static_cast<Cohort>(cohort), std::move(dimensions));
  if (!shape.ok()) return BadEncoding();
  std::vector<Cell> cells;
  cells.reserve(shape->cell_count());
  for (std::size_t i = 0; i < shape->cell_count(); ++i) {
    std::uint8_t status = 0;
    std::uint64_t count = 0;
    if (!reader.TakeU8(&status) || status > 1 || (status == 1 && !reader.TakeU64(&count)) ||
        count > kMaxCount) {
      return BadEncoding();
    }
    cells.push_back(status == 1 ? Cell::Published(count) : Cell::Suppressed());
  }
  if (!reader.done()) return BadEncoding();
  return RenderedTable(*std::move(shape), std::move(cells));
}

}  // namespace tallystick::agreements

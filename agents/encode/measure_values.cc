#include "agents/encode/measure_values.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "agreements/statistics.h"
#include "base/check.h"

namespace tallystick::agents {
namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
static_assert(kNone > agreements::kMaxStoredMeasure);
// Rows in the clear on the stack at a time.
constexpr std::size_t kBlock = 1024;

// Neither branches on the value.
std::uint64_t ToEncrypt(std::uint32_t stored, MeasurePower power) {
  const std::uint64_t observed = stored != kNone ? 1 : 0;
  const std::uint64_t value = stored * observed;
  return power == MeasurePower::kSquare ? value * value : value;
}

}  // namespace

void MeasureValues::Values::Wipe() {
  ::explicit_bzero(by_row.data(), by_row.size() * sizeof(std::uint32_t));
}

MeasureValues::MeasureValues(std::size_t row_count) {
  PlaintextAccess::Edit(values_).by_row.assign(row_count, kNone);
}

std::size_t MeasureValues::size() const { return PlaintextAccess::Read(values_).by_row.size(); }

void MeasureValues::Set(std::size_t row, const Plaintext<StoredMeasure>& value) {
  TS_CHECK(row < size());
  const StoredMeasure& stored = PlaintextAccess::Read(value);
  TS_CHECK(stored.value <= agreements::kMaxStoredMeasure);
  PlaintextAccess::Edit(values_).by_row[row] = stored.observed ? stored.value : kNone;
}

void MeasureValues::Copy(std::size_t row, const MeasureValues& from, std::size_t from_row) {
  TS_CHECK(row < size() && from_row < from.size());
  PlaintextAccess::Edit(values_).by_row[row] = PlaintextAccess::Read(from.values_).by_row[from_row];
}

bool MeasureValues::IsObserved(std::size_t row) const {
  TS_CHECK(row < size());
  return PlaintextAccess::Read(values_).by_row[row] != kNone;
}

void MeasureValues::Encrypt(const crypto::Encryptor& encryptor, MeasurePower power,
                            std::size_t first, std::size_t count, crypto::RandomStream& random,
                            Bytes& out) const {
  TS_CHECK(first <= size() && count <= size() - first);
  out.reserve(out.size() + count * crypto::Ciphertext::kSize);
  const std::vector<std::uint32_t>& by_row = PlaintextAccess::Read(values_).by_row;
  std::array<std::uint64_t, kBlock> block;
  for (std::size_t done = 0; done < count;) {
    const std::size_t rows = std::min(kBlock, count - done);
    for (std::size_t i = 0; i < rows; ++i) block[i] = ToEncrypt(by_row[first + done + i], power);
    encryptor.Encrypt(std::span(block).first(rows), random, out);
    done += rows;
  }
  ::explicit_bzero(block.data(), sizeof(block));
}

}  // namespace tallystick::agents

// The values of one measure between the file and the encryption.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agents/plaintext.h"
#include "agents/validate/stored_measure.h"
#include "base/bytes.h"
#include "crypto/elgamal.h"

namespace tallystick::agents {

// Which number of a row is encrypted.
enum class MeasurePower { kValue, kSquare };

// MeasureValues are a measure's stored values by row. They are persons' values: wiped when the
// object goes, and read by nobody. What comes out is which rows have one, and ciphertexts.
//
// Thread safety: const access from any thread.
class MeasureValues {
 public:
  // Of `row_count` rows, of which none has a value yet. Four bytes a row.
  explicit MeasureValues(std::size_t row_count);
  MeasureValues(MeasureValues&&) = default;
  MeasureValues& operator=(MeasureValues&&) = default;

  std::size_t size() const;

  // REQUIRES: row below size().
  void Set(std::size_t row, const Plaintext<StoredMeasure>& value);
  // Sets `row` to what row `from_row` of `from` is.
  void Copy(std::size_t row, const MeasureValues& from, std::size_t from_row);

  bool IsObserved(std::size_t row) const;

  // Encrypt appends the ciphertexts of rows first to first + count - 1 to `out`: of 0 where a row
  // has no value, which looks like any other. Cost: about 15 µs a row.
  void Encrypt(const crypto::Encryptor& encryptor, MeasurePower power, std::size_t first,
               std::size_t count, crypto::RandomStream& random, Bytes& out) const;

 private:
  struct Values {
    std::vector<std::uint32_t> by_row;  // never grows: what it left behind would not be wiped

    void Wipe();
  };

  Plaintext<Values> values_;
};

}  // namespace tallystick::agents

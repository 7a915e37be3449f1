// Encryption with the randomness given, so that tests can compare it with the definition. Nothing
// but elgamal.cc and tests includes this: randomness used twice opens both ciphertexts.
#pragma once

#include <cstdint>
#include <span>

#include "crypto/internal/comb.h"

namespace tallystick::crypto {

// EncryptBatch writes for each i the 130 bytes (r_i·G, (value_i + 2^40)·G + r_i·P). All multiples
// are added up in affine form, where one inversion serves the whole batch: 6 multiplications an
// addition. False, with nothing useful written, when two points to be added have the same x: these
// formulas have no answer then, and random r_i never lead there.
// REQUIRES: as many randoms as values; key = kScalarWindows windows of P; values below 2^40.
bool EncryptBatch(const CombTable& key, std::span<const std::uint64_t> values,
                  std::span<const CombDigits> randoms, char* out);

}  // namespace tallystick::crypto

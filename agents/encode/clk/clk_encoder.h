#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "agents/encode/clk/linkage_schema.h"
#include "agents/source/csv_reader.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::agents {

inline constexpr std::size_t kMaxClkFieldBytes = 64u << 10;

// ClkEncoder makes the CLKs that clkhash 0.15 to 0.18 makes of the same records, schema and secret,
// bit for bit. The result is the *plain* encoding: graph matching re-identifies most of it from a
// list of the population (docs/encoding.md). Hand it to a partner who runs clkhash, or harden it;
// the dangerous misuse is to take it for anonymous.
//
// Thread safety: none, since it remembers tokens; give each thread its own by Clone(), which shares
// the keys. Move-only. Cost: about 3 µs a record of nine features once the tokens have been seen.
class ClkEncoder {
 public:
  // Derives each feature's keys from `secret` (any length; the same bytes at every partner). The
  // schema must come from ParseLinkageSchema.
  static ClkEncoder Create(const LinkageSchema& schema, const crypto::SecretBuffer& secret);

  ClkEncoder(ClkEncoder&&) noexcept;
  ClkEncoder& operator=(ClkEncoder&&) noexcept;
  ~ClkEncoder();

  ClkEncoder Clone() const;

  // Of one CLK. Its last byte is padded with zero bits.
  std::size_t clk_bytes() const;

  // Encode writes clk_bytes() bytes, bit 0 first and in the highest place of the first byte.
  // `fields` has one field per feature of the schema, ignored ones included; else it fails with
  // kInvalidArgument. A value that clkhash refuses fails with kInvalidArgument, the rule and
  // `feature`, counted from 1; so does one of more than 64 KiB. `out` is then undefined.
  Status Encode(std::span<const CsvField> fields, std::uint8_t* out);

 private:
  struct Keys;
  struct State;

  explicit ClkEncoder(std::shared_ptr<const Keys> keys);

  std::shared_ptr<const Keys> keys_;
  std::unique_ptr<State> state_;
};

}  // namespace tallystick::agents

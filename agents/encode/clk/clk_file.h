// CLK files: what clkhash and anonlink exchange.
#pragma once

#include <cstddef>
#include <string>

#include "agents/encode/clk/clk_encoder.h"
#include "agents/encode/clk/linkage_schema.h"
#include "agents/source/csv_reader.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::agents {

// ClkColumn is one CLK per row, all of one length. The bytes are data about persons.
struct ClkColumn {
  std::size_t clk_bytes = 0;  // of one CLK
  Bytes bytes;                // row after row

  std::size_t size() const { return clk_bytes == 0 ? 0 : bytes.size() / clk_bytes; }
  ByteView operator[](std::size_t row) const {
    return ByteView(bytes).substr(row * clk_bytes, clk_bytes);
  }
};

// EncodeClks encodes all rows that `reader` has left, whose header must be the schema's
// identifiers, in its order. Fails with kInvalidArgument on another header (`column`, from 1), and
// on the first bad row: `row` counts as CsvProblem does. Memory: the column.
Result<ClkColumn> EncodeClks(CsvReader& reader, const LinkageSchema& schema,
                             const crypto::SecretBuffer& secret);

// ClkJson writes `{"clks": ["<base64>", …]}`, byte for byte as clkhash does.
std::string ClkJson(const ClkColumn& column);

// ParseClkJson reads such a file, or the form `{"clknblocks": [["<base64>", "<block>", …], …]}`,
// whose blocks are dropped. Line breaks inside base64 are tolerated. The file says neither the
// length nor the schema nor whose records these are: `clk_bits` is the length agreed on, 0 where
// there is none. Fails with kInvalidArgument, and `row` from 1 where there is one, on a CLK of
// another length (than the first, where none is agreed on), on bits set behind `clk_bits`, and on
// what is not such a file. Memory: the column and one CLK. Cost: linear.
Result<ClkColumn> ParseClkJson(ByteView text, std::size_t clk_bits = 0);

}  // namespace tallystick::agents

// A linkage schema from a partner; what is accepted encodes odd rows, twice alike.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "agents/encode/clk/clk_encoder.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

using agents::ClkEncoder;
using agents::CsvField;

constexpr std::array<std::string_view, 8> kValues = {
    "", "michaela", "1915-11-11", "007", "-3.14159", "KÉVIN \U0001F600", "\xff", "F"};

}  // namespace

bool FuzzOne(ByteView input) {
  const auto schema = agents::ParseLinkageSchema(input);
  const auto compatible = agents::ParseLinkageSchema(input, agents::FoldReading::kAsClkhash018);
  if (!schema.ok()) {
    TS_CHECK(!schema.error().message().empty());
    return false;
  }
  // Unfolded, the filter of a BLAKE hash may have another length than a power of two.
  TS_CHECK(compatible.ok() || schema->folds > 0);
  TS_CHECK(schema->filter_bits() <= agents::kMaxFilterBits && !schema->features.empty());
  ClkEncoder encoder = ClkEncoder::Create(*schema, crypto::SecretBuffer(Bytes("secret")));
  TS_CHECK(encoder.clk_bytes() == (schema->bits + 7) / 8);
  std::vector<std::uint8_t> first(encoder.clk_bytes()), again(encoder.clk_bytes());
  for (std::size_t turn = 0; turn < kValues.size(); ++turn) {
    std::vector<CsvField> row;
    for (std::size_t i = 0; i < schema->features.size(); ++i) {
      row.emplace_back(kValues[(i + turn) % kValues.size()]);
    }
    const Status encoded = encoder.Encode(row, first.data());
    // One that remembers no token from before.
    ClkEncoder fresh = encoder.Clone();
    TS_CHECK(fresh.Encode(row, again.data()).ok() == encoded.ok());
    TS_CHECK(!encoded.ok() || first == again);
  }
  return true;
}

}  // namespace tallystick

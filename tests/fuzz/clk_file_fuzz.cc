// A partner's file of CLKs: what is read is written and read back the same.
#include "agents/encode/clk/clk_file.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {

bool FuzzOne(ByteView input) {
  const auto column = agents::ParseClkJson(input);
  const auto agreed = agents::ParseClkJson(input, 16);
  if (!column.ok()) {
    TS_CHECK(!agreed.ok());
    return false;
  }
  TS_CHECK(column->size() * column->clk_bytes == column->bytes.size());
  TS_CHECK(!agreed.ok() || agreed->bytes == column->bytes);
  const auto again = agents::ParseClkJson(agents::ClkJson(*column));
  TS_CHECK(again.ok() && again->bytes == column->bytes);
  return true;
}

}  // namespace tallystick

// The function that libFuzzer calls.
#include <cstddef>
#include <cstdint>

#include "base/log.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tallystick::SetLogLevel(tallystick::Level::kError);
  tallystick::FuzzOne(tallystick::ByteView(reinterpret_cast<const char*>(data), size));
  return 0;
}

#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace tallystick {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

// The line without its time, which is the first field.
std::string WithoutTime(std::string line) {
  const std::size_t level = line.find("\"level\"");
  EXPECT_NE(level, std::string::npos) << line;
  return "{" + line.substr(level);
}

TEST(Log, AnEventIsOneLineOfJson) {
  CaptureStderr();
  LogEvent(Level::kInfo, "matcher.ready", {{"port", std::uint64_t{8443}}, {"who", Name("csun")}});
  const std::string line = GetCapturedStderr();
  EXPECT_TRUE(line.starts_with("{\"ts\":\"20")) << line;
  EXPECT_EQ(WithoutTime(line),
            "{\"level\":\"info\",\"event\":\"matcher.ready\",\"port\":8443,\"who\":\"csun\"}\n");
}

TEST(Log, AnErrorComesWithItsFieldsAndNeverWithAValue) {
  CaptureStderr();
  LogError(Level::kWarning, "csv.bad",
           Error(Code::kInvalidArgument, "csv.quote", "a \"quote\" is not closed")
               .With("row", std::uint64_t{7})
               .With("column", Name("Mar\xC3\xAD\x61 Garc\xC3\xAD\x61")));
  EXPECT_EQ(WithoutTime(GetCapturedStderr()),
            "{\"level\":\"warning\",\"event\":\"csv.bad\",\"error\":\"csv.quote\","
            "\"message\":\"a \\\"quote\\\" is not closed\",\"row\":7,\"column\":\"?\"}\n");
}

TEST(Log, DropsWhatIsBelowTheLevel) {
  CaptureStderr();
  LogEvent(Level::kDebug, "not.shown");
  SetLogLevel(Level::kError);
  LogEvent(Level::kWarning, "not.shown");
  LogError(Level::kInfo, "not.shown", Error(Code::kInternal, "a.b", "words"));
  SetLogLevel(Level::kDebug);
  LogEvent(Level::kDebug, "shown");
  SetLogLevel(Level::kInfo);
  const std::string text = GetCapturedStderr();
  EXPECT_EQ(text.find("not.shown"), std::string::npos);
  EXPECT_NE(text.find("\"shown\""), std::string::npos);
}

}  // namespace
}  // namespace tallystick

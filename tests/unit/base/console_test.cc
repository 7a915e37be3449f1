#include "base/console.h"

#include <gtest/gtest.h>

namespace tallystick {
namespace {

TEST(Console, FactsAreOneJsonObjectOfStringsInTheirOrder) {
  EXPECT_EQ(FactsJson({}), "{}");
  EXPECT_EQ(FactsJson({{"b", "1"}, {"a", "say \"x\"\n"}}),
            "{\"b\":\"1\",\"a\":\"say \\\"x\\\"\\n\"}");
}

TEST(Console, TellsAPersonASentenceAndAProgramTheFacts) {
  testing::internal::CaptureStdout();
  PrintDone("revoked ada", {{"revoked", "ada"}}, OutputForm::kText);
  PrintDone("revoked ada", {{"revoked", "ada"}}, OutputForm::kJson);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "revoked ada\n{\"revoked\":\"ada\"}\n");
}

std::string Usage(std::vector<const char*> arguments) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(ReportUsage(static_cast<int>(arguments.size()), arguments.data()), ExitCode::kUsage);
  return testing::internal::GetCapturedStdout();
}

TEST(Console, ReportsUsageAsJsonToWhoAskedForJsonAnywhere) {
  EXPECT_EQ(Usage({"program", "no-such-verb"}), "");
  EXPECT_EQ(Usage({"program", "--output", "text"}), "");
  EXPECT_EQ(Usage({"program", "--output"}), "");
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{"program", "--output", "json", "no-such-verb"},
                                             {"program", "no-such-verb", "--output=json"}}) {
    EXPECT_EQ(Usage(arguments).find("{\"error\":{\"id\":\"usage.arguments\""), 0u);
  }
}

}  // namespace
}  // namespace tallystick

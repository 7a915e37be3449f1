#include "matcher/cli/config.h"

#include <gtest/gtest.h>

#include "base/exit_code.h"

namespace tallystick::matcher {
namespace {

struct Parsed {
  Result<Config> config;
  std::string problem;
};
Parsed Parse(const std::string& text) {
  std::string problem;
  Result<Config> config = ParseConfig(text, "/home/matcher", &problem);
  return {std::move(config), std::move(problem)};
}

// A setting of [limits] or [timeouts], its bounds, and where it arrives.
struct NumberCase {
  const char* table;
  const char* key;
  std::uint64_t least, most;
  std::uint64_t (*read)(const Config&);
};
#define LIMIT(name, least, most)                                                               \
  {                                                                                            \
    "limits", #name, least, most, [](const Config& c) { return std::uint64_t{c.limits.name}; } \
  }
#define SECONDS(name, least)                                                                \
  {                                                                                         \
    "timeouts", #name, least, 86'400,                                                       \
        [](const Config& c) { return static_cast<std::uint64_t>(c.timeouts.name.count()); } \
  }
const NumberCase kNumbers[] = {
    LIMIT(connections, 1, 100'000),
    LIMIT(connections_per_address, 1, 100'000),
    LIMIT(worker_threads, 1, 256),
    LIMIT(queued_requests, 1, 100'000),
    LIMIT(header_bytes, 1024, 65'536),
    LIMIT(header_fields, 8, 1024),
    LIMIT(target_bytes, 256, 8192),
    LIMIT(bodies_in_flight_mib, 8, 1'000'000),
    LIMIT(upload_floor_mib, 0, 1'000'000),
    LIMIT(record_floor_mib, 16, 1'000'000),
    LIMIT(view_floor_mib, 32, 1'000'000),
    LIMIT(linkage_memory_mib, 64, 1'000'000),
    LIMIT(linkage_threads, 0, 256),
    SECONDS(handshake, 1),
    SECONDS(header, 1),
    SECONDS(idle, 1),
    {"timeouts", "body_bytes_per_second", 1, 1'000'000'000,
     [](const Config& c) { return c.timeouts.body_bytes_per_second; }},
    SECONDS(transfer_grace, 0),
    SECONDS(drain, 0),
    SECONDS(disclosure, 1),
    SECONDS(administration, 1),
};
#undef LIMIT
#undef SECONDS

std::string Setting(const NumberCase& number, std::uint64_t value) {
  return std::string("[") + number.table + "]\n" + number.key + " = " + std::to_string(value) +
         "\n";
}

TEST(Config, TakesEveryNumberAtItsBoundsAndRefusesWhatIsBeyondWithFileAndLine) {
  for (const NumberCase& number : kNumbers) {
    SCOPED_TRACE(number.key);
    for (const std::uint64_t value : {number.least, number.most}) {
      const Parsed parsed = Parse(Setting(number, value));
      ASSERT_TRUE(parsed.config.ok()) << parsed.problem;
      EXPECT_EQ(number.read(*parsed.config), value);
    }
    std::vector<std::uint64_t> beyond = {number.most + 1};
    if (number.least > 0) beyond.push_back(number.least - 1);
    for (const std::uint64_t value : beyond) {
      const Parsed parsed = Parse(Setting(number, value));
      ASSERT_FALSE(parsed.config.ok());
      EXPECT_EQ(ExitCodeOf(parsed.config.error()), ExitCode::kConfiguration);
      EXPECT_EQ(parsed.problem, "/home/matcher/matcher.toml:2:1: `" + std::string(number.key) +
                                    "` must be a whole number from " +
                                    std::to_string(number.least) + " to " +
                                    std::to_string(number.most));
    }
  }
}

TEST(Config, TextOfASettingIsNoNumberAndTheOtherWayRound) {
  EXPECT_EQ(
      Parse("[limits]\nconnections = \"5\"\n").problem,
      "/home/matcher/matcher.toml:2:1: `connections` must be a whole number from 1 to 100000");
  EXPECT_EQ(Parse("name = 5\n").problem,
            "/home/matcher/matcher.toml:1:1: `name` must be a text in quotes");
  EXPECT_EQ(Parse("limits = 5\n").problem,
            "/home/matcher/matcher.toml:1:1: `limits` must be a table");
}

TEST(Config, NamesTheSettingThatWasPerhapsMeantAndTheLine) {
  const Parsed parsed = Parse("name = \"a\"\n[limits]\n\nheader_byte = 4096\n");
  ASSERT_FALSE(parsed.config.ok());
  EXPECT_EQ(parsed.problem,
            "/home/matcher/matcher.toml:4:1: unknown setting `header_byte`; did you mean "
            "`header_bytes`?");
  ASSERT_EQ(parsed.config.error().fields().size(), 1u);
  EXPECT_EQ(std::get<std::uint64_t>(parsed.config.error().fields()[0].value), 4u);
}

TEST(Config, TheFileThatInitWritesHoldsEverySettingAndReadsBackAsTheDefaults) {
  Config config;
  config.id = "unite-la";
  config.name = "UNITE-LA";
  const std::string text = ConfigText(config);
  for (const NumberCase& number : kNumbers) {
    EXPECT_NE(text.find("\n" + std::string(number.key) + " "), std::string::npos) << number.key;
  }
  const Parsed parsed = Parse(text);
  ASSERT_TRUE(parsed.config.ok()) << parsed.problem;
  for (const NumberCase& number : kNumbers) {
    EXPECT_EQ(number.read(*parsed.config), number.read(Config())) << number.key;
  }
  EXPECT_EQ(parsed.config->name, "UNITE-LA");
}

TEST(Config, WritesTheValuesThatItWasGiven) {
  Config config;
  config.limits.header_bytes = 4096;
  config.timeouts.transfer_grace = std::chrono::seconds(3);
  const Parsed parsed = Parse(ConfigText(config));
  ASSERT_TRUE(parsed.config.ok()) << parsed.problem;
  EXPECT_EQ(parsed.config->limits.header_bytes, 4096u);
  EXPECT_EQ(parsed.config->timeouts.transfer_grace, std::chrono::seconds(3));
}

}  // namespace
}  // namespace tallystick::matcher

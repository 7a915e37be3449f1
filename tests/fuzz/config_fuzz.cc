// matcher.toml: whatever is read is written and read back the same.
#include <string>

#include "base/check.h"
#include "matcher/cli/config.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {

bool FuzzOne(ByteView input) {
  std::string problem;
  const auto config = matcher::ParseConfig(input, "/home", &problem);
  TS_CHECK(config.ok() == problem.empty());
  if (!config.ok()) {
    TS_CHECK(problem.starts_with("/home/matcher.toml:"));
    return false;
  }
  TS_CHECK(config->data_dir.is_absolute() && config->audit_dir.is_absolute());
  TS_CHECK(config->limits.connections >= 1 && config->limits.worker_threads >= 1);
  // Where to listen and what to call it come from here too.
  const auto listen = matcher::SplitHostPort(config->listen);
  TS_CHECK(!listen.ok() || !listen->host.empty());
  const auto authority = matcher::AuthorityOf(matcher::PublicUrl(*config));
  TS_CHECK(!authority.ok() || !authority->empty());

  const std::string written = matcher::ConfigText(*config);
  if (written.find('\x7F') != std::string::npos) return true;  // TOML has no such character
  const auto again = matcher::ParseConfig(written, "/home", &problem);
  TS_CHECK(again.ok());
  TS_CHECK(again->id == config->id && again->name == config->name);
  TS_CHECK(again->listen == config->listen && again->public_url == config->public_url);
  TS_CHECK(matcher::ConfigText(*again) == written);
  return true;
}

}  // namespace tallystick

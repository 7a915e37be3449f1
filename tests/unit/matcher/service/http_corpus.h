// The strictness corpus (reliability.md, P35): requests as bytes, and what the gate says to each.
// Used on the gate alone and, over TLS, on the whole server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tallystick::matcher {

struct CorpusCase {
  std::string_view name;
  std::string bytes;  // a whole header
  unsigned status;    // 0: passes
  std::string_view id;
};

// The options that the corpus assumes: expected_host "matcher.test:8443" and the defaults.
inline constexpr std::string_view kCorpusHost = "matcher.test:8443";

std::vector<CorpusCase> HttpCorpus();

}  // namespace tallystick::matcher

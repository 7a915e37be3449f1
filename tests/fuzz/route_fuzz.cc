// The target of a request that passed the gate: which route it is of, and with what arguments.
#include <algorithm>

#include "base/check.h"
#include "matcher/service/route_table.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {

bool FuzzOne(ByteView input) {
  bool accepted = false;
  for (const auto method : {matcher::Method::kGet, matcher::Method::kPost, matcher::Method::kPut,
                            matcher::Method::kDelete}) {
    const auto match = matcher::MatchRoute(method, input);
    if (!match) continue;
    accepted = true;
    TS_CHECK(match->route != nullptr && match->route->method == method);
    const std::string_view pattern = match->route->pattern;
    TS_CHECK(match->arguments.size() ==
             static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '*')));
    for (const std::string& argument : match->arguments) {
      TS_CHECK(!argument.empty() && argument.size() <= 64);
      TS_CHECK(std::all_of(argument.begin(), argument.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-';
      }));
    }
  }
  return accepted;
}

}  // namespace tallystick

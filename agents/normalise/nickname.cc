#include "agents/normalise/nickname.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace tallystick::agents {
namespace {

struct Group {
  std::string_view canonical;
  std::string_view others;  // separated by single spaces
};

constexpr Group kGroups[] = {
#include "agents/normalise/tables/nicknames.inc"
};

struct Entry {
  std::string_view name;
  std::string_view canonical;
};

// Every name of the table, in order of bytes.
std::vector<Entry> MakeIndex() {
  std::vector<Entry> index;
  for (const Group& group : kGroups) {
    index.push_back({group.canonical, group.canonical});
    std::string_view rest = group.others;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(' '));
      index.push_back({name, group.canonical});
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
  }
  std::sort(index.begin(), index.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  const auto doubled = std::adjacent_find(
      index.begin(), index.end(), [](const Entry& a, const Entry& b) { return a.name == b.name; });
  TS_CHECK(doubled == index.end());
  return index;
}

const std::vector<Entry>& Index() {
  static const std::vector<Entry> index = MakeIndex();
  return index;
}

}  // namespace

std::string_view CanonicalGivenName(std::string_view name) {
  const std::vector<Entry>& index = Index();
  const auto found = std::lower_bound(
      index.begin(), index.end(), name,
      [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != index.end() && found->name == name ? found->canonical : name;
}

std::size_t NicknameCount() { return Index().size(); }

void UpdateWithNicknames(crypto::Sha256Hasher& hasher) {
  Bytes bytes;
  for (const Entry& entry : Index()) {
    AppendLp(bytes, entry.name);
    AppendLp(bytes, entry.canonical);
  }
  hasher.Update(bytes);
}

}  // namespace tallystick::agents

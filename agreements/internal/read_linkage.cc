#include <algorithm>
#include <set>
#include <utility>

#include "agreements/internal/agreement_reader.h"

namespace tallystick::agreements {

std::vector<MatchKey> AgreementReader::ReadCustomMatchKeys(TableReader& linkage) {
  std::vector<MatchKey> custom;
  for (const TomlNode* table : linkage.Tables("match_key", kMaxMatchKeys, Need::kOptional)) {
    TableReader reader(*table, "[[linkage.match_key]]", problems_);
    MatchKey match_key;
    match_key.line = reader.line();
    match_key.name = reader.LongId("name");
    for (const Listed& text : reader.Strings("parts", MatchKey::kMaxParts, Need::kRequired)) {
      if (const auto part = ParseMatchKeyPart(text.text)) {
        match_key.parts.push_back(*part);
      } else {
        problems_.Error(text.line, text.column,
                        "no part " + Quoted(text.text) +
                            ": a part is kind:transform, such as given-name:first(3), "
                            "family-name:variants or birth-date:full");
      }
    }
    reader.Finish();
    const bool twice = std::any_of(custom.begin(), custom.end(), [&](const MatchKey& other) {
      return other.name == match_key.name;
    });
    if (twice) reader.Complain("name", "a second match key " + Quoted(match_key.name));
    if (FindDefaultMatchKey(match_key.name) != nullptr) {
      reader.Complain("name", Quoted(match_key.name) +
                                  " is a match key of the default ladder: choose another name");
    }
    custom.push_back(std::move(match_key));
  }
  return custom;
}

void AgreementReader::ReadLinkage() {
  Linkage& linkage = agreement_.linkage;
  linkage.ladder = DefaultLadder();
  const TomlNode* table = root_.Table("linkage");
  if (table == nullptr) return;
  TableReader reader(*table, "[linkage]", problems_);
  linkage.line = reader.line();
  linkage.lines = reader.lines();
  const std::string protocol =
      reader.Choice("protocol", {"exact", "clk", "double-masked"}).value_or("exact");
  linkage.padding = reader.Choice("padding", {"full", "none"}).value_or("full") == "full";
  if (protocol != "exact") {
    linkage.protocol = protocol == "clk" ? LinkageProtocol::kClk : LinkageProtocol::kDoubleMasked;
    reader.Complain("protocol", "protocol " + Quoted(protocol) +
                                    " is not offered by this version, which links by `exact`");
  }

  const std::vector<MatchKey> custom = ReadCustomMatchKeys(reader);
  const bool chosen = reader.Has("match_keys");
  std::set<std::string> used;
  if (chosen) {
    linkage.ladder.clear();
    std::vector<std::string> known;
    for (const MatchKey& match_key : DefaultLadder()) known.push_back(match_key.name);
    for (const MatchKey& match_key : custom) known.push_back(match_key.name);
    for (const Listed& name : reader.Strings("match_keys", kMaxMatchKeys)) {
      const MatchKey* found = FindDefaultMatchKey(name.text);
      for (const MatchKey& match_key : custom) {
        if (match_key.name == name.text) found = &match_key;
      }
      if (found == nullptr) {
        problems_.Error(name.line, name.column,
                        "no match key " + Quoted(name.text) +
                            DidYouMean(problems_, name.text, [&] { return known; }));
        continue;
      }
      used.insert(name.text);
      linkage.ladder.push_back(*found);
      // Where a key stands in the ladder is the clause; its recipe is found by name.
      if (found->line == 0) linkage.ladder.back().line = name.line;
    }
  }
  reader.Finish();
  for (const MatchKey& match_key : custom) {
    if (!match_key.name.empty() && !used.contains(match_key.name)) {
      problems_.Error(
          match_key.line, 1,
          "match key " + Quoted(match_key.name) + " is never used: name it in `match_keys`");
    }
  }
}

}  // namespace tallystick::agreements

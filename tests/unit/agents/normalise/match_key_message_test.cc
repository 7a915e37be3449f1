#include "agents/normalise/match_key_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using agreements::MatchKey;
using Kind = agreements::IdentifierKind;
using Lines = std::vector<std::string>;

constexpr Kind kKinds[] = {Kind::kGivenName, Kind::kFamilyName, Kind::kBirthDate, Kind::kSex,
                           Kind::kSsnLast4,  Kind::kZip,        Kind::kPhone};

// The messages' parts, joined by '|', behind a check that the framing is what linkage.md says.
Lines MessagesOf(const std::vector<std::string>& parts, std::vector<std::string_view> values) {
  MatchKey match_key{"test", {}, 0};
  for (const std::string& part : parts) {
    const auto parsed = agreements::ParseMatchKeyPart(part);
    EXPECT_TRUE(parsed.has_value()) << part;
    match_key.parts.push_back(*parsed);
  }
  RowNormaliser normaliser({std::begin(kKinds), std::end(kKinds)});
  std::vector<FieldOutcome> outcomes(std::size(kKinds));
  std::vector<Plaintext<std::string_view>> fields;
  for (const std::string_view value : values) fields.emplace_back(value);
  fields.resize(std::size(kKinds));
  MatchKeyMessages messages;
  messages.Make(match_key, normaliser.Normalise(fields, outcomes));
  Lines lines;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Plaintext<ByteView> message = messages[i];
    ByteView bytes = PlaintextProbe::Read(message);
    std::string line;
    for (std::size_t part = 0; !bytes.empty(); ++part) {
      const std::size_t length = ReadU32(bytes, 0);
      const ByteView text = bytes.substr(4, length);
      bytes.remove_prefix(4 + length);
      if (part == 0) {
        EXPECT_EQ(text, "normaliser 1");
      } else {
        line += (part == 1 ? "" : "|") + std::string(text);
      }
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(MatchKeyMessages, HasOneMessageWhereNoPartVaries) {
  EXPECT_EQ(MessagesOf({"given-name:full", "family-name:full", "birth-date:full", "sex:full"},
                       {"Ana", "García", "1990-02-03", "F"}),
            Lines{"ana|garcia|1990-02-03|f"});
}

TEST(MatchKeyMessages, CombinesVariantsWithTheFirstPartOutermostAndStopsAtFour) {
  EXPECT_EQ(
      MessagesOf({"given-name:variants", "family-name:variants"}, {"Mary Ann", "García-López"}),
      (Lines{"maryann|garcialopez", "maryann|garcia", "maryann|lopez", "mary|garcialopez"}));
  EXPECT_EQ(MessagesOf({"given-name:variants", "family-name:variants"}, {"Mary Ann", "Soto"}),
            (Lines{"maryann|soto", "mary|soto"}));
}

TEST(MatchKeyMessages, IsNullWhereAPartIsNull) {
  EXPECT_EQ(MessagesOf({"given-name:full", "ssn:last4"}, {"Ana", "", "", "", "0000"}), Lines{});
  EXPECT_EQ(MessagesOf({"given-name:full", "sex:full"}, {"Ana", "", "", "x"}), Lines{});
  EXPECT_EQ(MessagesOf({"family-name:variants"}, {"Ana", "Unknown"}), Lines{});
  EXPECT_EQ(MessagesOf({"given-name:soundex"}, {"123"}), Lines{});
  EXPECT_EQ(MessagesOf({"birth-date:year"}, {"Ana"}), Lines{});
  EXPECT_EQ(MessagesOf({"birth-date:month-day"}, {"Ana"}), Lines{});
}

TEST(MatchKeyMessages, TransformsNames) {
  const std::vector<std::string_view> row = {"Guillermo", "Hernández Ruiz"};
  EXPECT_EQ(MessagesOf({"given-name:first(3)", "family-name:first(3)"}, row), Lines{"gui|her"});
  EXPECT_EQ(MessagesOf({"given-name:soundex", "family-name:nysiis"}, row), Lines{"G465|HARNAN"});
  EXPECT_EQ(MessagesOf({"given-name:metaphone", "given-name:nickname"}, row),
            Lines{"KLRM|william"});
  EXPECT_EQ(MessagesOf({"given-name:first(3)", "given-name:nickname"}, {"Bo"}), Lines{"bo|bo"});
  EXPECT_EQ(MessagesOf({"given-name:first(2)"}, {"𠮷ខa"}), Lines{"𠮷ខ"});
}

TEST(MatchKeyMessages, TransformsDates) {
  const std::vector<std::string_view> row = {"", "", "1990-02-03"};
  EXPECT_EQ(MessagesOf({"birth-date:year", "birth-date:month-day"}, row), Lines{"1990|02-03"});
  EXPECT_EQ(MessagesOf({"birth-date:day-month-swapped"}, row), (Lines{"1990-02-03", "1990-03-02"}));
}

TEST(MatchKeyMessages, SwapsOnlyDatesThatCanBeSwapped) {
  const std::vector<std::string> parts = {"birth-date:day-month-swapped"};
  EXPECT_EQ(MessagesOf(parts, {"", "", "1990-02-13"}), Lines{});
  EXPECT_EQ(MessagesOf(parts, {"", "", "1990-02-02"}), Lines{});
  EXPECT_EQ(MessagesOf(parts, {"", "", "1990-01-12"}), (Lines{"1990-01-12", "1990-12-01"}));
}

TEST(MatchKeyMessages, MeetsTheSwappedDateOfTheOtherSide) {
  const std::vector<std::string> parts = {"given-name:full", "birth-date:day-month-swapped"};
  const Lines left = MessagesOf(parts, {"Ana", "", "1990-02-03"});
  const Lines right = MessagesOf(parts, {"Ana", "", "1990-03-02"});
  EXPECT_EQ(left[0], right[1]);
  EXPECT_EQ(left[1], right[0]);
}

TEST(MatchKeyMessages, TransformsNumbers) {
  const std::vector<std::string_view> row = {"", "", "", "", "1234", "90210-5678", "818-555-0123"};
  EXPECT_EQ(MessagesOf({"ssn:last4", "ssn-last4:full", "ssn-last4:last4"}, row),
            Lines{"1234|1234|1234"});
  EXPECT_EQ(MessagesOf({"zip:zip3", "zip:zip5", "zip:full"}, row), Lines{"902|90210|902105678"});
  EXPECT_EQ(MessagesOf({"phone:last4", "phone:full"}, row), Lines{"0123|8185550123"});
  EXPECT_EQ(MessagesOf({"zip:zip5"}, {"", "", "", "", "", "2602"}), Lines{"2602"});
}

TEST(MatchKeyMessages, NeverExceedsTheEntriesOfARow) {
  for (const MatchKey& match_key : agreements::DefaultLadder()) {
    std::vector<std::string> parts;
    for (const auto& part : match_key.parts) parts.push_back(part.ToString());
    const Lines lines = MessagesOf(
        parts, {"Mary Ann", "García López Ruiz Soto", "1990-02-03", "f", "1234", "90210"});
    EXPECT_FALSE(lines.empty()) << match_key.name;
    EXPECT_LE(lines.size(), static_cast<std::size_t>(match_key.EntriesPerRow())) << match_key.name;
  }
}

}  // namespace
}  // namespace tallystick::agents

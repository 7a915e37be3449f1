// Bytes, dates, did-you-mean, and what the console prints.
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/console.h"
#include "base/nearest_name.h"
#include "base/tagged.h"

namespace tallystick {
namespace {

TEST(Bytes, IntegersAreBigEndian) {
  Bytes bytes;
  AppendU16(bytes, 0x0102);
  AppendU32(bytes, 0x03040506);
  AppendU64(bytes, 0x0708090a0b0c0d0e);
  EXPECT_EQ(ToHex(bytes), "0102030405060708090a0b0c0d0e");
  EXPECT_EQ(ReadU16(bytes, 0), 0x0102);
  EXPECT_EQ(ReadU32(bytes, 2), 0x03040506u);
  EXPECT_EQ(ReadU64(bytes, 6), 0x0708090a0b0c0d0eu);
  Bytes ends;
  AppendU64(ends, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(ReadU64(ends, 0), std::numeric_limits<std::uint64_t>::max());
}

TEST(BytesDeathTest, ReadingBeyondTheEndAborts) {
  const Bytes bytes(8, 'x');
  EXPECT_DEATH(ReadU64(bytes, 1), "");
  EXPECT_DEATH(ReadU32(bytes, 5), "");
  EXPECT_DEATH(ReadU16(bytes, std::numeric_limits<std::size_t>::max()), "");
}

TEST(Bytes, LpIsALengthAndTheBytes) {
  Bytes bytes;
  AppendLp(bytes, "ab");
  AppendLp(bytes, "");
  EXPECT_EQ(ToHex(bytes), "00000002616200000000");
}

TEST(Bytes, HexOfEitherCaseAndNothingElse) {
  Bytes bytes;
  EXPECT_TRUE(FromHex("00ff7FAb", &bytes));
  EXPECT_EQ(ToHex(bytes), "00ff7fab");
  EXPECT_TRUE(FromHex("", &bytes));
  EXPECT_EQ(bytes, "");
  for (const char* bad : {"0", "0g", "0x00", " 00", "00 ", "-1", "\xff\xff"}) {
    EXPECT_FALSE(FromHex(bad, &bytes)) << bad;
  }
}

TEST(Clock, FormatsAndParsesEachOther) {
  for (const char* text : {"2026-01-15T08:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
                           "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z"}) {
    const auto time = ParseTime(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(FormatTime(*time), text);
    EXPECT_EQ(FormatDate(DateOf(*time)), std::string(text).substr(0, 10));
    EXPECT_EQ(ParseDate(FormatDate(DateOf(*time))), DateOf(*time));
  }
}

TEST(Clock, ParsesOnlyDaysThatExistInOneSpelling) {
  for (const char* text :
       {"2023-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-15", "26-01-15",
        "2026/01/15", "2026-01-15 ", " 2026-01-15", "+026-01-15", "2026-01-1a", "", "2026-01"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
  for (const char* text :
       {"2026-01-15T24:00:00Z", "2026-01-15T08:60:00Z", "2026-01-15T08:00:60Z",
        "2026-01-15T08:00:00", "2026-01-15t08:00:00z", "2026-01-15 08:00:00Z",
        "2026-01-15T08:00:00+00:00", "2026-02-30T08:00:00Z", "2026-01-15T8:00:00Z"}) {
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
  }
}

TEST(Clock, ManualStandsStillUntilTold) {
  ManualClock clock(*ParseTime("2026-01-15T08:00:00Z"));
  EXPECT_EQ(clock.Now(), clock.Now());
  clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(FormatTime(clock.Now()), "2026-01-16T08:00:00Z");
  clock.Set(*ParseTime("2020-01-01T00:00:00Z"));
  EXPECT_EQ(FormatDate(DateOf(clock.Now())), "2020-01-01");
}

TEST(NearestName, IsWhatAPersonProbablyMeant) {
  constexpr std::string_view kKnown[] = {"min_cell", "min_denominator", "complementary", "id"};
  const auto nearest = [&](std::string_view unknown) { return NearestName(unknown, kKnown); };
  EXPECT_EQ(nearest("min_cel"), "min_cell");
  EXPECT_EQ(nearest("mincell"), "min_cell");
  EXPECT_EQ(nearest("min_denominater"), "min_denominator");
  EXPECT_EQ(nearest("complementry"), "complementary");
  EXPECT_EQ(nearest("ids"), "id");
  EXPECT_EQ(nearest("min_cell"), "min_cell");
  EXPECT_EQ(nearest("threshold"), std::nullopt);
  EXPECT_EQ(nearest("xy"), std::nullopt) << "two of two letters wrong";
  EXPECT_EQ(nearest(""), std::nullopt);
  EXPECT_EQ(nearest(std::string(100'000, 'a')), std::nullopt) << "bounded effort";
  EXPECT_EQ(NearestName("min_cell", {}), std::nullopt);
}

TEST(NearestName, OfTwoTakesTheNearer) {
  constexpr std::string_view kKnown[] = {"exports", "export", "exporter"};
  EXPECT_EQ(NearestName("expart", kKnown), "export");
}

TEST(JsonQuote, EscapesWhatJsonMustNotHold) {
  EXPECT_EQ(JsonQuote("plain"), "\"plain\"");
  EXPECT_EQ(JsonQuote("say \"hi\"\\"), "\"say \\\"hi\\\"\\\\\"");
  EXPECT_EQ(JsonQuote("a\nb\rc\td"), "\"a\\nb\\rc\\td\"");
  EXPECT_EQ(JsonQuote(std::string_view("\0\x01\x1f", 3)), "\"\\u0000\\u0001\\u001f\"");
  EXPECT_EQ(JsonQuote("Garc\xC3\xAD"
                      "a"),
            "\"Garc\xC3\xAD"
            "a\"");
}

TEST(ErrorJson, HasWhatAProgramNeeds) {
  EXPECT_EQ(ErrorJson(Error(Code::kNotFound, "file.missing", "no such file")),
            R"({"error":{"id":"file.missing","message":"no such file"}})");
  const Error refused =
      Error(Code::kPermissionDenied, "policy.refused", "no")
          .With("party", Name("csun"))
          .With("rows", std::uint64_t{3})
          .Refused({"AGR-X", Clause{Name("csun-lausd-2026"), 108}, "a \"better\" one"});
  EXPECT_EQ(ErrorJson(refused),
            R"({"error":{"id":"policy.refused","message":"no","party":"csun","rows":3,)"
            R"("rule":"AGR-X","clause":"agreement csun-lausd-2026 line 108",)"
            R"("would_pass":"a \"better\" one"}})");
  const Error without_clause =
      Error(Code::kPermissionDenied, "a.b", "no").Refused({"SDC-X", std::nullopt, "another table"});
  EXPECT_EQ(ErrorJson(without_clause).find("clause"), std::string::npos);
}

TEST(ReportError, TellsAPersonOnOneLineAndAProgramInJson) {
  const Error error =
      Error(Code::kPermissionDenied, "policy.refused", "the person may not ask")
          .Refused({"AGR-X", Clause{Name("csun-lausd-2026"), 108}, "another person"});
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(ReportError(error, OutputForm::kText), ExitCode::kNotPermitted);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "error: policy.refused: the person may not ask; refused by rule AGR-X, agreement "
            "csun-lausd-2026 line 108; would pass: another person\n");
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(ReportError(error, OutputForm::kJson), ExitCode::kNotPermitted);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), ErrorJson(error) + "\n");
}

TEST(Tagged, ComparesAndHashesAsItsValue) {
  using PartyId = Tagged<struct PartyTag, std::string>;
  EXPECT_EQ(PartyId("csun"), PartyId("csun"));
  EXPECT_LT(PartyId("csun"), PartyId("lausd"));
  EXPECT_EQ(PartyId("csun").value(), "csun");
  EXPECT_EQ(std::hash<PartyId>()(PartyId("csun")), std::hash<std::string>()("csun"));
}

}  // namespace
}  // namespace tallystick

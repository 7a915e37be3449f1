#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

#include "base/exit_code.h"
#include "base/result.h"

namespace tallystick {
namespace {

TEST(Name, KeepsIdentifiersAndNothingThatCouldBeAValue) {
  for (const char* name : {"csun", "csun-lausd-2026", "candidates.pathway", "a/b:c@d+e_f", "9",
                           "AGR-TERM-EXPIRED", "2026-01-15"}) {
    EXPECT_EQ(Name(name).value(), name);
  }
  for (const char* value : {"", "María", "two words", "a,b", "\"quoted\"", "a\nb", "tab\t", "100%",
                            "<script>", "O'Brien", "semi;colon", "\x7f", "back\\slash"}) {
    EXPECT_EQ(Name(value).value(), "?") << value;
  }
  EXPECT_EQ(Name(std::string_view("nul\0byte", 8)).value(), "?");
  EXPECT_EQ(Name(std::string(96, 'a')).value(), std::string(96, 'a'));
  EXPECT_EQ(Name(std::string(97, 'a')).value(), "?");
}

TEST(Error, ReadsAsOneLineWithItsFields) {
  const Error plain(Code::kNotFound, "file.missing", "no such file");
  EXPECT_EQ(plain.ToString(), "file.missing: no such file");
  const Error error = Error(Code::kConflict, "a.b", "words")
                          .With("party", Name("csun"))
                          .With("rows", std::uint64_t{12})
                          .With("person", Name("María García"));
  EXPECT_EQ(error.ToString(), "a.b: words (party=csun, rows=12, person=?)");
  EXPECT_EQ(error.code(), Code::kConflict);
  EXPECT_EQ(error.fields().size(), 3u);
}

TEST(Error, ARefusalNamesRuleClauseAndWhatWouldPass) {
  const Error error =
      Error(Code::kPermissionDenied, "policy.refused", "no")
          .Refused({"AGR-X", Clause{Name("csun-lausd-2026"), 108}, "something else"});
  ASSERT_TRUE(error.refusal().has_value());
  EXPECT_EQ(error.refusal()->rule.view(), "AGR-X");
  EXPECT_EQ(error.refusal()->clause->ToString(), "agreement csun-lausd-2026 line 108");
  EXPECT_EQ(error.refusal()->would_pass.view(), "something else");
  EXPECT_FALSE(Error(Code::kInternal, "x", "y").refusal().has_value());
}

TEST(CodeName, IsOneForEachCode) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i) {
    names.insert(CodeName(static_cast<Code>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Code::kInternal) + 1);
}

TEST(ExitCode, FollowsTheFamilyOfTheIdAndThenTheCode) {
  const std::pair<const char*, int> families[] = {
      {"log.verify-fork", 82},
      {"log.verify-checkpoint", 82},
      {"config.unknown-key", 78},
      {"usage.option", 2},
      {"net.tls", 69},
      {"net.timeout", 69},
      {"file.exists", 73},
      {"file.cannot-create", 73},
      {"file.missing", 66},
      {"file.io", 74},
      {"storage.io", 74},
      {"storage.fsync-failed", 90},
      {"storage.rollback", 92},
      {"storage.disk-floor", 94},
      {"storage.disk-full", 94},
      {"agreement.unknown", 77},
      {"request.unknown", 77},
  };
  for (const auto& [id, code] : families) {
    // The family decides whatever the code is.
    for (const Code any : {Code::kInvalidArgument, Code::kInternal, Code::kPermissionDenied}) {
      EXPECT_EQ(static_cast<int>(ExitCodeOf(Error(any, LiteralFromMatcher(id), "words"))), code)
          << id;
    }
  }
}

TEST(ExitCode, OfEveryCode) {
  const std::pair<Code, int> codes[] = {
      {Code::kInvalidArgument, 65}, {Code::kFailedPrecondition, 77}, {Code::kPermissionDenied, 77},
      {Code::kNotFound, 66},        {Code::kConflict, 65},           {Code::kExhausted, 75},
      {Code::kDataLoss, 91},        {Code::kUnavailable, 75},        {Code::kVersionMismatch, 76},
      {Code::kInternal, 70},
  };
  ASSERT_EQ(std::size(codes), static_cast<std::size_t>(Code::kInternal) + 1);
  for (const auto& [code, expected] : codes) {
    EXPECT_EQ(static_cast<int>(ExitCodeOf(Error(code, "some.thing", "words"))), expected);
  }
}

TEST(ExitCode, ADisclosureRuleHasItsOwn) {
  const Error by_rule = Error(Code::kPermissionDenied, "job.refused", "no")
                            .Refused({"SDC-PRIMARY", std::nullopt, "a broader table"});
  EXPECT_EQ(ExitCodeOf(by_rule), ExitCode::kDisclosureRefused);
  const Error by_agreement = Error(Code::kPermissionDenied, "policy.refused", "no")
                                 .Refused({"AGR-TERM-EXPIRED", std::nullopt, "an amendment"});
  EXPECT_EQ(ExitCodeOf(by_agreement), ExitCode::kNotPermitted);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  EXPECT_TRUE(value.ok());
  EXPECT_EQ(*value, 7);
  const Result<int> error = Error(Code::kInternal, "a.b", "words");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.error().id(), "a.b");
  EXPECT_TRUE(Ok().ok());
}

TEST(ResultDeathTest, ReadingTheWrongSideAborts) {
  const Result<int> error = Error(Code::kInternal, "a.b", "words");
  EXPECT_DEATH(static_cast<void>(*error), "ok\\(\\)");
  const Result<int> value = 7;
  EXPECT_DEATH(static_cast<void>(value.error()), "ok\\(\\)");
  EXPECT_DEATH(static_cast<void>(Ok().error()), "ok\\(\\)");
}

TEST(Result, MacrosReturnTheErrorOrGoOn) {
  const auto half = [](int n) -> Result<int> {
    if (n % 2 != 0) return Error(Code::kInvalidArgument, "odd", "an odd number");
    return n / 2;
  };
  const auto quarter = [&](int n) -> Result<int> {
    TS_ASSIGN_OR_RETURN(const int once, half(n));
    TS_ASSIGN_OR_RETURN(const int twice, half(once));
    return twice;
  };
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().id(), "odd");
  const auto check = [&](int n) -> Status {
    TS_RETURN_IF_ERROR(half(n));
    return Ok();
  };
  EXPECT_TRUE(check(2).ok());
  EXPECT_EQ(check(3).error().id(), "odd");
}

TEST(LiteralFromMatcher, KeepsPrintableTextAndNothingElse) {
  const Literal first = LiteralFromMatcher("the agreement is suspended");
  EXPECT_EQ(first.view(), "the agreement is suspended");
  EXPECT_EQ(LiteralFromMatcher("the agreement is suspended"), first);
  for (const std::string& bad :
       {std::string("two\nlines"), std::string("caf\xC3\xA9"), std::string("esc\x1b[2J"),
        std::string(301, 'a'), std::string("nul\0", 4)}) {
    EXPECT_EQ(LiteralFromMatcher(bad).view(), "unprintable text from the matcher");
  }
}

// A hostile matcher cannot make a client grow without bound.
TEST(LiteralFromMatcher, KeepsOnlySoManyTexts) {
  for (int i = 0; i < 3'000; ++i) {
    static_cast<void>(LiteralFromMatcher("text number " + std::to_string(i)));
  }
  EXPECT_EQ(LiteralFromMatcher("a text that was never seen before").view(),
            "too many distinct texts from the matcher");
  EXPECT_EQ(LiteralFromMatcher("text number 0").view(), "text number 0");
}

}  // namespace
}  // namespace tallystick

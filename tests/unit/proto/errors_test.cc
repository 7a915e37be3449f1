// Errors say the same on both sides of the wire, and a matcher cannot put words of its own there.
#include "proto/errors.h"

#include <gtest/gtest.h>

#include <iterator>

#include "base/exit_code.h"

namespace tallystick {
namespace {

TEST(Errors, SurviveTheJourney) {
  const Error sent = Error(Code::kPermissionDenied, "policy.refused", "the person may not ask")
                         .Refused({"AGR-X", Clause{Name("csun-lausd-2026"), 108}, "another"});
  const Error got = FromWire(ToWire(sent));
  EXPECT_EQ(got.code(), sent.code());
  EXPECT_EQ(got.id(), sent.id());
  EXPECT_EQ(got.message(), sent.message());
  ASSERT_TRUE(got.refusal().has_value());
  EXPECT_EQ(got.refusal()->rule, sent.refusal()->rule);
  EXPECT_EQ(got.refusal()->clause, sent.refusal()->clause);
  EXPECT_EQ(got.refusal()->would_pass, sent.refusal()->would_pass);
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    const Error plain(static_cast<Code>(code), "some.thing", "words");
    EXPECT_EQ(FromWire(ToWire(plain)).code(), plain.code());
    EXPECT_FALSE(FromWire(ToWire(plain)).refusal().has_value());
  }
  const Error without =
      Error(Code::kPermissionDenied, "a.b", "no").Refused({"SDC-X", std::nullopt, "another table"});
  EXPECT_FALSE(FromWire(ToWire(without)).refusal()->clause.has_value());
  EXPECT_EQ(ExitCodeOf(FromWire(ToWire(without))), ExitCode::kDisclosureRefused);
}

TEST(Errors, OfAHostileMatcherAreHarmless) {
  v1::ErrorBody body;
  body.set_id("id\n{\"forged\":1}");
  body.set_message("\x1b[2J");
  body.set_code(4'000'000'000);
  body.set_rule("caf\xC3\xA9");
  body.set_clause_agreement("two words");
  const Error error = FromWire(body);
  EXPECT_EQ(error.id(), "unprintable text from the matcher");
  EXPECT_EQ(error.message(), "unprintable text from the matcher");
  EXPECT_EQ(error.code(), Code::kInternal);
  EXPECT_EQ(error.refusal()->rule.view(), "unprintable text from the matcher");
  EXPECT_EQ(error.refusal()->clause->agreement.value(), "?");
}

TEST(Errors, HaveTheStatusThatTellsWhatToDo) {
  const std::pair<Code, unsigned> statuses[] = {
      {Code::kInvalidArgument, 400},  {Code::kFailedPrecondition, 409},
      {Code::kPermissionDenied, 403}, {Code::kNotFound, 404},
      {Code::kConflict, 409},         {Code::kExhausted, 429},
      {Code::kDataLoss, 500},         {Code::kUnavailable, 503},
      {Code::kVersionMismatch, 426},  {Code::kInternal, 500},
  };
  ASSERT_EQ(std::size(statuses), static_cast<std::size_t>(Code::kInternal) + 1);
  for (const auto& [code, status] : statuses) {
    EXPECT_EQ(HttpStatusOf(Error(code, "a.b", "words")), status);
  }
}

TEST(RequestRefusals, KeepTheRuleTheClauseAndWhatWouldPass) {
  const Error error = Error(Code::kPermissionDenied, "policy.refused", "too few")
                          .Refused({"SDC-PRIMARY", Clause{Name("csun-lausd-2026"), 9}, "more"});
  const v1::RequestRefusal refusal = ToRequestRefusal(error, "lausd");
  EXPECT_EQ(refusal.whose(), "lausd");
  EXPECT_EQ(refusal.rule(), "SDC-PRIMARY");
  const Error back = FromRequestRefusal(refusal);
  EXPECT_EQ(back.id(), "request.refused");
  EXPECT_EQ(back.message(), "too few");
  EXPECT_EQ(back.refusal()->clause->line, 9);
  EXPECT_EQ(back.refusal()->would_pass.view(), "more");
  const v1::ErrorBody body = BodyOf(refusal);
  EXPECT_EQ(HttpStatusOf(FromWire(body)), 403u);
  EXPECT_EQ(FromWire(body).refusal()->rule.view(), "SDC-PRIMARY");
  // Without a rule the id stands in.
  EXPECT_EQ(
      ToRequestRefusal(Error(Code::kDataLoss, "storage.chunk-corrupt", "x"), "matcher").rule(),
      "storage.chunk-corrupt");
}

}  // namespace
}  // namespace tallystick

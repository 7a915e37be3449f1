#include "proto/errors.h"

namespace tallystick {
namespace {

Refusal MakeRefusal(std::string_view rule, std::string_view clause_agreement, int clause_line,
                    std::string_view would_pass) {
  std::optional<Clause> clause;
  if (!clause_agreement.empty()) clause = Clause{Name(clause_agreement), clause_line};
  return Refusal{LiteralFromMatcher(rule), std::move(clause), LiteralFromMatcher(would_pass)};
}

Code CodeFromWire(std::uint32_t code) {
  return code <= static_cast<std::uint32_t>(Code::kInternal) ? static_cast<Code>(code)
                                                             : Code::kInternal;
}

}  // namespace

v1::ErrorBody ToWire(const Error& error) {
  v1::ErrorBody body;
  body.set_id(std::string(error.id()));
  body.set_message(std::string(error.message()));
  body.set_code(static_cast<std::uint32_t>(error.code()));
  if (const auto& refusal = error.refusal()) {
    body.set_rule(std::string(refusal->rule.view()));
    body.set_would_pass(std::string(refusal->would_pass.view()));
    if (refusal->clause) {
      body.set_clause_agreement(refusal->clause->agreement.value());
      body.set_clause_line(refusal->clause->line);
    }
  }
  return body;
}

Error FromWire(const v1::ErrorBody& body) {
  Error error(CodeFromWire(body.code()), LiteralFromMatcher(body.id()),
              LiteralFromMatcher(body.message()));
  if (body.rule().empty()) return error;
  return std::move(error).Refused(
      MakeRefusal(body.rule(), body.clause_agreement(), body.clause_line(), body.would_pass()));
}

unsigned HttpStatusOf(const Error& error) {
  switch (error.code()) {
    case Code::kInvalidArgument:
      return 400;
    case Code::kFailedPrecondition:
      return 409;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kExhausted:
      return 429;
    case Code::kDataLoss:
      return 500;
    case Code::kUnavailable:
      return 503;
    case Code::kVersionMismatch:
      return 426;
    case Code::kInternal:
      return 500;
  }
  return 500;
}

v1::RequestRefusal ToRequestRefusal(const Error& error, std::string_view whose) {
  v1::RequestRefusal refusal;
  refusal.set_whose(std::string(whose));
  refusal.set_message(std::string(error.message()));
  refusal.set_rule(std::string(error.id()));
  if (const auto& facts = error.refusal()) {
    refusal.set_rule(std::string(facts->rule.view()));
    refusal.set_would_pass(std::string(facts->would_pass.view()));
    if (facts->clause) {
      refusal.set_clause_agreement(facts->clause->agreement.value());
      refusal.set_clause_line(facts->clause->line);
    }
  }
  return refusal;
}

v1::ErrorBody BodyOf(const v1::RequestRefusal& refusal) {
  v1::ErrorBody body;
  body.set_id("request.refused");
  body.set_code(static_cast<std::uint32_t>(Code::kPermissionDenied));
  body.set_message(refusal.message());
  body.set_rule(refusal.rule());
  body.set_clause_agreement(refusal.clause_agreement());
  body.set_clause_line(refusal.clause_line());
  body.set_would_pass(refusal.would_pass());
  return body;
}

Error FromRequestRefusal(const v1::RequestRefusal& refusal) {
  return FromWire(BodyOf(refusal)).With("whose", Name(refusal.whose()));
}

}  // namespace tallystick

#include "base/error.h"

#include <utility>

namespace tallystick {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "invalid-argument";
    case Code::kFailedPrecondition:
      return "failed-precondition";
    case Code::kPermissionDenied:
      return "permission-denied";
    case Code::kNotFound:
      return "not-found";
    case Code::kConflict:
      return "conflict";
    case Code::kExhausted:
      return "exhausted";
    case Code::kDataLoss:
      return "data-loss";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kVersionMismatch:
      return "version-mismatch";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

Name::Name(std::string_view text) {
  constexpr std::size_t kMaxLength = 96;
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/@+-";
  const bool fits = !text.empty() && text.size() <= kMaxLength &&
                    text.find_first_not_of(kAllowed) == std::string_view::npos;
  value_ = fits ? std::string(text) : "?";
}

std::string Clause::ToString() const {
  return "agreement " + agreement.value() + " line " + std::to_string(line);
}

Error&& Error::With(Literal key, std::uint64_t value) && {
  fields_.push_back({key, value});
  return std::move(*this);
}

Error&& Error::With(Literal key, Name value) && {
  fields_.push_back({key, std::move(value)});
  return std::move(*this);
}

Error&& Error::Refused(Refusal refusal) && {
  refusal_ = std::move(refusal);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string text(id());
  text.append(": ").append(message());
  if (fields_.empty()) return text;
  text.append(" (");
  bool first = true;
  for (const Field& field : fields_) {
    if (!first) text.append(", ");
    first = false;
    text.append(field.key.view()).append("=");
    if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
      text.append(std::to_string(*number));
    } else {
      text.append(std::get<Name>(field.value).value());
    }
  }
  text.append(")");
  return text;
}

}  // namespace tallystick

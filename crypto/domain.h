#pragma once

#include <string_view>

#include "base/bytes.h"

namespace tallystick::crypto {

// Domain is the label of one kind of signed thing, known when the program is compiled, so that a
// signature on one kind never passes for another. It is a type of its own: a label cannot be
// forgotten, computed, or swapped with the message. One that does not start with "tallystick/v1/"
// does not compile.
//
//   inline constexpr Domain kManifestDomain{"tallystick/v1/manifest"};
class Domain {
 public:
  static constexpr std::string_view kPrefix = "tallystick/v1/";

  consteval Domain(const char* label) : label_(label) {  // NOLINT(google-explicit-constructor)
    if (!label_.starts_with(kPrefix) || label_.size() == kPrefix.size()) {
      throw "a domain starts with tallystick/v1/";
    }
  }

  constexpr std::string_view view() const { return label_; }

  // Separate returns what is signed: lp(label) ‖ message.
  Bytes Separate(ByteView message) const {
    Bytes out;
    out.reserve(4 + label_.size() + message.size());
    AppendLp(out, label_);
    out.append(message);
    return out;
  }

  friend constexpr bool operator==(Domain a, Domain b) { return a.label_ == b.label_; }

 private:
  std::string_view label_;
};

}  // namespace tallystick::crypto

#pragma once

#include <string_view>

namespace tallystick {

// Literal is a string known when the program is compiled. Error texts and log events are
// Literals, so that no value of a record can ever become part of one.
class Literal {
 public:
  consteval Literal(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)

  constexpr std::string_view view() const { return text_; }

  friend constexpr bool operator==(Literal a, Literal b) { return a.text_ == b.text_; }

 private:
  friend Literal LiteralFromMatcher(std::string_view text);
  struct Interned {};
  constexpr Literal(Interned, std::string_view text) : text_(text) {}

  std::string_view text_;
};

// LiteralFromMatcher makes a Literal of an error text that arrived from the matcher, so that a
// refusal reads the same on both ends. The matcher holds no plaintext, so its words cannot carry
// any. For programs of a member: what members say, the matcher passes on as it is. Keeps at most
// 1,000 distinct texts of at most 300 printable ASCII characters for the life of the process;
// anything else becomes "unprintable text from the matcher".
//
// Thread safety: any thread.
Literal LiteralFromMatcher(std::string_view text);

}  // namespace tallystick

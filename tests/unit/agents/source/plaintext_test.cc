#include "agents/plaintext.h"

#include <gtest/gtest.h>

#include <cstring>
#include <iostream>
#include <new>
#include <string>
#include <type_traits>

#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept Comparable = requires(const T& a, const T& b) {
  a == b;
};

TEST(Plaintext, CanNeitherBeStreamedComparedNorConverted) {
  using Text = Plaintext<std::string>;
  static_assert(!Streamable<Text>);
  static_assert(!Comparable<Text>);
  static_assert(!std::is_convertible_v<Text, std::string>);
  static_assert(!std::is_convertible_v<Text, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Text>);
  static_assert(!std::is_constructible_v<std::string, Text>);
}

TEST(Plaintext, IsReadThroughItsAccessClass) {
  EXPECT_EQ(PlaintextProbe::Read(Plaintext<std::string>("Ana")), "Ana");
}

TEST(Plaintext, OverwritesAShortStringWhenDestroyed) {
  using Text = Plaintext<std::string>;
  alignas(Text) unsigned char memory[sizeof(Text)] = {};
  auto* text = new (memory) Text(std::string("Zebulon"));
  Text moved = std::move(*text);
  text->~Text();
  const std::string_view left(reinterpret_cast<const char*>(memory), sizeof(memory));
  EXPECT_EQ(left.find("Zebulo"), std::string_view::npos);
  EXPECT_EQ(PlaintextProbe::Read(moved), "Zebulon");
}

struct Wiped {
  int* wipes = nullptr;
  void Wipe() { ++*wipes; }
};

TEST(Plaintext, CallsWipeOfWhatItHolds) {
  int wipes = 0;
  { Plaintext<Wiped> held(Wiped{&wipes}); }
  EXPECT_EQ(wipes, 1);
}

}  // namespace
}  // namespace tallystick::agents

#include "agents/normalise/fold.h"

#include <gtest/gtest.h>

#include <clocale>
#include <random>
#include <string>
#include <vector>

#include "agents/source/utf8.h"

namespace tallystick::agents {
namespace {

std::vector<std::string> WordsOf(std::string_view text) {
  FoldedText folded;
  Fold(text, folded);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < folded.word_ends.size(); ++i) words.emplace_back(folded.word(i));
  return words;
}

using Words = std::vector<std::string>;

TEST(Fold, SplitsAtAnythingButLettersAndDigits) {
  EXPECT_EQ(WordsOf("  Mary-Ann  de_la Cruz, 3rd. "),
            (Words{"mary", "ann", "de", "la", "cruz", "3rd"}));
  EXPECT_EQ(WordsOf(""), Words{});
  EXPECT_EQ(WordsOf(" -- ' "), Words{});
}

TEST(Fold, JoinsAtAnApostropheOfAnyShape) {
  for (const char* name : {"O'Brien", "O’Brien", "O‘Brien", "OʼBrien", "O＇Brien", "Oʻbrien"}) {
    EXPECT_EQ(WordsOf(name), Words{"obrien"}) << name;
  }
}

TEST(Fold, GivesOneFormToComposedAndDecomposedLetters) {
  EXPECT_EQ(WordsOf("García-López"), (Words{"garcia", "lopez"}));
  EXPECT_EQ(WordsOf("Garci\u0301a-Lo\u0301pez"), (Words{"garcia", "lopez"}));
  EXPECT_EQ(WordsOf("NGUYỄN"), Words{"nguyen"});
  EXPECT_EQ(WordsOf("Nguye\u0302\u0303n"), Words{"nguyen"});
  EXPECT_EQ(WordsOf("Muñoz Ibáñez"), (Words{"munoz", "ibanez"}));
}

TEST(Fold, WritesLatinLettersWithoutADecompositionInAscii) {
  EXPECT_EQ(WordsOf("Łukasz Đặng Øster Strauß Þór Æsop ıŞıl Œuvre"),
            (Words{"lukasz", "dang", "oster", "strauss", "thor", "aesop", "isil", "oeuvre"}));
  EXPECT_EQ(WordsOf("STRAUẞ"), Words{"strauss"});
  EXPECT_EQ(WordsOf("ＦＵＬＬ　ｗｉｄｔｈ ﬁnn Ⅳ ²"), (Words{"full", "width", "finn", "iv", "2"}));
}

TEST(Fold, TransliteratesOtherScriptsByCodePoint) {
  EXPECT_EQ(WordsOf("Հովհաննիսյան"), Words{"hovhannisyan"});
  EXPECT_EQ(WordsOf("王小明"), Words{"wangxiaoming"});
  EXPECT_EQ(WordsOf("김 민수"), (Words{"gim", "minsu"}));
  EXPECT_EQ(WordsOf("Владимир Объедков"), (Words{"vladimir", "obedkov"}));
  EXPECT_EQ(WordsOf("Ἀλέξανδρος"), Words{"alexandros"});
  EXPECT_EQ(WordsOf("محمد"), Words{"mhmd"});
}

TEST(Fold, OrdersMarksByCombiningClassBeforeItReadsThem) {
  // Hebrew vowel points have images of their own: holam (class 19) stands before dagesh (21).
  EXPECT_EQ(WordsOf("כ\u05BC\u05B9"), WordsOf("כ\u05B9\u05BC"));
}

TEST(Fold, KeepsLettersThatHaveNoLatinImage) {
  EXPECT_EQ(WordsOf("ខ្មែរ"), Words{"ខមរ"});     // Khmer: letters stay, marks join
  EXPECT_EQ(WordsOf("𠮷田"), Words{"𠮷tian"});  // beyond the Basic Multilingual Plane
  EXPECT_EQ(WordsOf("𐐀𐐨"), Words{"𐐨𐐨"});        // Deseret has two cases
  EXPECT_EQ(WordsOf("𝐀𝐧𝐚"), Words{"ana"});      // NFKD leads back into the plane
  EXPECT_EQ(WordsOf("Ana😀Bo"), (Words{"ana", "bo"}));
}

TEST(Fold, SeparatesAtInvalidUtf8) { EXPECT_EQ(WordsOf("a\xFFz\xC3"), (Words{"a", "z"})); }

TEST(Fold, TakesTheFastPathOnlyWhereItGivesTheSame) {
  constexpr std::uint32_t kSeed = 99;
  std::mt19937 random(kSeed);
  FoldedText fast, slow;
  for (int round = 0; round < 200000; ++round) {
    std::string text;
    for (auto i = random() % 24; i > 0; --i) {
      text.push_back(static_cast<char>(random() % (round % 8 == 0 ? 256 : 128)));
    }
    Fold(text, fast);
    FoldWithTables(text, slow);
    ASSERT_EQ(fast.joined, slow.joined) << "seed " << kSeed << " round " << round;
    ASSERT_EQ(fast.word_ends, slow.word_ends) << "seed " << kSeed << " round " << round;
  }
}

TEST(Fold, LeavesLowerCaseLettersAndDigitsOfEveryCodePoint) {
  FoldedText once, twice;
  for (char32_t c = 1; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text = "a";
    AppendUtf8(text, c);
    text += "z";
    Fold(text, once);
    for (std::string_view rest = once.joined; !rest.empty();) {
      const DecodedCodePoint left = DecodeUtf8(rest);
      ASSERT_NE(left.length, 0u) << "U+" << std::hex << static_cast<std::uint32_t>(c);
      const auto byte = static_cast<unsigned char>(rest[0]);
      ASSERT_TRUE(byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'));
      rest.remove_prefix(left.length);
    }
    // What a keyboard of a Latin script writes ends in ASCII.
    const bool latin = c < 0x0180 || (c >= 0x1E00 && c <= 0x1EFF);
    Fold(once.joined, twice);
    ASSERT_TRUE(!latin || once.joined == twice.joined);
  }
}

TEST(Fold, GivesTheSameUnderAnyLocale) {
  const Words expected = {"istanbul", "iii", "gunes", "2"};
  for (const char* locale : {"C", "C.UTF-8", "tr_TR.UTF-8", "en_US.UTF-8", "de_DE"}) {
    std::setlocale(LC_ALL, locale);  // one that this machine lacks changes nothing
    EXPECT_EQ(WordsOf("İSTANBUL III GÜNEŞ ²"), expected) << locale;
  }
  std::setlocale(LC_ALL, "C");
}

}  // namespace
}  // namespace tallystick::agents

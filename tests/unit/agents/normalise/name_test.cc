#include "agents/normalise/name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agents/normalise/name_lists.h"

namespace tallystick::agents {
namespace {

std::string Family(std::string_view raw) {
  FoldedText scratch;
  NameForm form;
  NormaliseName(raw, NameRole::kFamily, scratch, form);
  return form.text;
}

FieldState StateOf(std::string_view raw, NameRole role = NameRole::kFamily) {
  FoldedText scratch;
  NameForm form;
  const FieldState state = NormaliseName(raw, role, scratch, form).state;
  EXPECT_EQ(form.text.empty(), state != FieldState::kValue) << raw;
  return state;
}

std::vector<std::string> LongWords(std::string_view raw) {
  FoldedText scratch;
  NameForm form;
  NormaliseName(raw, NameRole::kFamily, scratch, form);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < form.long_word_count; ++i) words.emplace_back(form.long_word(i));
  return words;
}

using Words = std::vector<std::string>;

TEST(NormaliseName, JoinsTheWords) {
  EXPECT_EQ(Family("García-López"), "garcialopez");
  EXPECT_EQ(Family("de la Cruz"), "delacruz");
  EXPECT_EQ(Family("O'Brien"), "obrien");
  EXPECT_EQ(Family("SMITH 3"), "smith3");
}

TEST(NormaliseName, DropsTitlesInFrontAndSuffixesAtTheEnd) {
  EXPECT_EQ(Family("Dr. María de la Cruz Jr."), "mariadelacruz");
  EXPECT_EQ(Family("Rev. Prof. Dr. King, PhD, Esq."), "king");
  EXPECT_EQ(Family("Smith III"), "smith");
  EXPECT_EQ(Family("Jr Smith Dr"), "jrsmithdr");  // neither stands where it is dropped
  EXPECT_EQ(Family("Drake"), "drake");
}

TEST(NormaliseName, IsNullWhereOnlyTitlesOrPunctuationStand) {
  EXPECT_EQ(StateOf("Mr. Dr."), FieldState::kNull);
  EXPECT_EQ(StateOf("Jr."), FieldState::kNull);
  EXPECT_EQ(StateOf("---"), FieldState::kNull);
  EXPECT_EQ(StateOf(""), FieldState::kEmpty);
  EXPECT_EQ(StateOf(" \t"), FieldState::kEmpty);
}

TEST(NormaliseName, IsNullForPlaceholders) {
  for (const char* name : {"TEST", "Unknown", "none", "N/A", "na", "Baby", "Baby Boy", "BABY-GIRL",
                           "xxx", "Mr. Unknown", "FNU", "Last Name Unknown"}) {
    EXPECT_EQ(StateOf(name), FieldState::kNull) << name;
  }
  for (const char* name : {"Testa", "Nao", "Babylon", "Noone", "Nan"}) {
    EXPECT_EQ(StateOf(name), FieldState::kValue) << name;
  }
}

TEST(NormaliseName, IsNullForASingleLetterAsAFamilyNameOnly) {
  EXPECT_EQ(StateOf("G."), FieldState::kNull);
  EXPECT_EQ(StateOf("𠮷"), FieldState::kNull);
  EXPECT_EQ(StateOf("Ng"), FieldState::kValue);
  EXPECT_EQ(StateOf("G.", NameRole::kOther), FieldState::kValue);
}

TEST(NormaliseName, FindsTheWordsThatMayStandForACompoundName) {
  EXPECT_EQ(LongWords("García-López"), (Words{"garcia", "lopez"}));
  EXPECT_EQ(LongWords("de la Cruz"), Words{"cruz"});
  EXPECT_EQ(LongWords("van der Berg Jr."), Words{"berg"});
  EXPECT_EQ(LongWords("Muñoz y Ibáñez"), (Words{"munoz", "ibanez"}));
  EXPECT_EQ(LongWords("Garcia Garcia"), Words{"garcia"});
  EXPECT_EQ(LongWords("Ng Wu"), Words{});   // fewer than three letters
  EXPECT_EQ(LongWords("Garcia"), Words{});  // the whole is the word
  EXPECT_EQ(LongWords("Garcia Unknown"), Words{"garcia"});
  EXPECT_EQ(LongWords("Ana 1234"), Words{"ana"});
  EXPECT_EQ(LongWords("aaa bbb ccc ddd eee"), (Words{"aaa", "bbb", "ccc", "ddd"}));
}

TEST(Variants, KeepsTheFirstFourDistinctValues) {
  Variants variants;
  for (const char* value : {"a", "", "b", "a", "c", "d", "e"}) variants.Add(value);
  ASSERT_EQ(variants.size(), 4u);
  EXPECT_EQ(variants[0], "a");
  EXPECT_EQ(variants[3], "d");
}

TEST(NameLists, HoldTheWordsOfTheNormativePage) {
  for (const char* word : {"mr", "mrs", "ms", "dr", "prof", "rev"}) EXPECT_TRUE(IsTitle(word));
  for (const char* word : {"jr", "sr", "ii", "iii", "iv", "v", "phd", "md", "esq"}) {
    EXPECT_TRUE(IsSuffix(word)) << word;
  }
  for (const char* word :
       {"de",  "la",  "las", "los", "del", "da", "dos", "do",  "di", "du", "van",
        "von", "der", "den", "ter", "al",  "el", "bin", "ibn", "le", "y",  "e"}) {
    EXPECT_TRUE(IsParticle(word)) << word;
  }
  for (const char* word : {"test", "unknown", "none", "na", "baby", "babyboy", "babygirl", "xxx"}) {
    EXPECT_TRUE(IsPlaceholder(word)) << word;
  }
}

}  // namespace
}  // namespace tallystick::agents

#include "agreements/amendment.h"

#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

std::string ReplacesLine(const Agreement& agreement) {
  return "replaces = \"sha256:" + agreement.digest.hex() + "\"";
}

TEST(RotationText, ChangesTheVersionAndWhatItReplacesAndNothingElse) {
  const Agreement first = TestAgreement();
  const Bytes second = RotationText(first).value();
  EXPECT_EQ(second, Replaced(TestAgreementText(), "version = 1\n",
                             "version = 2\n" + ReplacesLine(first) + "\n"));
  const Agreement amended = Parsed(second);
  EXPECT_TRUE(CheckAmendment(first, amended).ok());
  EXPECT_FALSE(NeedsNewEpoch(first, amended));
}

TEST(RotationText, IsTheSameEveryTime) {
  EXPECT_EQ(RotationText(TestAgreement()).value(), RotationText(TestAgreement()).value());
}

TEST(RotationText, OfALaterVersionNamesThatOne) {
  Agreement version = TestAgreement();
  for (int number = 2; number <= 12; ++number) {
    const Bytes text = RotationText(version).value();
    const Agreement next = Parsed(text);
    ASSERT_EQ(next.version, number);
    EXPECT_EQ(next.replaces, version.digest);
    EXPECT_EQ(text, Replaced(TestAgreementText(), "version = 1\n",
                             "version = " + std::to_string(number) + "\n" + ReplacesLine(version) +
                                 "\n"));
    version = next;
  }
}

TEST(RotationText, KeepsCommentsOrderSpacesAndLineEnds) {
  const std::string odd = Replaced(
      TestAgreementText(), "version = 1\n",
      "# the version = 1 of it\n\t version=1   # version = 1\n# replaces = \"sha256:0\"\n");
  const Agreement first = Parsed(odd);
  const Bytes second = RotationText(first).value();
  EXPECT_EQ(second, Replaced(odd, "\t version=1   # version = 1\n",
                             "\t version=2   # version = 1\n" + ReplacesLine(first) + "\n"));
  const Agreement third = Parsed(RotationText(Parsed(second)).value());
  EXPECT_EQ(third.version, 3);

  std::string windows;
  for (const char it : TestAgreementText()) windows += it == '\n' ? "\r\n" : std::string(1, it);
  const Agreement with_returns = Parsed(windows);
  EXPECT_EQ(RotationText(with_returns).value(),
            Replaced(windows, "version = 1\r\n",
                     "version = 2\r\n" + ReplacesLine(with_returns) + "\r\n"));
}

TEST(RotationText, OfALaterAttemptDiffersInACommentAtTheEnd) {
  const Agreement first = TestAgreement();
  const Bytes once = RotationText(first).value();
  const Bytes twice = RotationText(first, std::nullopt, 2).value();
  EXPECT_EQ(twice, once + "# rotation of version 1, attempt 2\n");
  const Agreement unended = Parsed(TestAgreementText().substr(0, TestAgreementText().size() - 1));
  EXPECT_TRUE(
      RotationText(unended, std::nullopt, 3)->ends_with("\n# rotation of version 1, attempt 3\n"));
}

TEST(RotationText, IsLeftToAPersonWhereTheFileIsSpeltOtherwise) {
  for (const std::string_view line :
       {"version = +1\n", "version = 0x1\n", "\"version\" = 1\n", "'version' = 1\n"}) {
    const auto text = RotationText(Parsed(Replaced(TestAgreementText(), "version = 1\n", line)));
    ASSERT_FALSE(text.ok()) << line;
    EXPECT_EQ(text.error().id(), "agreement.rotate-by-hand") << line;
  }
  const Agreement first = TestAgreement();
  const std::string second =
      Replaced(TestAgreementText(), "version = 1\n",
               "version = 2\nreplaces = \"\\u0073ha256:" + first.digest.hex() + "\"\n");
  EXPECT_EQ(RotationText(Parsed(second)).error().id(), "agreement.rotate-by-hand");
}

TEST(RotationText, TakesTheKeysOfAPartyThatEnrolledAnew) {
  const Agreement first = TestAgreement();
  const TestMember renewed = MakeTestMember("csun in a new home");
  const PartyKeys keys{"csun", Bytes(renewed.signing_key.verify_key().view()),
                       Bytes(renewed.sealing_key.public_key().view())};
  const Agreement second = Parsed(RotationText(first, keys).value());
  EXPECT_TRUE(CheckAmendment(first, second).ok());
  EXPECT_TRUE(NeedsNewEpoch(first, second));
  EXPECT_EQ(second.FindParty("csun")->signing_key, keys.signing_key);
  EXPECT_EQ(second.FindParty("csun")->sealing_key, keys.sealing_key);
  EXPECT_EQ(second.FindParty("lausd")->signing_key, first.FindParty("lausd")->signing_key);

  EXPECT_EQ(RotationText(first, PartyKeys{"ucla", keys.signing_key, keys.sealing_key}).error().id(),
            "agreement.party-unknown");
  const Agreement twice = Parsed("# " + crypto::Base64(first.FindParty("csun")->signing_key) +
                                 "\n" + TestAgreementText());
  EXPECT_EQ(RotationText(twice, keys).error().id(), "agreement.rotate-by-hand");
}

}  // namespace
}  // namespace tallystick::agreements

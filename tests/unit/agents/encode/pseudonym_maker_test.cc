#include "agents/encode/pseudonym_maker.h"

#include <gtest/gtest.h>

#include <vector>

namespace tallystick::agents {
namespace {

using enum agreements::IdentifierKind;

class PseudonymMakerTest : public testing::Test {
 protected:
  // Fields: SSN, SSN's last four, birth date, given name, family name, e-mail, educator id.
  Pseudonym Of(std::vector<std::string_view> values) {
    RowNormaliser normaliser(
        {kSsn, kSsnLast4, kBirthDate, kGivenName, kFamilyName, kEmail, kEducatorId});
    const std::vector<Plaintext<std::string_view>> fields(values.begin(), values.end());
    std::vector<FieldOutcome> outcomes(fields.size());
    return maker_.Make(normaliser.Normalise(fields, outcomes));
  }

  static crypto::SecretBytes<32> Key(char fill) {
    return crypto::SecretBytes<32>::FromBytes(Bytes(32, fill)).value();
  }

  PseudonymMaker maker_{Key('p')};
};

TEST_F(PseudonymMakerTest, GoesByTheSsnWhereThereIsOne) {
  EXPECT_EQ(Of({"234-56-7891", "", "1990-01-02", "Ana", "Ruiz", "", ""}),
            Of({"234567891", "", "", "Anna", "Smith", "", ""}));
  EXPECT_NE(Of({"234-56-7891", "", "1990-01-02", "Ana", "Ruiz", "", ""}),
            Of({"234-56-7892", "", "1990-01-02", "Ana", "Ruiz", "", ""}));
}

TEST_F(PseudonymMakerTest, FallsBackInOrder) {
  EXPECT_EQ(Of({"", "7891", "1990-01-02", "Ana", "Ruiz", "", ""}),
            Of({"", "7891", "1990-01-02", "Anna", "RUIZ", "", ""}));
  EXPECT_EQ(Of({"", "", "1990-01-02", "Ana", "Ruiz", "a@b.c", ""}),
            Of({"", "", "01/02/1990", "ANA", "Ruiz", "", ""}));
  EXPECT_NE(Of({"", "", "1990-01-02", "Ana", "Ruiz", "", ""}),
            Of({"", "", "1990-01-02", "Anna", "Ruiz", "", ""}));
  EXPECT_EQ(Of({"", "", "", "Ana", "Ruiz", "a@b.c", ""}), Of({"", "", "", "", "", "A@B.C", ""}));
}

TEST_F(PseudonymMakerTest, TellsOneKindOfIdentifierFromAnother) {
  EXPECT_NE(Of({"", "", "", "", "", "", "234567891"}), Of({"234567891", "", "", "", "", "", ""}));
}

TEST_F(PseudonymMakerTest, IsRandomWhereNobodyIsNamed) {
  EXPECT_NE(Of({"", "", "1990-01-02", "", "", "", ""}), Of({"", "", "1990-01-02", "", "", "", ""}));
}

TEST_F(PseudonymMakerTest, DependsOnTheKey) {
  const auto before = Of({"234567891", "", "", "", "", "", ""});
  maker_ = PseudonymMaker(Key('q'));
  EXPECT_NE(before, Of({"234567891", "", "", "", "", "", ""}));
}

}  // namespace
}  // namespace tallystick::agents

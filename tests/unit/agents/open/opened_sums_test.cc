#include "agents/open/opened_sums.h"

#include <gtest/gtest.h>

#include "proto/codec.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agents {
namespace {

// A sum of `rows` rows of clinical hours, opened by csun and lausd.
class OpenedSums : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kRows = 30;

  OpenedSums()
      : agreement_(agreements::Parsed(agreements::TestAgreementText())),
        output_(*agreement_.FindOutput("retention_by_pathway")),
        logarithms_(crypto::DiscreteLogTable::Build()) {
    for (int i = 0; i < 2; ++i) {
      shares_.push_back(crypto::Scalar::Random());
      points_.push_back(crypto::Point::MulGenerator(shares_.back()));
    }
  }

  SumToOpen Sum(std::uint64_t rows, std::uint64_t total) const {
    const crypto::Encryptor encryptor(crypto::JointKey(points_).value());
    crypto::RandomStream random;
    std::vector<std::uint64_t> values(rows, 0);
    values[0] = total;
    Bytes bytes;
    encryptor.Encrypt(values, random, bytes);
    crypto::CiphertextSum sum[1];
    for (std::uint64_t row = 0; row < rows; ++row) {
      EXPECT_TRUE(sum[0]
                      .AddEncoded(ByteView(bytes).substr(row * crypto::Ciphertext::kSize,
                                                         crypto::Ciphertext::kSize))
                      .ok());
    }
    return {0, 0, kRows, crypto::CiphertextSum::Normalise(sum).value()[0], std::nullopt};
  }
  ProvenPartials PartialsOf(std::size_t party, std::string_view name, const SumToOpen& sum) const {
    const OpeningContext context;
    return ProvenPartials::Make(context, name, shares_[party], CiphertextsOf(std::span(&sum, 1)));
  }
  Result<Bytes> Open(const SumToOpen& sum, std::span<const ProvenPartials> partials) const {
    return OpenSums(agreement_, output_, std::span(&sum, 1), partials, logarithms_);
  }
  Result<Bytes> OpenTogether(const SumToOpen& sum) const {
    const ProvenPartials both[] = {PartialsOf(0, "csun", sum), PartialsOf(1, "lausd", sum)};
    return Open(sum, both);
  }

  const agreements::Agreement agreement_;
  const agreements::Output& output_;
  const crypto::DiscreteLogTable logarithms_;
  std::vector<crypto::Scalar> shares_;
  std::vector<crypto::Point> points_;
};

TEST_F(OpenedSums, AreReadByBothTogether) {
  const auto body =
      Parse<v1::ReleaseBody>(OpenTogether(Sum(kRows, 30 * 500)).value(), kMaxReleaseBytes).value();
  ASSERT_EQ(body.statistics_size(), 1);
  EXPECT_EQ(body.statistics(0).mean(), "500");
}

TEST_F(OpenedSums, MayBeZero) { EXPECT_TRUE(OpenTogether(Sum(kRows, 0)).ok()); }

TEST_F(OpenedSums, AreNotReadWithOneShareAlone) {
  const SumToOpen sum = Sum(kRows, 15'000);
  const ProvenPartials one[] = {PartialsOf(0, "csun", sum)};
  EXPECT_EQ(Open(sum, one).error().id(), "opening.incomplete");
  const ProvenPartials twice[] = {PartialsOf(0, "csun", sum), PartialsOf(0, "csun", sum)};
  EXPECT_EQ(Open(sum, twice).error().id(), "opening.incomplete");
  EXPECT_EQ(Open(sum, {}).error().id(), "opening.incomplete");
  // Under the other's name it is another point, and nothing is found.
  const ProvenPartials posing[] = {PartialsOf(0, "csun", sum), PartialsOf(0, "lausd", sum)};
  EXPECT_EQ(Open(sum, posing).error().refusal()->rule.view(), "REL-SUM");
}

TEST_F(OpenedSums, OverAnotherNumberOfRowsAreRefused) {
  EXPECT_EQ(OpenTogether(Sum(kRows - 1, 15'000)).error().refusal()->rule.view(), "REL-SUM");
  EXPECT_EQ(OpenTogether(Sum(kRows + 1, 15'000)).error().refusal()->rule.view(), "REL-SUM");
}

TEST_F(OpenedSums, OutOfTheMeasuresRangeAreRefused) {
  EXPECT_TRUE(OpenTogether(Sum(kRows, kRows * 2000)).ok());
  EXPECT_EQ(OpenTogether(Sum(kRows, kRows * 2000 + 1)).error().refusal()->rule.view(), "REL-SUM");
}

TEST_F(OpenedSums, AreTheSameForWhoeverReadsThem) {
  const SumToOpen sum = Sum(kRows, 12'345);
  const ProvenPartials both[] = {PartialsOf(1, "lausd", sum), PartialsOf(0, "csun", sum)};
  EXPECT_EQ(Open(sum, both).value(), OpenTogether(sum).value());
}

}  // namespace
}  // namespace tallystick::agents

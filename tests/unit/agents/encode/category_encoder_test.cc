#include "agents/encode/category_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "crypto/hmac.h"

namespace tallystick::agents {
namespace {

crypto::SecretBytes<32> CodeKey(char fill) {
  return crypto::SecretBytes<32>::FromBytes(Bytes(32, fill)).value();
}

agreements::Category Pathway() {
  agreements::Category category;
  category.name = "pathway";
  category.values = {"traditional", "intern", "residency", "not observed"};
  return category;
}

TEST(CategoryEncoder, CodesAreAnHmacOfDatasetColumnAndLabel) {
  Bytes message;
  for (const char* part : {"candidates", "pathway", "intern"}) AppendLp(message, part);
  EXPECT_EQ(CategoryCode(CodeKey('k'), "candidates", "pathway", "intern"),
            crypto::HmacSha256(Bytes(32, 'k')).Compute(message).view().substr(0, 8));
}

TEST(CategoryEncoder, CodesDependOnEverything) {
  const std::set<Bytes> codes = {
      CategoryCode(CodeKey('k'), "d", "c", "x"), CategoryCode(CodeKey('l'), "d", "c", "x"),
      CategoryCode(CodeKey('k'), "e", "c", "x"), CategoryCode(CodeKey('k'), "d", "b", "x"),
      CategoryCode(CodeKey('k'), "d", "c", "y"), CategoryCode(CodeKey('k'), "dc", "", "x")};
  EXPECT_EQ(codes.size(), 6u);
}

TEST(CategoryEncoder, OrdinalsAreThePositionsOfSortedCodes) {
  const auto key = CodeKey('k');
  const auto codes = SortedCodes(key, "candidates", Pathway());
  const auto labels = OrdinalLabels(key, "candidates", Pathway()).value();
  EXPECT_TRUE(std::is_sorted(codes.begin(), codes.end()));
  EXPECT_THAT(labels, testing::UnorderedElementsAreArray(Pathway().values));
  ASSERT_EQ(codes.size(), labels.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(codes[i], CategoryCode(key, "candidates", "pathway", labels[i]));
  }
}

TEST(CategoryEncoder, RefusesLabelsWithOneCode) {
  agreements::Category category = Pathway();
  category.values.push_back("intern");  // the one collision that is easy to find
  const auto labels = OrdinalLabels(CodeKey('k'), "candidates", category);
  ASSERT_FALSE(labels.ok());
  EXPECT_EQ(labels.error().id(), "encode.code-collision");
}

TEST(CategoryEncoder, ObservationsAreTwoCodesOfAColumnNamedLikeTheMeasure) {
  std::set<std::uint16_t> ordinals;
  for (char fill = 'a'; fill <= 'z'; ++fill) {
    const auto codes = ObservationCodesOf(CodeKey(fill), "hr", "salary").value();
    ASSERT_EQ(codes.codes.size(), 2u);
    EXPECT_LT(codes.codes[0], codes.codes[1]);
    EXPECT_EQ(codes.codes[codes.observed], CategoryCode(CodeKey(fill), "hr", "salary", "observed"));
    EXPECT_EQ(codes.codes[codes.observed], ObservedCode(CodeKey(fill), "hr", "salary"));
    EXPECT_EQ(codes.codes[codes.not_observed],
              CategoryCode(CodeKey(fill), "hr", "salary", "not observed"));
    ordinals.insert(codes.observed);
  }
  EXPECT_EQ(ordinals.size(), 2u);  // the order tells nothing: it depends on the key
}

}  // namespace
}  // namespace tallystick::agents

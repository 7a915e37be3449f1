#include "agreements/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kFile = R"(agreement = "csun-lausd-2026"
output    = "retention_by_pathway"
question  = "Does a residency keep teachers longer?"
[filter]
"candidates.completion_year" = ["2020", "2019"]
)";

RequestDefinition Definition(std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  auto definition = ParseRequest(text, &diagnostics);
  EXPECT_TRUE(definition.ok()) << diagnostics.at(0).ToString("request.toml");
  return *std::move(definition);
}

TEST(ParseRequest, ReadsAFile) {
  const RequestDefinition definition = Definition(kFile);
  EXPECT_EQ(definition.agreement, "csun-lausd-2026");
  EXPECT_EQ(definition.output, "retention_by_pathway");
  EXPECT_EQ(definition.question, "Does a residency keep teachers longer?");
  ASSERT_EQ(definition.filter.size(), 1u);
  EXPECT_EQ(definition.filter[0].element.ToString(), "candidates.completion_year");
  EXPECT_THAT(definition.filter[0].values, ElementsAre("2020", "2019"));
  EXPECT_EQ(definition.filter[0].line, 5);
  EXPECT_NE(definition.FindFilter({"candidates", "completion_year"}), nullptr);
  EXPECT_EQ(definition.FindFilter({"candidates", "pathway"}), nullptr);
  EXPECT_EQ(definition.lines.Of("question", 0), 3);
}

TEST(ParseRequest, SaysWhatIsWrongAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"agreement = \"a-b\"\noutput = \"o\"\n", "request.toml:1:1: error: `question` is missing"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\nfilters = 1\n",
       "request.toml:4:1: error: unknown key `filters`; did you mean `filter`?"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\n[filter]\na.b = [\"x\"]\n",
       "between quotes"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\n[filter]\n\"b\" = [\"x\"]\n",
       "must name dataset and element"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\n[filter]\n\"a.b\" = []\n",
       "request.toml:5:1: error: `a.b` is an empty list"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\n[filter]\n\"a.b\" = \"x\"\n",
       "must be a list"},
      {"agreement = \"a\"\noutput = \"o\"\nquestion = \"q\"\n[filter]\n\"a.b\" = [2019]\n",
       "must be strings"},
      {"agreement = [", "not TOML"},
  };
  for (const auto& [text, message] : cases) {
    std::vector<Diagnostic> diagnostics;
    const auto result = ParseRequest(text, &diagnostics);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.error().id(), "request.invalid");
    ASSERT_FALSE(diagnostics.empty());
    EXPECT_THAT(diagnostics[0].ToString("request.toml"), HasSubstr(message));
  }
}

TEST(ParseRequest, RefusesTooMuchAndWhatIsNotUtf8) {
  EXPECT_EQ(ParseRequest(std::string(kMaxRequestBytes + 1, '#'), nullptr).error().id(),
            "request.too-large");
  EXPECT_EQ(ParseRequest("question = \"\xff\"", nullptr).error().id(), "request.not-utf8");
  std::string many = std::string(kFile);
  for (int i = 0; i < 100; ++i) many += "\"a.b" + std::to_string(i) + "\" = [\"x\"]\n";
  EXPECT_FALSE(ParseRequest(many, nullptr).ok());
}

TEST(DefinitionDigest, IsTheSameForTheSameQuestion) {
  const Agreement agreement = TestAgreement();
  const auto digest = [&](std::string_view text) {
    return DefinitionDigest(agreement, Definition(text));
  };
  const crypto::Digest reference = digest(kFile);
  EXPECT_EQ(digest(Replaced(kFile, "[\"2020\", \"2019\"]", "[\"2019\", \"2020\"]")), reference);
  EXPECT_EQ(digest(Replaced(kFile, "Does a residency keep teachers longer?", "Other words")),
            reference);
  EXPECT_NE(digest(Replaced(kFile, "[\"2020\", \"2019\"]", "[\"2019\"]")), reference);
  EXPECT_NE(digest(Replaced(kFile, "retention_by_pathway", "hired_by_pathway")), reference);

  const std::string unfiltered =
      Replaced(kFile, "\"candidates.completion_year\" = [\"2020\", \"2019\"]", "");
  EXPECT_NE(digest(unfiltered), reference);
  EXPECT_EQ(digest(Replaced(kFile, "[\"2020\", \"2019\"]", "[\"2021\", \"2020\", \"2019\"]")),
            digest(unfiltered));

  const Agreement other = Parsed(TestAgreementText() + "# another version\n");
  EXPECT_NE(DefinitionDigest(other, Definition(kFile)), reference);
}

TEST(DefinitionDigest, DoesNotDependOnTheOrderOfFilters) {
  const Agreement agreement = TestAgreement();
  const std::string a = Replaced(kFile, "[filter]\n", "[filter]\n\"hr.retained_3y\" = [\"yes\"]\n");
  const std::string b = std::string(kFile) + "\"hr.retained_3y\" = [\"yes\"]\n";
  EXPECT_EQ(DefinitionDigest(agreement, Definition(a)), DefinitionDigest(agreement, Definition(b)));
}

class SignedRequests : public ::testing::Test {
 protected:
  SignedRequest Make(std::string_view signer = "pgarcia", std::string_view person = "pgarcia") {
    return SignedRequest::Make(agreement_.digest, agreement_.digest, 3, std::string(person), kFile,
                               ParseTime("2026-06-01T12:00:00Z").value(),
                               MakeTestMember(signer).signing_key);
  }
  std::string ErrorOf(const SignedRequest& request) const {
    const auto status = VerifyRequest(agreement_, agreement_.digest, 3, request);
    return status.ok() ? "" : std::string(status.error().id());
  }

  const Agreement agreement_ = TestAgreement();
};

TEST_F(SignedRequests, OfAPersonInTheAgreementVerify) {
  const SignedRequest request = Make();
  EXPECT_EQ(ErrorOf(request), "");
  const auto decoded = SignedRequest::Decode(request.Encode());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->Encode(), request.Encode());
  EXPECT_EQ(decoded->file, kFile);
  EXPECT_EQ(ErrorOf(*decoded), "");
}

TEST_F(SignedRequests, HaveAnIdOfSixteenHexDigitsThatIsNeverTheSame) {
  const SignedRequest a = Make(), b = Make();
  EXPECT_EQ(a.Id(), crypto::Sha256(a.Body()).hex().substr(0, 16));
  EXPECT_EQ(a.Id().size(), 16u);
  EXPECT_NE(a.Id(), b.Id());
  EXPECT_EQ(SignedRequest::Decode(a.Encode())->Id(), a.Id());
}

TEST_F(SignedRequests, WithoutThePersonsSignatureGoNowhere) {
  EXPECT_EQ(ErrorOf(Make("unite-la")), "request.signature");
  EXPECT_EQ(ErrorOf(Make("csun", "csun")), "request.person");
  EXPECT_EQ(ErrorOf(Make("stranger", "stranger")), "request.person");
  SignedRequest request = Make();
  request.signature.clear();
  EXPECT_EQ(ErrorOf(request), "request.signature");
}

TEST_F(SignedRequests, OfAPersonWithoutAKeyAreRefusedWithTheClause) {
  std::string text = TestAgreementText();
  const auto at = text.rfind("signing_key");
  const Agreement agreement = Parsed(text.erase(at, text.find('\n', at) - at));
  const SignedRequest request =
      SignedRequest::Make(agreement.digest, agreement.digest, 1, "pgarcia", kFile, Time{},
                          MakeTestMember("pgarcia").signing_key);
  const auto status = VerifyRequest(agreement, agreement.digest, 1, request);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().refusal()->rule.view(), "AGR-PERSON-NO-KEY");
  EXPECT_EQ(status.error().refusal()->clause->line, agreement.persons[0].line);
}

TEST_F(SignedRequests, AreForOneVersionChainAndEpoch) {
  const SignedRequest request = Make();
  const auto refused = VerifyRequest(agreement_, agreement_.digest, 4, request);
  EXPECT_EQ(refused.error().id(), "request.agreement");
  EXPECT_FALSE(VerifyRequest(agreement_, crypto::Digest(), 3, request).ok());
  const Agreement changed = Parsed(Replaced(TestAgreementText(), "min_cell = 11", "min_cell = 10"));
  EXPECT_EQ(VerifyRequest(changed, agreement_.digest, 3, request).error().id(),
            "request.agreement");
}

TEST_F(SignedRequests, RefuseEveryChangedOrMissingByte) {
  const Bytes encoded = Make().Encode();
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    Bytes changed = encoded;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto decoded = SignedRequest::Decode(changed);
    EXPECT_FALSE(decoded.ok() && ErrorOf(*decoded).empty()) << at;
    EXPECT_FALSE(SignedRequest::Decode(ByteView(encoded).substr(0, at)).ok());
  }
  EXPECT_EQ(SignedRequest::Decode(encoded + "x").error().id(), "request.malformed");
  SignedRequest big = Make();
  big.file = std::string(kMaxRequestBytes + 1, '#');
  EXPECT_FALSE(SignedRequest::Decode(big.Encode()).ok());
}

}  // namespace
}  // namespace tallystick::agreements

#include "agents/encode/clk/clk_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agents/encode/clk/clk_vectors.h"

namespace tallystick::agents {
namespace {

using testing::HasSubstr;

std::string Reason(std::string_view text, std::size_t clk_bits = 0) {
  const auto column = ParseClkJson(text, clk_bits);
  return column.ok() ? "" : column.error().ToString();
}

TEST(ClkFile, WritesWhatClkhashWritesAndReadsIt) {
  ClkColumn column;
  column.clk_bytes = 2;
  column.bytes = Bytes("\x80\x01\xff\x00", 4);
  EXPECT_EQ(ClkJson(column), R"({"clks": ["gAE=", "/wA="]})");
  const auto read = ParseClkJson(ClkJson(column), 16).value();
  EXPECT_EQ(read.bytes, column.bytes);
  EXPECT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1], ByteView("\xff\x00", 2));
  EXPECT_EQ(ClkJson({}), R"({"clks": []})");
  EXPECT_EQ(ParseClkJson(R"({"clks": []})")->size(), 0u);
}

TEST(ClkFile, ReadsTheFormWithBlocksAndLineBreaksInside) {
  const auto blocks =
      ParseClkJson(R"({"clknblocks": [["gAE=", "1", "2"], ["/wA="]], "more": {"clks": 1}})");
  EXPECT_EQ(blocks->bytes, Bytes("\x80\x01\xff\x00", 4));
  EXPECT_EQ(ParseClkJson("{\"clks\": [\"gA\\nE=\\n\"]}")->bytes, "\x80\x01");
}

TEST(ClkFile, NamesTheRowThatIsWrong) {
  EXPECT_THAT(Reason(R"({"clks": ["gAE=", "gA=="]})"),
              HasSubstr("another length (row=2, expected=2, actual=1)"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE="]})", 1024), HasSubstr("(row=1, expected=128, actual=2)"));
  EXPECT_EQ(Reason(R"({"clks": ["gA=="]})", 1), "");
  EXPECT_THAT(Reason(R"({"clks": ["wA=="]})", 1), HasSubstr("behind its end (row=1)"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE=", "?"]})"), HasSubstr("no base64 (row=2)"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE=", ""]})"), HasSubstr("empty (row=2)"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE=", null]})"), HasSubstr("not text (row=2)"));
  EXPECT_THAT(Reason(R"({"clks": [")" + std::string(100'000, 'A') + "\"]}"), HasSubstr("too long"));
}

TEST(ClkFile, RefusesWhatIsNoClkFile) {
  EXPECT_THAT(Reason(""), HasSubstr("not JSON"));
  EXPECT_THAT(Reason("[]"), HasSubstr("one JSON object"));
  EXPECT_THAT(Reason("{}"), HasSubstr("neither"));
  EXPECT_THAT(Reason(R"({"clks": "gAE="})"), HasSubstr("are lists"));
  EXPECT_THAT(Reason(R"({"clks": {"0": "gAE="}})"), HasSubstr("are lists"));
  EXPECT_THAT(Reason(R"({"clks": [["gAE="]]})"), HasSubstr("a CLK is a list"));
  EXPECT_THAT(Reason(R"({"clks": [{"a": 1}]})"), HasSubstr("a CLK is an object"));
  EXPECT_THAT(Reason(R"({"clknblocks": ["gAE="]})"), HasSubstr("a row is a list"));
  EXPECT_THAT(Reason(R"({"clknblocks": [[]]})"), HasSubstr("no CLK"));
  EXPECT_THAT(Reason(R"({"clks": [], "clknblocks": []})"), HasSubstr("twice"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE="]} x)"), HasSubstr("not JSON"));
  EXPECT_THAT(Reason(R"({"clks": ["gAE=")"), HasSubstr("not JSON"));
}

TEST(ClkFile, EncodesACsvAndNamesItsBadRow) {
  const auto schema = ParseLinkageSchema(OneFeature(R"({"type": "integer"})", kBigrams)).value();
  const auto encode = [&](std::string_view csv) {
    auto reader = CsvReader::OverBytes(Bytes(csv));
    return EncodeClks(*reader, schema, Secret("s"));
  };
  EXPECT_EQ(encode("x\n1\n2\n")->size(), 2u);
  EXPECT_EQ(encode("x\n1\n")->bytes, encode("x\n 01\n")->bytes);
  EXPECT_EQ(encode("x\n1\ny\n").error().ToString(),
            "clk.invalid-entry: the value is not an integer (feature=1, row=3)");
  EXPECT_THAT(encode("y\n1\n").error().ToString(), HasSubstr("(column=1)"));
  EXPECT_THAT(encode("x,y\n1,2\n").error().ToString(), HasSubstr("(features=1, columns=2)"));
  EXPECT_THAT(encode("x\n1,2\n").error().ToString(), HasSubstr("row=2"));
}

}  // namespace
}  // namespace tallystick::agents

#include "agents/validate/record_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using ::testing::ElementsAre;

const FileColumns kIgnoreExtra{{}, true};

class RecordSourceTest : public testing::Test {
 protected:
  RecordSourceTest() {
    dataset_.identifiers.emplace_back().name = "last_name";
    dataset_.categories.emplace_back().name = "pathway";
  }

  std::filesystem::path Write(std::string_view text) {
    std::ofstream(directory_.path() / "file.csv", std::ios::binary) << text;
    return directory_.path() / "file.csv";
  }

  // Reads everything: "row:last_name|pathway".
  std::vector<std::string> ReadAll(std::string_view text, ReadProgress progress = nullptr) {
    std::vector<std::string> records;
    auto source =
        RecordSource::Open(Write(text), dataset_, kIgnoreExtra, std::move(progress), &findings_);
    if (!source.ok()) return {std::string(source.error().id())};
    RecordBatch batch((*source)->field_count());
    std::vector<CsvField> fields;
    for (std::size_t expected = 0;; ++expected) {
      Findings found;
      const auto index = (*source)->Next(batch, &found);
      EXPECT_TRUE(index.ok());
      if (!index->has_value()) return records;
      EXPECT_EQ(**index, expected);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        batch.Read(i, fields);
        records.push_back(std::to_string(batch.row(i)) + ":" +
                          std::string(PlaintextProbe::Read(fields[0])) + "|" +
                          std::string(PlaintextProbe::Read(fields[1])));
      }
      findings_.Append(std::move(found));
    }
  }

  TemporaryDirectory directory_;
  agreements::Dataset dataset_;
  Findings findings_;
};

TEST_F(RecordSourceTest, DealsOutTheDatasetsFieldsInItsOrder) {
  EXPECT_THAT(ReadAll("x,pathway,last_name\n1,intern,Ruiz\n2,,\"Lee, Jr\"\n"),
              ElementsAre("2:Ruiz|intern", "3:Lee, Jr|"));
}

TEST_F(RecordSourceTest, ToleratesAByteOrderMarkAndWindowsLineEnds) {
  EXPECT_THAT(ReadAll("\xEF\xBB\xBFlast_name,pathway\r\nRuiz,intern\r\n"),
              ElementsAre("2:Ruiz|intern"));
}

TEST_F(RecordSourceTest, ReportsRowsThatAreNotCsvByRowAndColumn) {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  EXPECT_THAT(ReadAll("last_name,pathway\nA,\xFF\nB,b\nC\nD\0,d\nE,\"e\n"s), ElementsAre("3:B|b"));
  std::vector<std::string> places;
  for (const Finding& finding : findings_.items()) {
    EXPECT_TRUE(finding.error);
    places.push_back(std::to_string(finding.row) + " " + finding.column);
  }
  EXPECT_THAT(places, ElementsAre("2 pathway", "4 ", "5 last_name", "6 pathway"));
}

TEST_F(RecordSourceTest, CutsAFileIntoBatchesAndLosesNothing) {
  std::string text = "last_name,pathway\n";
  for (int i = 0; i < 10'000; ++i) text += "Name" + std::to_string(i) + ",intern\n";
  text += "\"A very long name" + std::string(900'000, 'x') + "\",intern\n";
  text += "Last,intern\n";
  const auto records = ReadAll(text);
  ASSERT_EQ(records.size(), 10'002u);
  EXPECT_EQ(records[9'999], "10001:Name9999|intern");
  EXPECT_EQ(records[10'000].size(),
            900'000 + std::string_view("10002:A very long name|intern").size());
  EXPECT_EQ(records[10'001], "10003:Last|intern");
}

TEST_F(RecordSourceTest, ReportsBadRowsBehindTheLastGoodOne) {
  std::string text = "last_name,pathway\n";
  for (std::size_t i = 0; i < RecordBatch::kMaxRecords; ++i) text += "A,b\n";
  text += "too,many,fields\n";
  EXPECT_EQ(ReadAll(text).size(), RecordBatch::kMaxRecords);
  EXPECT_EQ(findings_.error_count(), 1u);
}

TEST_F(RecordSourceTest, EndsItsProgressAtTheWholeFile) {
  for (const char* end : {"", "\n\n\n"}) {
    std::string text = "last_name,pathway\n";
    for (std::size_t i = 0; i < RecordBatch::kMaxRecords; ++i) text += "A,b\n";
    text += end;
    std::uint64_t last = 0;
    ReadAll(text, [&](std::uint64_t done, std::uint64_t total) {
      EXPECT_GE(done, last);
      EXPECT_EQ(total, text.size());
      last = done;
    });
    EXPECT_EQ(last, text.size());
  }
}

TEST_F(RecordSourceTest, RefusesAFileThatIsNotThereOrNotCsv) {
  EXPECT_THAT(ReadAll(""), ElementsAre("csv.empty"));
  EXPECT_THAT(ReadAll("last_name,last_name\n"), ElementsAre("csv.header"));
  EXPECT_THAT(ReadAll("PK\x03\x04zip"), ElementsAre("csv.not-utf8-text"));
  EXPECT_THAT(ReadAll("last_name\n"), ElementsAre("validate.errors"));
  const auto missing =
      RecordSource::Open(directory_.path() / "none", dataset_, kIgnoreExtra, nullptr, &findings_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace tallystick::agents

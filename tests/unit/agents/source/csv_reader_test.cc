#include "agents/source/csv_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using Row = std::vector<std::string>;

// What a file says: its rows, and its problems as "row:column:rule" (column from 1, 0: the row).
struct Reading {
  std::vector<Row> rows;
  std::vector<std::uint64_t> row_numbers;
  std::vector<std::string> problems;
};

Reading ReadAll(CsvReader& reader) {
  Reading reading;
  std::vector<CsvField> fields;
  for (;;) {
    const auto step = reader.Next(fields);
    EXPECT_TRUE(step.ok());
    if (!step.ok() || *step == CsvStep::kEnd) return reading;
    if (*step == CsvStep::kBadRow) {
      EXPECT_TRUE(fields.empty());
      EXPECT_FALSE(reader.problems().empty());
      for (const CsvProblem& problem : reader.problems()) {
        reading.problems.push_back(std::to_string(problem.row) + ":" +
                                   std::to_string(problem.column ? *problem.column + 1 : 0) + ":" +
                                   std::string(problem.rule.view()));
      }
      continue;
    }
    Row row;
    for (const CsvField& field : fields) row.emplace_back(PlaintextProbe::Read(field));
    reading.rows.push_back(row);
    reading.row_numbers.push_back(reader.row());
  }
}

Reading ReadText(std::string text, const CsvOptions& options = {}) {
  auto reader = CsvReader::OverBytes(std::move(text), options);
  EXPECT_TRUE(reader.ok());
  return reader.ok() ? ReadAll(*reader) : Reading{};
}

std::string RefusalOf(std::string text) {
  auto reader = CsvReader::OverBytes(std::move(text));
  return reader.ok() ? "accepted" : reader.error().ToString();
}

TEST(CsvReader, ReadsQuotesCommasAndLineBreaksInsideQuotes) {
  const Reading reading = ReadText("a,b,c\r\n1,\"x, \"\"y\"\"\r\nz\",\r\n\"\",2,\"\"\"\"\n");
  ASSERT_EQ(reading.problems, std::vector<std::string>{});
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"1", "x, \"y\"\r\nz", ""}, {"", "2", "\""}}));
  EXPECT_EQ(reading.row_numbers, (std::vector<std::uint64_t>{2, 3}));
}

TEST(CsvReader, ReadsTheLastLineWithoutALineEnd) {
  EXPECT_EQ(ReadText("a,b\n1,2").rows, (std::vector<Row>{{"1", "2"}}));
  EXPECT_EQ(ReadText("a,b\n1,").rows, (std::vector<Row>{{"1", ""}}));
  EXPECT_EQ(ReadText("a,b\n1,\"2\"").rows, (std::vector<Row>{{"1", "2"}}));
  EXPECT_EQ(ReadText("a,b").rows, std::vector<Row>{});
}

TEST(CsvReader, ToleratesAByteOrderMark) {
  auto reader = CsvReader::OverBytes("\xEF\xBB\xBF\"a\",b\n1,2\n");
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->header(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ReadAll(*reader).rows, (std::vector<Row>{{"1", "2"}}));
}

TEST(CsvReader, SkipsEmptyLinesButCountsThem) {
  const Reading reading = ReadText("a,b\n\n1,2\n\r\n3,4\n\n\n");
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(reading.row_numbers, (std::vector<std::uint64_t>{3, 5}));
}

TEST(CsvReader, KeepsEmptyLinesOfAFileWithOneColumn) {
  EXPECT_EQ(ReadText("a\n\nx\n").rows, (std::vector<Row>{{""}, {"x"}}));
}

TEST(CsvReader, RefusesOtherEncodingsByName) {
  using namespace std::string_literals;
  EXPECT_NE(RefusalOf("\xFF\xFE"s + "a\0,\0b\0\n\0"s).find("UTF-16"), std::string::npos);
  EXPECT_NE(RefusalOf("\xFE\xFF\0a\0,"s).find("UTF-16"), std::string::npos);
  EXPECT_NE(RefusalOf("a\0,\0b\0\n\0"s).find("UTF-16"), std::string::npos);
  EXPECT_NE(RefusalOf("\xFF\xFE\0\0a\0\0\0"s).find("UTF-32"), std::string::npos);
  EXPECT_NE(RefusalOf("PK\x03\x04rest").find("spreadsheet"), std::string::npos);
  EXPECT_NE(RefusalOf("\x1F\x8B\x08").find("gzip"), std::string::npos);
  EXPECT_NE(RefusalOf("nombre,a\xF1o\n").find("Latin-1"), std::string::npos);
}

TEST(CsvReader, NamesTheEncodingOfABadByteByRowAndColumn) {
  const Reading reading = ReadText(
      "a,b\nok,Garc\xED"
      "a\nO\x92"
      "Brien,x\nGarc\xC3\xAD"
      "a,y\n\xED\xA0\x80,z\n");
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"García", "y"}}));
  EXPECT_EQ(
      reading.problems,
      (std::vector<std::string>{
          "2:2:not UTF-8 but probably Latin-1 (ISO 8859-1): save the file as UTF-8",
          "3:1:not UTF-8 but probably Windows-1252: save the file as UTF-8", "5:1:not UTF-8"}))
      << reading.problems.size();
}

TEST(CsvReader, RefusesHeadersThatAreMissingEmptyOrDoubled) {
  EXPECT_NE(RefusalOf("").find("csv.empty"), std::string::npos);
  EXPECT_NE(RefusalOf("\xEF\xBB\xBF").find("csv.empty"), std::string::npos);
  EXPECT_NE(RefusalOf("a,,c\n").find("without a name (row=1, column=2)"), std::string::npos);
  EXPECT_NE(RefusalOf("a,b,a\n").find("occurs twice (row=1, column=3)"), std::string::npos);
  EXPECT_NE(RefusalOf("a,\"b\n1,2\n").find("never closed (row=1, column=2)"), std::string::npos);
}

TEST(CsvReader, ReportsEveryProblemOfARowAndGoesOn) {
  using namespace std::string_literals;
  const Reading reading =
      ReadText("a,b,c\nx\0\0y,p\"q\"r,\"s\"t\n1,2\n1,2,3,4\n1,\"2\n3\",\r4\nfine,5,6\n"s);
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"fine", "5", "6"}}));
  EXPECT_EQ(
      reading.problems,
      (std::vector<std::string>{
          "2:1:a NUL byte", "2:2:a quote inside a field that does not start with one",
          "2:3:text between a closing quote and the next comma", "3:0:fewer fields than the header",
          "4:0:more fields than the header", "5:3:a carriage return without a line feed"}));
}

TEST(CsvReader, ReportsAnUnclosedQuoteWhereItOpens) {
  const Reading reading = ReadText("a,b\n1,2\n3,\"4\n5,6\n7,8\n");
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"1", "2"}}));
  EXPECT_EQ(reading.problems,
            (std::vector<std::string>{"3:2:a quote that is opened and never closed"}));
}

TEST(CsvReader, PassesAFieldAtTheLimitAndReportsALongerOne) {
  const std::string limit(kCsvMaxFieldBytes, 'x');
  EXPECT_EQ(ReadText("a,b\n" + limit + ",1\n").rows, (std::vector<Row>{{limit, "1"}}));
  const Reading reading = ReadText("a,b\n" + limit + "x,1\n2,\"" + std::string(10u << 20, 'y') +
                                   "\"\n3," + std::string(20u << 20, 'z') + "\nfine,4\n");
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"fine", "4"}}));
  EXPECT_EQ(reading.problems, (std::vector<std::string>{"2:1:a field longer than 1 MiB",
                                                        "3:2:a field longer than 1 MiB",
                                                        "4:2:a field longer than 1 MiB"}));
}

TEST(CsvReader, BoundsARecordOfManyFields) {
  const Reading reading = ReadText("a,b\n" + std::string(40u << 20, ',') + "\nfine,1\n");
  EXPECT_EQ(reading.rows, (std::vector<Row>{{"fine", "1"}}));
  EXPECT_EQ(reading.problems, (std::vector<std::string>{"2:0:a record longer than 16 MiB",
                                                        "2:0:more fields than the header"}));
}

TEST(CsvReader, GivesTheRecordAsItStandsInTheFile) {
  auto reader = CsvReader::OverBytes("a,b\r\n1,\"2 \"\"3\"\"\"\r\nx\r\n");
  ASSERT_TRUE(reader.ok());
  std::vector<CsvField> fields;
  ASSERT_TRUE(reader->Next(fields).ok());
  EXPECT_EQ(PlaintextProbe::Read(reader->raw_record()), "1,\"2 \"\"3\"\"\"");
  ASSERT_EQ(*reader->Next(fields), CsvStep::kBadRow);
  EXPECT_EQ(PlaintextProbe::Read(reader->raw_record()), "");
}

TEST(CsvReader, ReadsAFileAsItReadsBytes) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("csv_reader_test." + std::to_string(::getpid()) + ".csv");
  std::ofstream(path) << "a,b\n1,\"2\n3\"\n";
  auto reader = CsvReader::Open(path);
  std::filesystem::remove(path);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(ReadAll(*reader).rows, (std::vector<Row>{{"1", "2\n3"}}));
}

TEST(CsvReader, SaysWhyAFileCannotBeOpened) {
  EXPECT_EQ(CsvReader::Open("/nonexistent/file.csv").error().code(), Code::kNotFound);
  EXPECT_EQ(CsvReader::Open("/").error().code(), Code::kUnavailable);
}

// Every boundary between two reads falls somewhere else with another buffer size: the reading
// must not depend on it. The bytes are drawn from what makes a parser change its mind.
TEST(CsvReader, ReadsTheSameWhateverTheBufferSize) {
  constexpr std::uint32_t kSeed = 20240817;
  std::mt19937 random(kSeed);
  const std::vector<std::string> pieces = {
      ",", "\"",    "\n",   "\r\n",       "\r", "\"\"",
      "x", "yz",    "é",    "\xE9",       "名", std::string(1, '\0'),
      "1", "\",\"", "\"\n", "abcdefghij", "𠮷"};
  for (int round = 0; round < 3000; ++round) {
    std::string text = "a,b,c\n";
    for (auto i = random() % 60; i > 0; --i) text += pieces[random() % pieces.size()];
    const Reading whole = ReadText(text);
    for (const std::size_t buffer : {16u, 17u, 19u, 23u, 64u}) {
      CsvOptions options;
      options.buffer_bytes = buffer;
      const Reading parts = ReadText(text, options);
      ASSERT_EQ(parts.rows, whole.rows) << "seed " << kSeed << " round " << round;
      ASSERT_EQ(parts.row_numbers, whole.row_numbers);
      ASSERT_EQ(parts.problems, whole.problems);
    }
  }
}

TEST(CsvReader, NeverCrashesOnRandomBytes) {
  constexpr std::uint32_t kSeed = 7;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto i = random() % 200; i > 0; --i) text.push_back(static_cast<char>(random()));
    CsvOptions options{16, 8, 64};
    auto reader = CsvReader::OverBytes((round % 2 == 0 ? "a,b\n" : "") + text, options);
    if (reader.ok()) ReadAll(*reader);
  }
}

}  // namespace
}  // namespace tallystick::agents

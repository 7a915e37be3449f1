// A file of records, read in a small and in a large buffer alike; every row is normalised and made
// into the messages of the default ladder.
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "agents/normalise/match_key_message.h"
#include "agents/normalise/row.h"
#include "agents/source/csv_reader.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick {
namespace {

using agents::CsvField;
using agents::CsvReader;
using agents::CsvStep;
using agents::PlaintextProbe;
using agreements::IdentifierKind;

constexpr IdentifierKind kKinds[] = {IdentifierKind::kGivenName,
                                     IdentifierKind::kFamilyName,
                                     IdentifierKind::kBirthDate,
                                     IdentifierKind::kSsn,
                                     IdentifierKind::kPreviousFamilyName,
                                     IdentifierKind::kZip,
                                     IdentifierKind::kEmail,
                                     IdentifierKind::kPhone,
                                     IdentifierKind::kSex,
                                     IdentifierKind::kSsnLast4,
                                     IdentifierKind::kMiddleName,
                                     IdentifierKind::kEducatorId,
                                     IdentifierKind::kOther};

// Normalises every field as every kind in turn.
void Encode(const std::vector<CsvField>& fields, std::size_t turn) {
  static auto* const normaliser = new agents::RowNormaliser({std::begin(kKinds), std::end(kKinds)});
  std::vector<CsvField> row;
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    row.push_back(fields[(i + turn) % fields.size()]);
  }
  std::vector<agents::FieldOutcome> outcomes(row.size());
  const auto& normal = normaliser->Normalise(row, outcomes);
  agents::MatchKeyMessages messages;
  for (const agreements::MatchKey& key : agreements::DefaultLadder()) {
    messages.Make(key, normal);
    TS_CHECK(messages.size() <= static_cast<std::size_t>(key.EntriesPerRow()));
  }
}

// Reads on in `other`, which has its own buffer, and compares.
void CheckSame(CsvStep step, const CsvReader& reader, const std::vector<CsvField>& fields,
               CsvReader& other) {
  std::vector<CsvField> again;
  TS_CHECK(other.Next(again).value() == step && other.row() == reader.row());
  TS_CHECK(again.size() == fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    TS_CHECK(PlaintextProbe::Read(again[i]) == PlaintextProbe::Read(fields[i]));
  }
  TS_CHECK(other.problems().size() == reader.problems().size());
}

}  // namespace

bool FuzzOne(ByteView input) {
  agents::CsvOptions options;
  options.max_field_bytes = 300;
  options.max_record_bytes = 1000;
  auto reader = CsvReader::OverBytes(Bytes(input), options);
  options.buffer_bytes = 16;
  auto small = CsvReader::OverBytes(Bytes(input), options);
  TS_CHECK(reader.ok() == small.ok());
  if (!reader.ok()) return false;
  TS_CHECK(reader->header() == small->header());
  std::vector<CsvField> fields;
  bool all_good = true;
  for (std::size_t turn = 0;; ++turn) {
    const CsvStep step = reader->Next(fields).value();
    CheckSame(step, *reader, fields, *small);
    if (step == CsvStep::kEnd) return all_good;
    all_good = all_good && step == CsvStep::kRow;
    TS_CHECK(step == CsvStep::kRow ? fields.size() == reader->header().size() : fields.empty());
    TS_CHECK(reader->problems().empty() == (step == CsvStep::kRow));
    TS_CHECK(reader->bytes_read() <= input.size());
    if (step == CsvStep::kRow) Encode(fields, turn);
  }
}

}  // namespace tallystick

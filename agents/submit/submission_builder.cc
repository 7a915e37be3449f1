#include "agents/submit/submission_builder.h"

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "agents/encode/category_encoder.h"
#include "agents/encode/duplicates.h"
#include "agents/encode/file_encoder.h"
#include "agents/encode/parallel.h"
#include "agents/normalise/rules.h"
#include "agents/submit/chunk_spool.h"
#include "agents/submit/column_writer.h"
#include "agents/validate/record_source.h"
#include "agreements/statistics.h"
#include "agreements/submission_columns.h"
#include "base/check.h"
#include "base/file.h"
#include "proto/column_chunk.h"
#include "proto/limits.h"

namespace tallystick::agents {
namespace {

// A token column in the making takes 20 bytes an entry; so many are in memory at a time.
constexpr unsigned kMaxColumnsAtATime = 4;
constexpr std::size_t kSubmissionIdBytes = 16;

Error TooManyErrors(const Findings& findings) {
  return Error(Code::kInvalidArgument, "validate.errors",
               "the file has more errors than are tolerated")
      .With("error_count", findings.error_count());
}

// A checked file: its rows, and which of them a submission leaves out.
struct CheckedFile {
  EncodedRows rows;
  std::vector<bool> dropped;
  std::uint64_t kept_count = 0;
  std::uint64_t dropped_duplicates = 0;
};

// The number in the file of each row.
std::vector<std::uint64_t> RowNumbers(const EncodedRows& rows) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(rows.row_count);
  for (const EncodedBatch& batch : rows.batches) {
    numbers.insert(numbers.end(), batch.rows.begin(), batch.rows.end());
  }
  return numbers;
}

// Reports duplicates and drops them, or makes errors of them.
void ApplyDedupe(const BuildOptions& options, bool failed, CheckedFile& file, Findings* findings) {
  const std::vector<Duplicate> duplicates = FindDuplicates(
      file.rows, {.keep = options.dedupe == Dedupe::kLast ? KeepRow::kLast : KeepRow::kFirst,
                  .with_errors = failed,  // then nothing is kept, and all is to be told
                  .thread_count = ThreadCount(options.threads)});
  if (duplicates.empty()) return;
  const bool refuse = options.dedupe == Dedupe::kRefuse;
  const std::vector<std::uint64_t> numbers = RowNumbers(file.rows);
  for (const Duplicate& duplicate : duplicates) {
    Finding finding{.row = numbers[duplicate.row],
                    .rule = "duplicate: the same person as another row",
                    .error = refuse,
                    .other_row = numbers[duplicate.kept]};
    findings->Add(std::move(finding));
    file.dropped[duplicate.row] = true;
  }
  if (!refuse) file.dropped_duplicates = duplicates.size();
}

Result<CheckedFile> ReadAndCheck(const agreements::Dataset& dataset,
                                 std::vector<agreements::MatchKey> ladder, const EncodingKeys& keys,
                                 const BuildOptions& options, Findings* findings) {
  Findings found;  // of this file alone: *findings may hold others
  const auto check = [&]() -> Result<CheckedFile> {
    TS_ASSIGN_OR_RETURN(auto source, RecordSource::Open(options.file, dataset, options.columns,
                                                        options.progress, &found));
    TS_ASSIGN_OR_RETURN(FileEncoder encoder, FileEncoder::Make(dataset, std::move(ladder), keys));
    CheckedFile file;
    TS_ASSIGN_OR_RETURN(file.rows, encoder.Encode(*source, ThreadCount(options.threads), &found));
    file.dropped.reserve(file.rows.row_count);
    for (const EncodedBatch& batch : file.rows.batches) {
      for (const std::uint8_t error : batch.has_error) file.dropped.push_back(error != 0);
    }
    ApplyDedupe(options, found.error_count() > options.max_errors, file, &found);
    if (found.error_count() > options.max_errors) return TooManyErrors(found);
    file.kept_count =
        static_cast<std::uint64_t>(std::count(file.dropped.begin(), file.dropped.end(), false));
    if (file.kept_count == 0) {
      return Error(Code::kInvalidArgument, "validate.no-rows", "the file has no row that counts");
    }
    return file;
  };
  Result<CheckedFile> file = check();
  findings->Append(std::move(found));
  return file;
}

std::vector<crypto::SecretBytes<32>> TokenKeysOf(const agreements::AgreementSecret& secret,
                                                 const std::vector<agreements::MatchKey>& ladder) {
  std::vector<crypto::SecretBytes<32>> keys;
  for (const auto& match_key : ladder) keys.push_back(secret.TokenKey(match_key.name));
  return keys;
}

// Whatever the rows hold, a measure's sums must be found again when they are opened. Rows, not
// observed rows, are counted: the limit tells nothing of the file.
Status RowsFitMeasures(const agreements::Agreement& agreement, const agreements::Dataset& dataset,
                       std::uint64_t row_count) {
  for (const agreements::Measure& measure : dataset.measures) {
    const bool squares = agreements::PublishesSd(agreement, {dataset.id, measure.name});
    const std::uint64_t most = agreements::MaxRows(measure, squares);
    if (row_count <= most) continue;
    return Error(Code::kPermissionDenied, "measure.rows",
                 "the file has more rows than the sum of a measure can be opened of")
        .Refused({"AGR-MEASURE-ROWS", agreements::ClauseFor(agreement, measure.line),
                  "fewer rows, or an amendment with a smaller `scale` of the measure"})
        .With("measure", Name(measure.name))
        .With("rows", row_count)
        .With("max_rows", most);
  }
  return Ok();
}

// Appends a column to the manifest; its chunks follow those of the column before.
v1::ColumnDescription* AddColumn(v1::Manifest& manifest, v1::ColumnDescription::Kind kind,
                                 std::string_view name, std::uint64_t entry_count) {
  std::uint32_t first_chunk = 0;
  if (manifest.columns_size() > 0) {
    const auto& before = manifest.columns(manifest.columns_size() - 1);
    first_chunk = before.first_chunk() + before.chunk_count();
  }
  const std::uint64_t per_chunk = MaxEntriesPerChunk(agreements::ChunkKindOf(kind));
  v1::ColumnDescription* column = manifest.add_columns();
  column->set_kind(kind);
  column->set_name(std::string(name));
  column->set_entry_count(entry_count);
  column->set_first_chunk(first_chunk);
  column->set_chunk_count(static_cast<std::uint32_t>((entry_count + per_chunk - 1) / per_chunk));
  return column;
}

// Writes the chunks of one submission.
class Builder {
 public:
  Builder(const BuildContext& context, CheckedFile file)
      : context_(context),
        columns_(agreements::SubmissionColumns(*context.agreement, *context.dataset)),
        file_(std::move(file)),
        shuffled_(Shuffle(file_.dropped)) {}

  Result<BuiltSubmission> Build(const std::filesystem::path& spool, unsigned thread_count) {
    for (const agreements::Measure& measure : context_.dataset->measures) {
      TS_ASSIGN_OR_RETURN(
          auto codes, ObservationCodesOf(*context_.code_key, context_.dataset->id, measure.name));
      observations_.push_back(std::move(codes));
    }
    Describe();
    const v1::ColumnDescription& last = manifest().columns(manifest().columns_size() - 1);
    const std::uint64_t chunk_count = std::uint64_t{last.first_chunk()} + last.chunk_count();
    if (chunk_count > kMaxChunksPerSubmission) {
      return Error(Code::kExhausted, "submission.too-large",
                   "the submission would have more chunks than it may have")
          .With("limit", kMaxChunksPerSubmission);
    }
    TS_ASSIGN_OR_RETURN(ChunkSpool chunks,
                        ChunkSpool::Create(spool, manifest().submission_id(), context_.matcher_key,
                                           static_cast<std::uint32_t>(chunk_count)));
    built_.category_ordinals.resize(context_.dataset->categories.size());
    for (std::size_t m = 0; m < context_.dataset->measures.size(); ++m) {
      measures_.push_back(MeasureByPosition(file_.rows, m, shuffled_));
    }
    built_.observed.resize(measures_.size());
    TS_RETURN_IF_ERROR(RunJobs(std::min(thread_count, kMaxColumnsAtATime), columns_.size(),
                               [&](std::size_t column) { return WriteColumn(column, chunks); }));
    TS_RETURN_IF_ERROR(WriteMeasures(thread_count, chunks));
    TS_ASSIGN_OR_RETURN(built_.spool_bytes, chunks.Finish(built_.manifest));
    built_.dropped_duplicates = file_.dropped_duplicates;
    return std::move(built_);
  }

 private:
  const v1::Manifest& manifest() const { return built_.manifest; }

  void Describe() {
    v1::Manifest& manifest = built_.manifest;
    manifest.set_submission_id(crypto::RandomBytes(kSubmissionIdBytes));
    manifest.set_chain_digest(Bytes(context_.chain.view()));
    manifest.set_agreement_digest(Bytes(context_.agreement->digest.view()));
    manifest.set_epoch(context_.epoch);
    manifest.set_party(context_.dataset->party);
    manifest.set_dataset(context_.dataset->id);
    manifest.set_sequence(context_.sequence);
    manifest.set_previous_manifest(context_.previous_manifest);
    manifest.set_normaliser_digest(Bytes(NormaliserDigest().view()));
    manifest.set_row_count(shuffled_.row_count);
    manifest.set_created(context_.now.time_since_epoch().count());
    DescribeColumns(manifest);
  }

  void DescribeColumns(v1::Manifest& manifest) {
    const std::string& dataset = context_.dataset->id;
    for (const agreements::SubmissionColumn& column : columns_) {
      std::uint64_t entries = shuffled_.row_count * column.entries_per_row;
      if (column.kind == v1::ColumnDescription::KIND_TOKENS &&
          !context_.agreement->linkage.padding) {
        entries = RealTokenCount(file_.rows, column.position, shuffled_);
      }
      v1::ColumnDescription* description = AddColumn(manifest, column.kind, column.name, entries);
      std::vector<Bytes> codes;
      if (column.kind == v1::ColumnDescription::KIND_CATEGORY) {
        const auto& category = context_.dataset->categories[column.position];
        codes = SortedCodes(*context_.code_key, dataset, category);
      } else if (column.kind == v1::ColumnDescription::KIND_OBSERVED) {
        codes = observations_[column.position].codes;
      }
      for (Bytes& code : codes) description->add_codes(std::move(code));
    }
  }

  // Everything but ciphertexts, which threads share by chunks.
  Status WriteColumn(std::size_t index, ChunkSpool& chunks) {
    const v1::ColumnDescription& description = manifest().columns(static_cast<int>(index));
    const auto column = static_cast<std::uint16_t>(index);
    const std::size_t position = columns_[index].position;
    switch (columns_[index].kind) {
      case v1::ColumnDescription::KIND_TOKENS:
        return WriteTokenColumn(file_.rows, position, shuffled_, description, column, chunks);
      case v1::ColumnDescription::KIND_CATEGORY: {
        auto& ordinals = built_.category_ordinals[position];
        ordinals = OrdinalsByPosition(file_.rows, position, shuffled_);
        return WriteCategoryColumn(ordinals, description, column, chunks);
      }
      case v1::ColumnDescription::KIND_OBSERVED:
        return WriteCategoryColumn(ObserveRows(position), description, column, chunks);
      case v1::ColumnDescription::KIND_PSEUDONYM:
        return WritePseudonymColumn(file_.rows, shuffled_, description, column, chunks);
      default:
        return Ok();
    }
  }

  // Notes which rows have the measure, and returns their codes' ordinals.
  std::vector<std::uint16_t> ObserveRows(std::size_t measure) {
    const ObservationCodes& codes = observations_[measure];
    const MeasureValues& values = measures_[measure];
    std::vector<bool>& observed = built_.observed[measure];
    std::vector<std::uint16_t> ordinals(values.size());
    observed.resize(values.size());
    for (std::size_t row = 0; row < values.size(); ++row) {
      observed[row] = values.IsObserved(row);
      ordinals[row] = observed[row] ? codes.observed : codes.not_observed;
    }
    return ordinals;
  }

  Status WriteMeasures(unsigned thread_count, ChunkSpool& chunks) {
    struct Piece {
      std::size_t column;
      std::uint32_t chunk;
    };
    std::vector<Piece> pieces;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (agreements::ChunkKindOf(columns_[column].kind) != ColumnKind::kCiphertexts) continue;
      const auto& description = manifest().columns(static_cast<int>(column));
      for (std::uint32_t i = 0; i < description.chunk_count(); ++i) pieces.push_back({column, i});
    }
    if (pieces.empty()) return Ok();
    TS_CHECK(context_.joint_key != nullptr);
    const crypto::Encryptor encryptor(*context_.joint_key);
    return RunJobs(thread_count, pieces.size(), [&](std::size_t job) {
      const auto [column, chunk] = pieces[job];
      return WriteMeasureChunk(measures_[columns_[column].position], encryptor,
                               manifest().columns(static_cast<int>(column)),
                               static_cast<std::uint16_t>(column), chunk, chunks);
    });
  }

  const BuildContext& context_;
  const std::vector<agreements::SubmissionColumn> columns_;
  const CheckedFile file_;
  const ShuffledRows shuffled_;
  std::vector<ObservationCodes> observations_;  // by measure, as measures_
  std::vector<MeasureValues> measures_;         // by row of the submission
  BuiltSubmission built_;
};

}  // namespace

Result<BuiltSubmission> BuildSubmission(const BuildContext& context, const BuildOptions& options,
                                        const std::filesystem::path& spool, Findings* findings) {
  const auto ladder = agreements::LadderOf(*context.agreement, *context.dataset);
  const auto token_keys = TokenKeysOf(*context.secret, ladder);
  TS_ASSIGN_OR_RETURN(
      CheckedFile file,
      ReadAndCheck(*context.dataset, ladder, {token_keys, context.code_key, context.pseudonym_key},
                   options, findings));
  TS_RETURN_IF_ERROR(RowsFitMeasures(*context.agreement, *context.dataset, file.kept_count));
  Builder builder(context, std::move(file));
  return builder.Build(spool, ThreadCount(options.threads));
}

Result<std::uint64_t> ValidateFile(const agreements::Agreement& agreement,
                                   const agreements::Dataset& dataset, const BuildOptions& options,
                                   Findings* findings) {
  const auto ladder = agreements::LadderOf(agreement, dataset);
  std::vector<crypto::SecretBytes<32>> token_keys;
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    token_keys.push_back(crypto::SecretBytes<32>::Random());
  }
  const auto code_key = crypto::SecretBytes<32>::Random();
  const auto pseudonym_key = crypto::SecretBytes<32>::Random();
  TS_ASSIGN_OR_RETURN(
      const CheckedFile file,
      ReadAndCheck(dataset, ladder, {token_keys, &code_key, &pseudonym_key}, options, findings));
  TS_RETURN_IF_ERROR(RowsFitMeasures(agreement, dataset, file.kept_count));
  return file.kept_count;
}

}  // namespace tallystick::agents

#include "agents/encode/file_encoder.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "agents/encode/category_encoder.h"
#include "agents/encode/parallel.h"
#include "agents/encode/pseudonym_maker.h"
#include "agents/validate/row_validator.h"
#include "proto/limits.h"

namespace tallystick::agents {
namespace {

// For each declared value, in the agreement's order, its position in SortedCodes.
Result<std::vector<std::uint16_t>> OrdinalsOf(const crypto::SecretBytes<32>& code_key,
                                              const agreements::Dataset& dataset,
                                              const agreements::Category& category) {
  TS_ASSIGN_OR_RETURN(const auto labels, OrdinalLabels(code_key, dataset.id, category));
  std::map<std::string_view, std::uint16_t> ordinal_of;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    ordinal_of[labels[i]] = static_cast<std::uint16_t>(i);
  }
  std::vector<std::uint16_t> ordinals;
  for (const std::string& value : category.values) ordinals.push_back(ordinal_of[value]);
  return ordinals;
}

}  // namespace

// What one thread needs to encode a batch.
class FileEncoder::Worker {
 public:
  explicit Worker(const FileEncoder& encoder)
      : encoder_(encoder), validator_(*encoder.dataset_), pseudonyms_(encoder.pseudonym_key_) {}

  EncodedBatch Encode(const RecordBatch& records, Findings* findings) {
    const std::size_t row_count = records.size();
    EncodedBatch batch;
    batch.rows.reserve(row_count);
    batch.has_error.reserve(row_count);
    batch.pseudonyms.reserve(row_count);
    batch.tokens.resize(encoder_.maker_.ladder().size());
    batch.token_counts.resize(batch.tokens.size());
    batch.categories.resize(encoder_.ordinals_.size());
    for (std::size_t m = 0; m < encoder_.dataset_->measures.size(); ++m) {
      batch.measures.emplace_back(row_count);
    }
    for (std::size_t i = 0; i < row_count; ++i) {
      records.Read(i, fields_);
      const bool good = validator_.Check(records.row(i), fields_, findings);
      batch.rows.push_back(records.row(i));
      batch.has_error.push_back(good ? 0 : 1);
      Append(i, batch);
    }
    for (auto& tokens : batch.tokens) tokens.shrink_to_fit();
    for (auto& counts : batch.token_counts) counts.shrink_to_fit();
    for (auto& ordinals : batch.categories) ordinals.shrink_to_fit();
    return batch;
  }

 private:
  void Append(std::size_t index, EncodedBatch& batch) {
    const auto& row = validator_.normalised();
    std::array<Token, kMaxTokensPerKey> made;
    for (std::size_t k = 0; k < batch.tokens.size(); ++k) {
      const std::size_t count = encoder_.maker_.Make(k, row, messages_, made);
      batch.tokens[k].insert(batch.tokens[k].end(), made.begin(), made.begin() + count);
      batch.token_counts[k].push_back(static_cast<std::uint8_t>(count));
    }
    const auto categories = validator_.categories();
    for (std::size_t i = 0; i < categories.size(); ++i) {
      batch.categories[i].push_back(encoder_.ordinals_[i][categories[i]]);
    }
    const auto measures = validator_.measures();
    for (std::size_t m = 0; m < measures.size(); ++m) batch.measures[m].Set(index, measures[m]);
    batch.pseudonyms.push_back(pseudonyms_.Make(row));
  }

  const FileEncoder& encoder_;
  RowValidator validator_;
  PseudonymMaker pseudonyms_;
  MatchKeyMessages messages_;
  std::vector<CsvField> fields_;
};

// Puts batches, which the threads finish in any order, back into the order of the file.
class FileEncoder::Collector {
 public:
  explicit Collector(Findings* findings) : findings_(findings) {}

  Status Add(std::size_t index, EncodedBatch batch, Findings findings) {
    const std::scoped_lock lock(mutex_);
    rows_.row_count += batch.size();
    if (rows_.row_count > kMaxRowsPerSubmission) {
      return Error(Code::kExhausted, "submission.too-large",
                   "the file has more rows than a submission may have")
          .With("limit", kMaxRowsPerSubmission);
    }
    if (rows_.batches.size() <= index) rows_.batches.resize(index + 1);
    rows_.batches[index] = std::move(batch);
    waiting_.emplace(index, std::move(findings));
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == appended_;
         next = waiting_.erase(next), ++appended_) {
      findings_->Append(std::move(next->second));
    }
    return Ok();
  }

  EncodedRows Take() { return std::move(rows_); }

 private:
  std::mutex mutex_;
  EncodedRows rows_;
  std::map<std::size_t, Findings> waiting_;  // of batches behind one that is not done yet
  std::size_t appended_ = 0;
  Findings* findings_;
};

Result<FileEncoder> FileEncoder::Make(const agreements::Dataset& dataset,
                                      std::vector<agreements::MatchKey> ladder,
                                      const EncodingKeys& keys) {
  std::vector<std::vector<std::uint16_t>> ordinals;
  for (const agreements::Category& category : dataset.categories) {
    TS_ASSIGN_OR_RETURN(auto one, OrdinalsOf(*keys.code_key, dataset, category));
    ordinals.push_back(std::move(one));
  }
  TokenMaker maker(std::move(ladder), keys.token_keys);
  TS_ASSIGN_OR_RETURN(auto pseudonym_key, keys.pseudonym_key->Expose([](ByteView bytes) {
    return crypto::SecretBytes<32>::FromBytes(bytes);
  }));
  return FileEncoder(dataset, std::move(maker), std::move(ordinals), std::move(pseudonym_key));
}

Result<EncodedRows> FileEncoder::Encode(RecordSource& source, unsigned thread_count,
                                        Findings* findings) {
  Collector collector(findings);
  const auto work = [&](std::size_t) -> Status {
    Worker worker(*this);
    RecordBatch records(source.field_count());
    for (;;) {
      Findings found;
      TS_ASSIGN_OR_RETURN(const auto index, source.Next(records, &found));
      if (!index) return Ok();
      EncodedBatch batch = worker.Encode(records, &found);
      found.SortByRow();  // rows that are not CSV were reported first
      TS_RETURN_IF_ERROR(collector.Add(*index, std::move(batch), std::move(found)));
    }
  };
  TS_RETURN_IF_ERROR(RunJobs(thread_count, thread_count, work));
  return collector.Take();
}

}  // namespace tallystick::agents

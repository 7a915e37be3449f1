// From a file to encoded rows: reading, validation, tokens, opaque codes and pseudonyms.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "agents/encode/encoded_rows.h"
#include "agents/normalise/token_maker.h"
#include "agents/validate/findings.h"
#include "agents/validate/record_source.h"
#include "agreements/agreement.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::agents {

// EncodingKeys are what rows are encoded under. Nothing is owned.
struct EncodingKeys {
  std::span<const crypto::SecretBytes<32>> token_keys;  // one for each key of the ladder
  const crypto::SecretBytes<32>* code_key;
  const crypto::SecretBytes<32>* pseudonym_key;
};

// FileEncoder encodes files of one dataset. The result does not depend on the number of threads.
//
// Thread safety: none; it starts threads of its own.
class FileEncoder {
 public:
  // `dataset` must outlive it; `keys` only this call. Fails as OrdinalLabels does.
  static Result<FileEncoder> Make(const agreements::Dataset& dataset,
                                  std::vector<agreements::MatchKey> ladder,
                                  const EncodingKeys& keys);

  // Encodes all rows that are CSV, those with errors too, so that duplicates can be told of all.
  // Findings are added by row. Fails with kUnavailable when the file cannot be read, with
  // kExhausted "submission.too-large" beyond kMaxRowsPerSubmission rows.
  Result<EncodedRows> Encode(RecordSource& source, unsigned thread_count, Findings* findings);

 private:
  class Worker;
  class Collector;

  FileEncoder(const agreements::Dataset& dataset, TokenMaker maker,
              std::vector<std::vector<std::uint16_t>> ordinals,
              crypto::SecretBytes<32> pseudonym_key)
      : dataset_(&dataset),
        maker_(std::move(maker)),
        ordinals_(std::move(ordinals)),
        pseudonym_key_(std::move(pseudonym_key)) {}

  const agreements::Dataset* dataset_;
  TokenMaker maker_;
  std::vector<std::vector<std::uint16_t>> ordinals_;  // by category: of each declared value
  crypto::SecretBytes<32> pseudonym_key_;
};

}  // namespace tallystick::agents

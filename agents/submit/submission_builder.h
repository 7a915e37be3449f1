// From a data file to a submission that is ready to be sent: validated, encoded, shuffled, padded,
// sealed to the matcher, and described by a manifest (protocol.md, section 5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "agents/validate/findings.h"
#include "agents/validate/record_source.h"
#include "agreements/agreement.h"
#include "agreements/agreement_secret.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/secret.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// Dedupe says what becomes of rows that are the same person (linkage.md, last lines).
enum class Dedupe {
  kRefuse,  // each row that repeats another is an error
  kFirst,   // the first stays, each that repeats one that stays is dropped and warned of
  kLast,    // the last stays
};

struct BuildOptions {
  std::filesystem::path file;
  Dedupe dedupe = Dedupe::kRefuse;
  FileColumns columns;
  // Up to so many errors, rows with an error are left out and the rest is used; more, and nothing
  // is. Missing columns are never tolerated.
  std::uint64_t max_errors = 0;
  // Threads that encode; 0: one for each processor, at most 16.
  unsigned threads = 0;
  // Told how much of the file is read; in the last call the two are equal. Called from any of the
  // threads, one at a time. May be empty.
  std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)> progress;
};

// BuildContext is what a submission is made under. Nothing is owned.
struct BuildContext {
  const agreements::Agreement* agreement;
  const agreements::Dataset* dataset;  // one of `agreement`
  const agreements::AgreementSecret* secret;
  const crypto::SecretBytes<32>* code_key;
  const crypto::SecretBytes<32>* pseudonym_key;
  crypto::SealingPublicKey matcher_key;
  crypto::Digest chain;
  std::uint64_t epoch;
  std::uint64_t sequence;
  Bytes previous_manifest;  // digest; empty for the first
  Time now;
  // What measures are encrypted under; nullptr will do for a dataset without any.
  const crypto::Point* joint_key = nullptr;
};

struct BuiltSubmission {
  v1::Manifest manifest;
  // For each category in the agreement's order, by row of the submission: the ordinal of its code.
  std::vector<std::vector<std::uint16_t>> category_ordinals;
  // For each measure in the agreement's order, by row of the submission: whether it was observed.
  std::vector<std::vector<bool>> observed;
  std::uint64_t dropped_duplicates = 0;
  std::uint64_t spool_bytes = 0;
};

// BuildSubmission reads the file and writes sealed chunks to `spool`/chunks/<index>, in the order
// of the manifest's chunks; `spool` is made with mode 0700. All is durable on return. Nothing that
// names a person is written.
//
// Problems of the file are added to `*findings`, by row unless they are duplicates, which come
// last. On an error the spool is removed. Fails with
//   kInvalidArgument "validate.errors"   more than max_errors errors (field error_count)
//                    "validate.no-rows"  no row is left
//                    "csv.…"             not a CSV file with a header
//   kNotFound, kUnavailable              the file cannot be read, the spool not written
//   kPermissionDenied "measure.rows"     more rows than a measure's sum, opened, could be found of
//   kExhausted "submission.too-large"    more rows, chunks or manifest than a submission may have
//
// Memory: about 270 bytes a row with the default ladder and 9 for each measure, and for each of at
// most four threads 20 bytes an entry of a token column, then 12 MiB for each that encrypts. Cost:
// 6 µs of processor time a row with the default ladder, 15 for each measure, as much for its
// square.
Result<BuiltSubmission> BuildSubmission(const BuildContext& context, const BuildOptions& options,
                                        const std::filesystem::path& spool, Findings* findings);

// ValidateFile makes the same checks, duplicates included, under random keys that it throws away,
// and writes nothing. Returns the number of rows that a submission would have; fails as
// BuildSubmission does.
Result<std::uint64_t> ValidateFile(const agreements::Agreement& agreement,
                                   const agreements::Dataset& dataset, const BuildOptions& options,
                                   Findings* findings);

}  // namespace tallystick::agents

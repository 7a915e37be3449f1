// A dataset's keys and a file, built into a submission, and that submission opened again as the
// matcher would.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agents/submit/submission_builder.h"
#include "agreements/agreement.h"
#include "crypto/elgamal.h"
#include "proto/column_chunk.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::agents {

// OpenedColumn is a column put together from its chunks; only the vectors of its kind are filled.
struct OpenedColumn {
  std::vector<Token> tokens;
  std::vector<std::uint32_t> rows;
  std::vector<std::uint16_t> categories;
  std::vector<Pseudonym> pseudonyms;
  std::vector<crypto::Ciphertext> ciphertexts;
};

class SubmissionCase {
 public:
  // `dataset` is one of `agreement`.
  explicit SubmissionCase(agreements::Agreement agreement, std::string_view dataset = "candidates");

  // Writes `csv` to a file and builds; what was found is in findings().
  Result<BuiltSubmission> Build(std::string_view csv, BuildOptions options = {});
  Result<std::uint64_t> Validate(std::string_view csv, BuildOptions options = {});

  const Findings& findings() const { return findings_; }
  std::filesystem::path spool() const { return directory_.path() / "spool"; }
  const agreements::Agreement& agreement() const { return agreement_; }
  const agreements::Dataset& dataset() const { return *dataset_; }
  const crypto::SecretBytes<32>& code_key() const { return code_key_; }
  crypto::SecretBytes<32> TokenKey(std::string_view match_key) const {
    return secret_.TokenKey(match_key);
  }

  // Opens every chunk with the matcher's key, checks its address, and joins the columns; by name,
  // "" for the pseudonyms, "hours:observed" and "hours:square" beside a measure's "hours". Aborts
  // when a chunk does not open.
  std::map<std::string, OpenedColumn> Open(const BuiltSubmission& built) const;

  // Decrypts with the shares of both parties what `rows` rows add up to; aborts when that is none.
  std::uint64_t Decrypt(const crypto::Ciphertext& sum, std::uint64_t rows) const;
  // The sum of some rows' ciphertexts.
  static crypto::Ciphertext Sum(const OpenedColumn& column, const std::vector<std::size_t>& rows);

 private:
  std::filesystem::path WriteFile(std::string_view csv);

  TemporaryDirectory directory_;
  agreements::Agreement agreement_;
  const agreements::Dataset* dataset_;
  agreements::AgreementSecret secret_;
  crypto::SecretBytes<32> code_key_;
  crypto::SecretBytes<32> pseudonym_key_;
  std::vector<crypto::Scalar> shares_;  // of the joint key, one for each party
  crypto::Point joint_key_;
  Findings findings_;
};

}  // namespace tallystick::agents

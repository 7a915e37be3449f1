#include "tests/unit/agents/submit/submission_case.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/check.h"
#include "base/file.h"
#include "crypto/discrete_log.h"
#include "proto/domains.h"
#include "proto/limits.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agents {
namespace {

// Joins the chunks of one column, checking that each says what piece it is.
void Append(const ColumnChunk& chunk, int column, OpenedColumn& opened) {
  TS_CHECK(chunk.column == column);
  TS_CHECK(chunk.first_entry == opened.tokens.size() + opened.categories.size() +
                                    opened.pseudonyms.size() + opened.ciphertexts.size());
  opened.tokens.insert(opened.tokens.end(), chunk.tokens.begin(), chunk.tokens.end());
  opened.rows.insert(opened.rows.end(), chunk.rows.begin(), chunk.rows.end());
  opened.categories.insert(opened.categories.end(), chunk.categories.begin(),
                           chunk.categories.end());
  opened.pseudonyms.insert(opened.pseudonyms.end(), chunk.pseudonyms.begin(),
                           chunk.pseudonyms.end());
  if (chunk.kind != ColumnKind::kCiphertexts) return;
  for (std::size_t i = 0; i < chunk.count; ++i) {
    opened.ciphertexts.push_back(crypto::Ciphertext::FromBytes(chunk.ciphertext(i)).value());
  }
}

std::string NameOf(const v1::ColumnDescription& column) {
  if (column.kind() == v1::ColumnDescription::KIND_OBSERVED) return column.name() + ":observed";
  if (column.kind() == v1::ColumnDescription::KIND_SQUARE) return column.name() + ":square";
  return column.name();
}

std::vector<crypto::Scalar> TwoShares() {
  std::vector<crypto::Scalar> shares;
  for (int party = 0; party < 2; ++party) shares.push_back(crypto::Scalar::Random());
  return shares;
}

crypto::Point JointKeyOf(const std::vector<crypto::Scalar>& shares) {
  std::vector<crypto::Point> points;
  for (const auto& share : shares) points.push_back(crypto::Point::MulGenerator(share));
  return crypto::JointKey(points).value();
}

const crypto::DiscreteLogTable& SmallLogarithms() {
  static const auto* const table =
      new crypto::DiscreteLogTable(crypto::DiscreteLogTable::Build({.baby_bits = 16}));
  return *table;
}

}  // namespace

SubmissionCase::SubmissionCase(agreements::Agreement agreement, std::string_view dataset)
    : agreement_(std::move(agreement)),
      dataset_(agreement_.FindDataset(dataset)),
      secret_(agreements::AgreementSecret::FromBytes(Bytes(32, 's')).value()),
      code_key_(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'c')).value()),
      pseudonym_key_(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'p')).value()),
      shares_(TwoShares()),
      joint_key_(JointKeyOf(shares_)) {}

std::filesystem::path SubmissionCase::WriteFile(std::string_view csv) {
  const auto file = directory_.path() / "input.csv";
  std::ofstream(file, std::ios::binary) << csv;
  findings_ = Findings();
  return file;
}

Result<BuiltSubmission> SubmissionCase::Build(std::string_view csv, BuildOptions options) {
  options.file = WriteFile(csv);
  const BuildContext context{&agreement_,
                             dataset_,
                             &secret_,
                             &code_key_,
                             &pseudonym_key_,
                             agreements::MakeTestMember("unite-la").sealing_key.public_key(),
                             crypto::Sha256("chain"),
                             3,
                             7,
                             Bytes(32, 'm'),
                             Time(std::chrono::seconds(1'800'000'000)),
                             &joint_key_};
  return BuildSubmission(context, options, spool(), &findings_);
}

Result<std::uint64_t> SubmissionCase::Validate(std::string_view csv, BuildOptions options) {
  options.file = WriteFile(csv);
  return ValidateFile(agreement_, *dataset_, options, &findings_);
}

std::map<std::string, OpenedColumn> SubmissionCase::Open(const BuiltSubmission& built) const {
  const auto matcher = agreements::MakeTestMember("unite-la");
  std::map<std::string, OpenedColumn> opened;
  const v1::Manifest& manifest = built.manifest;
  for (int c = 0; c < manifest.columns_size(); ++c) {
    const v1::ColumnDescription& column = manifest.columns(c);
    OpenedColumn& target = opened[NameOf(column)];
    for (std::uint32_t i = 0; i < column.chunk_count(); ++i) {
      const std::uint32_t index = column.first_chunk() + i;
      const auto sealed =
          ReadFile(spool() / "chunks" / std::to_string(index), kMaxSealedChunkBytes).value();
      Bytes aad = manifest.submission_id();
      AppendU32(aad, index);
      const auto plain =
          crypto::OpenSealed(matcher.sealing_key, kChunkSealInfo, aad, sealed).value();
      const v1::ChunkDescription& description = manifest.chunks(static_cast<int>(index));
      TS_CHECK(description.address() == crypto::Sha256(plain).view());
      TS_CHECK(description.sealed_bytes() == sealed.size());
      Append(DecodeColumnChunk(plain).value(), c, target);
    }
  }
  return opened;
}

std::uint64_t SubmissionCase::Decrypt(const crypto::Ciphertext& sum, std::uint64_t rows) const {
  std::vector<crypto::Point> partials;
  for (const auto& share : shares_) partials.push_back(crypto::PartialDecrypt(share, sum));
  return SmallLogarithms().Find(crypto::WithoutRows(crypto::Combine(sum, partials), rows)).value();
}

crypto::Ciphertext SubmissionCase::Sum(const OpenedColumn& column,
                                       const std::vector<std::size_t>& rows) {
  std::vector<crypto::CiphertextSum> sums(1);
  for (const std::size_t row : rows) sums[0].Add(column.ciphertexts.at(row));
  return crypto::CiphertextSum::Normalise(sums).value()[0];
}

}  // namespace tallystick::agents

#include "tests/unit/agents/submit/submission_case.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/check.h"
#include "base/file.h"
#include "proto/domains.h"
#include "proto/limits.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agents {
namespace {

// Joins the chunks of one column, checking that each says what piece it is.
void Append(const ColumnChunk& chunk, int column, OpenedColumn& opened) {
  TS_CHECK(chunk.column == column);
  TS_CHECK(chunk.first_entry ==
           opened.tokens.size() + opened.categories.size() + opened.pseudonyms.size());
  opened.tokens.insert(opened.tokens.end(), chunk.tokens.begin(), chunk.tokens.end());
  opened.rows.insert(opened.rows.end(), chunk.rows.begin(), chunk.rows.end());
  opened.categories.insert(opened.categories.end(), chunk.categories.begin(),
                           chunk.categories.end());
  opened.pseudonyms.insert(opened.pseudonyms.end(), chunk.pseudonyms.begin(),
                           chunk.pseudonyms.end());
}

}  // namespace

SubmissionCase::SubmissionCase(agreements::Agreement agreement, std::string_view dataset)
    : agreement_(std::move(agreement)),
      dataset_(agreement_.FindDataset(dataset)),
      secret_(agreements::AgreementSecret::FromBytes(Bytes(32, 's')).value()),
      code_key_(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'c')).value()),
      pseudonym_key_(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'p')).value()) {}

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
                             Time(std::chrono::seconds(1'800'000'000))};
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
    OpenedColumn& target = opened[column.name()];
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

}  // namespace tallystick::agents

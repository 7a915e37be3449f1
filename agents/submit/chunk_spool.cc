#include "agents/submit/chunk_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "base/check.h"
#include "base/file.h"
#include "crypto/merkle.h"
#include "proto/domains.h"
#include "proto/limits.h"

namespace tallystick::agents {
namespace {

Error WriteFailed(int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return Error(Code::kExhausted, "file.disk-full",
                 "no space is left on the disk of the agent's home: make room and repeat");
  }
  return Error(Code::kUnavailable, "file.io", "cannot write the prepared submission");
}

Status WriteNewFile(const std::filesystem::path& path, ByteView bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return WriteFailed(errno);
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      ::close(fd);
      return WriteFailed(error);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return ::close(fd) == 0 ? Ok() : Status(WriteFailed(errno));
}

// One sync of the file system is much faster than one for each of hundreds of files.
Status SyncFileSystemOf(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return WriteFailed(errno);
  const bool synced = ::syncfs(fd) == 0;
  const int error = errno;
  ::close(fd);
  return synced ? Ok() : Status(WriteFailed(error));
}

}  // namespace

Bytes ChunkAad(ByteView submission_id, std::uint32_t index) {
  Bytes aad(submission_id);
  AppendU32(aad, index);
  return aad;
}

Result<ChunkSpool> ChunkSpool::Create(std::filesystem::path directory, Bytes submission_id,
                                      crypto::SealingPublicKey matcher_key,
                                      std::uint32_t chunk_count) {
  std::filesystem::path chunks = directory / "chunks";
  std::error_code ignored;
  std::filesystem::remove_all(chunks, ignored);
  TS_RETURN_IF_ERROR(MakePrivateDirectory(chunks));
  return ChunkSpool(std::move(chunks), std::move(submission_id), std::move(matcher_key),
                    chunk_count);
}

ChunkSpool::ChunkSpool(ChunkSpool&& other) noexcept
    : chunks_(std::exchange(other.chunks_, {})),
      submission_id_(std::move(other.submission_id_)),
      matcher_key_(std::move(other.matcher_key_)),
      written_(std::move(other.written_)) {}

ChunkSpool::~ChunkSpool() {
  if (chunks_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(chunks_, ignored);
  std::filesystem::remove(chunks_.parent_path(), ignored);  // where nothing else is in it
}

Status ChunkSpool::Write(std::uint32_t index, ByteView plaintext) {
  TS_CHECK(index < written_.size());
  const Bytes sealed =
      crypto::SealTo(matcher_key_, kChunkSealInfo, ChunkAad(submission_id_, index), plaintext);
  written_[index] = {crypto::Sha256(plaintext), static_cast<std::uint32_t>(sealed.size())};
  return WriteNewFile(chunks_ / std::to_string(index), sealed);
}

Result<std::uint64_t> ChunkSpool::Finish(v1::Manifest& manifest) {
  TS_RETURN_IF_ERROR(SyncFileSystemOf(chunks_));
  std::uint64_t total_bytes = 0;
  std::vector<crypto::Digest> leaves;
  for (const Written& chunk : written_) {
    TS_CHECK(chunk.sealed_bytes > 0);
    v1::ChunkDescription* description = manifest.add_chunks();
    description->set_address(Bytes(chunk.address.view()));
    description->set_sealed_bytes(chunk.sealed_bytes);
    leaves.push_back(crypto::LeafHash(chunk.address.view()));
    total_bytes += chunk.sealed_bytes;
  }
  manifest.set_root(Bytes(crypto::MerkleRootOf(leaves).view()));
  if (manifest.ByteSizeLong() > kMaxManifestBytes) {
    return Error(Code::kExhausted, "submission.too-large",
                 "the submission's manifest would be larger than it may be");
  }
  chunks_.clear();
  return total_bytes;
}

}  // namespace tallystick::agents

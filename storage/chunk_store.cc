#include "storage/chunk_store.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "crypto/aead.h"

namespace tallystick::storage {
namespace {

constexpr std::string_view kDomain = "tallystick/v1/chunk";
constexpr std::size_t kMaxSpaceName = 64;
constexpr std::uint64_t kMaxSealedBytes =
    kMaxChunkBytes + crypto::Aes256Gcm::kNonceSize + crypto::Aes256Gcm::kTagSize;
constexpr std::string_view kTemporaryMark = ".tmp";

bool IsSpaceName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxSpaceName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// The name decides a path, so it is checked before anything else.
Status CheckSpaceName(std::string_view name) {
  if (IsSpaceName(name)) return Ok();
  return Error(Code::kInvalidArgument, "storage.space-name",
               "a space's name has 1 to 64 characters of a-z, 0-9 and -");
}

Bytes AdditionalData(std::string_view space, const crypto::Digest& address) {
  Bytes data;
  AppendLp(data, kDomain);
  AppendLp(data, space);
  data.append(address.view());
  return data;
}

Error AboutChunk(Error error, std::string_view space, const crypto::Digest& address) {
  return std::move(error).With("space", Name(space)).With("address", Name(address.hex()));
}

Error ChunkCorrupt(std::string_view space, const crypto::Digest& address) {
  return AboutChunk(Error(Code::kDataLoss, "storage.chunk-corrupt",
                          "a chunk is damaged, was moved, or has another data key"),
                    space, address);
}

// Whether something is gone: another thread may have removed it meanwhile.
Status GoneOr(Status removed) {
  if (!removed.ok() && removed.error().code() == Code::kNotFound) return Ok();
  return removed;
}

}  // namespace

ChunkStore::ChunkStore(FileSystem& files, std::filesystem::path directory)
    : files_(files), directory_(std::move(directory)) {}

Result<std::unique_ptr<ChunkStore>> ChunkStore::Open(FileSystem& files,
                                                     const std::filesystem::path& directory) {
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(files, directory));
  std::unique_ptr<ChunkStore> store(new ChunkStore(files, directory));
  TS_RETURN_IF_ERROR(store->RemoveTemporaryFiles());
  return store;
}

Status ChunkStore::RemoveTemporaryFiles() {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> spaces, Spaces());
  for (const std::string& space : spaces) {
    TS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(PathOf(space)));
    for (const std::string& name : names) {
      if (name.find(kTemporaryMark) == std::string::npos) continue;
      TS_RETURN_IF_ERROR(files_.Remove(PathOf(space) / name));
    }
  }
  return Ok();
}

std::filesystem::path ChunkStore::PathOf(std::string_view space) const {
  return directory_ / std::string(space);
}

std::filesystem::path ChunkStore::PathOf(std::string_view space,
                                         const crypto::Digest& address) const {
  return PathOf(space) / address.hex();
}

// A directory that exists may still be one whose name a power cut would take, so the parent is
// synced once for each space and process.
Status ChunkStore::MakeSpace(std::string_view space) {
  const std::lock_guard lock(mutex_);
  if (durable_spaces_.contains(space)) return Ok();
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(files_, PathOf(space)));
  durable_spaces_.emplace(space);
  return Ok();
}

Status ChunkStore::Write(std::string_view space, const crypto::Digest& address, ByteView sealed) {
  const std::filesystem::path temporary =
      PathOf(space) /
      (address.hex() + std::string(kTemporaryMark) + std::to_string(next_temporary_++));
  const auto write = [&]() -> Status {
    TS_ASSIGN_OR_RETURN(const auto file, files_.OpenWritable(temporary));
    TS_RETURN_IF_ERROR(file->Append(sealed));
    return file->Sync();
  };
  Status status = write();
  if (status.ok()) status = files_.Rename(temporary, PathOf(space, address));
  if (!status.ok()) {
    // Best effort: Open() removes what is left.
    static_cast<void>(files_.Remove(temporary));
    return status;
  }
  return files_.SyncDirectory(PathOf(space));
}

Status ChunkStore::Put(std::string_view space, const crypto::Digest& address,
                       const crypto::SecretBytes<32>& data_key, ByteView plaintext) {
  TS_RETURN_IF_ERROR(CheckSpaceName(space));
  if (plaintext.size() > kMaxChunkBytes) {
    return Error(Code::kInvalidArgument, "storage.chunk-too-large",
                 "a chunk is larger than its limit")
        .With("size_bytes", std::uint64_t{plaintext.size()})
        .With("limit_bytes", kMaxChunkBytes);
  }
  TS_RETURN_IF_ERROR(MakeSpace(space));
  if (Has(space, address)) {
    const auto present = Get(space, address, data_key);
    if (present.ok() && *present == plaintext) {
      // Its rename may not be durable yet: the Put that made it may have been interrupted.
      return files_.SyncDirectory(PathOf(space));
    }
    if (present.ok()) {
      return AboutChunk(
          Error(Code::kConflict, "storage.chunk-differs", "another chunk has this address"), space,
          address);
    }
    if (present.error().code() != Code::kDataLoss) return present.error();
    LogError(Level::kWarning, "storage.chunk-replaced", present.error());
  }
  const Bytes sealed =
      crypto::Aes256Gcm(data_key).SealRandomNonce(AdditionalData(space, address), plaintext);
  return Write(space, address, sealed);
}

Result<Bytes> ChunkStore::Get(std::string_view space, const crypto::Digest& address,
                              const crypto::SecretBytes<32>& data_key) const {
  TS_RETURN_IF_ERROR(CheckSpaceName(space));
  const auto sealed = files_.ReadFile(PathOf(space, address), kMaxSealedBytes);
  if (!sealed.ok()) {
    switch (sealed.error().code()) {
      case Code::kNotFound:
        return AboutChunk(Error(Code::kNotFound, "storage.chunk-missing", "no such chunk"), space,
                          address);
      case Code::kExhausted:
        return ChunkCorrupt(space, address);
      default:
        return sealed.error();
    }
  }
  auto plaintext =
      crypto::Aes256Gcm(data_key).OpenRandomNonce(AdditionalData(space, address), *sealed);
  if (!plaintext.ok()) return ChunkCorrupt(space, address);
  return plaintext;
}

bool ChunkStore::Has(std::string_view space, const crypto::Digest& address) const {
  return IsSpaceName(space) && files_.Exists(PathOf(space, address));
}

Status ChunkStore::RemoveSpace(std::string_view space) {
  TS_RETURN_IF_ERROR(CheckSpaceName(space));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = durable_spaces_.find(space); found != durable_spaces_.end()) {
      durable_spaces_.erase(found);
    }
  }
  const auto names = files_.List(PathOf(space));
  if (!names.ok() && names.error().code() != Code::kNotFound) return names.error();
  if (names.ok()) {
    for (const std::string& name : *names) {
      TS_RETURN_IF_ERROR(GoneOr(files_.Remove(PathOf(space) / name)));
    }
    TS_RETURN_IF_ERROR(GoneOr(files_.RemoveDirectory(PathOf(space))));
  }
  return files_.SyncDirectory(directory_);
}

Result<std::vector<std::string>> ChunkStore::Spaces() const {
  TS_ASSIGN_OR_RETURN(std::vector<std::string> names, files_.List(directory_));
  std::erase_if(names, [](const std::string& name) { return !IsSpaceName(name); });
  return names;
}

Result<std::vector<crypto::Digest>> ChunkStore::List(std::string_view space) const {
  TS_RETURN_IF_ERROR(CheckSpaceName(space));
  std::vector<crypto::Digest> addresses;
  const auto names = files_.List(PathOf(space));
  if (!names.ok()) {
    if (names.error().code() == Code::kNotFound) return addresses;
    return names.error();
  }
  for (const std::string& name : *names) {
    const auto address = crypto::Digest::FromHex(name);
    if (address.ok() && address->hex() == name) addresses.push_back(*address);
  }
  return addresses;
}

Result<std::uint64_t> ChunkStore::CopyTo(FileSystem& to_files,
                                         const std::filesystem::path& directory) const {
  std::uint64_t copied = 0;
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> spaces, Spaces());
  for (const std::string& space : spaces) {
    TS_ASSIGN_OR_RETURN(const std::vector<crypto::Digest> addresses, List(space));
    TS_RETURN_IF_ERROR(to_files.MakeDirectory(directory / space));
    for (const crypto::Digest& address : addresses) {
      const auto sealed = files_.ReadFile(PathOf(space, address), kMaxSealedBytes);
      if (!sealed.ok()) {
        if (sealed.error().code() == Code::kNotFound) continue;  // removed meanwhile
        return sealed.error();
      }
      TS_ASSIGN_OR_RETURN(const auto file,
                          to_files.OpenWritable(directory / space / address.hex()));
      TS_RETURN_IF_ERROR(file->Append(*sealed));
      TS_RETURN_IF_ERROR(file->Sync());
      ++copied;
    }
    TS_RETURN_IF_ERROR(to_files.SyncDirectory(directory / space));
  }
  TS_RETURN_IF_ERROR(to_files.SyncDirectory(directory));
  return copied;
}

}  // namespace tallystick::storage

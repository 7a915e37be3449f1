// Files: whole reads with a limit, and replacement that is durable or did not happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick {

// ReadFile returns the file's bytes. Fails with kNotFound, with kExhausted when it is larger than
// `limit_bytes`, with kUnavailable on an I/O error.
Result<Bytes> ReadFile(const std::filesystem::path& path, std::uint64_t limit_bytes);

// ReadSecretFile is ReadFile for key material: the file must be a plain file (no link) that only
// its owner may read; otherwise kPermissionDenied.
Result<Bytes> ReadSecretFile(const std::filesystem::path& path, std::uint64_t limit_bytes);

// FileExists says whether something has this name. Fails with kUnavailable on an I/O error, which
// is not an absence.
Result<bool> FileExists(const std::filesystem::path& path);

enum class FileMode { kPrivate, kShared };  // 0600, 0644

// WriteFileDurably replaces `path` atomically: temporary name, fdatasync, rename, fsync of the
// directory. On an error, kExhausted "file.disk-full" among them, the old file is untouched.
Status WriteFileDurably(const std::filesystem::path& path, ByteView bytes,
                        FileMode mode = FileMode::kPrivate);

// MakePrivateDirectory creates `path` and its missing parents with mode 0700; present is fine.
Status MakePrivateDirectory(const std::filesystem::path& path);

// SyncDirectory makes renames and unlinks in `path` durable.
Status SyncDirectory(const std::filesystem::path& path);

}  // namespace tallystick

// The release directory of contract.md: written for people and for their statistics programs,
// verifiable offline.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "client/release.h"

namespace tallystick::client {

// ReleaseFiles renders every file of a release by name; the same release gives the same bytes.
// REQUIRES: a checked release.
std::map<std::string, Bytes> ReleaseFiles(const Release& release);

// WriteReleaseDirectory writes the files into `directory`, which must be missing or empty. Fails
// with "file.exists" or "file.cannot-create".
Status WriteReleaseDirectory(const Release& release, const std::filesystem::path& directory);

// VerifyReleaseDirectory checks a directory with nothing but itself: the hashes of all files, all
// signatures, the receipt, and that every file is exactly what the signed body renders to. Returns
// the release; whoever relies on it compares its agreement's fingerprint. Fails with
// kPermissionDenied "release.verify-…" and what CheckRelease fails with.
Result<Release> VerifyReleaseDirectory(const std::filesystem::path& directory);

// The tidy table: one row per combination of values and ALL, zeros and suppressed rows included.
std::string TableCsv(const Release& release);

}  // namespace tallystick::client

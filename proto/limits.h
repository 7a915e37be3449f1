// Limits of what crosses the wire, checked before anything is parsed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tallystick {

inline constexpr std::size_t kMaxControlMessageBytes = 64 * 1024;
inline constexpr std::size_t kMaxAgreementBytes = 256 * 1024;
inline constexpr std::size_t kMaxManifestBytes = 1024 * 1024;
inline constexpr std::size_t kMaxChunkPlainBytes = 4 * 1024 * 1024;
// HPKE adds an encapsulated point (65) and a tag (16).
inline constexpr std::size_t kMaxSealedChunkBytes = kMaxChunkPlainBytes + 128;
inline constexpr std::size_t kMaxRequestFileBytes = 64 * 1024;
inline constexpr std::size_t kMaxReleaseBytes = 32 * 1024 * 1024;
inline constexpr int kMaxProtobufDepth = 32;
inline constexpr std::uint64_t kMaxRowsPerSubmission = 100'000'000;
inline constexpr std::size_t kMaxChunksPerSubmission = 20'000;

}  // namespace tallystick

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
// Sums of one release that are opened, those of squares counted too: one batch of a proof.
inline constexpr std::size_t kMaxOpenedCiphertexts = 16'384;
// 65 bytes a point, a proof, and what HPKE adds.
inline constexpr std::size_t kMaxSealedPartialsBytes = kMaxOpenedCiphertexts * 65 + 1024;
// An opening for three other parties.
inline constexpr std::size_t kMaxOpeningBytes = 3 * kMaxSealedPartialsBytes + 4096;
inline constexpr int kMaxProtobufDepth = 32;
inline constexpr std::uint64_t kMaxRowsPerSubmission = 100'000'000;
inline constexpr std::size_t kMaxChunksPerSubmission = 20'000;

}  // namespace tallystick

// Small discrete logarithms: the number m below 2^40 with m·G = M, by baby-step giant-step (Shanks
// 1971). What is searched for is an opened sum, which its owners publish: the time taken depends on
// it, and that is no secret of theirs.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

struct DiscreteLogOptions {
  // 2^baby_bits points are tabulated, from 10 to 22; Find() takes 2^(39 - baby_bits) giant steps at
  // most. Fewer than 22 are for tests.
  int baby_bits = 22;
};

// DiscreteLogTable knows the points j·G for 1 <= j < 2^22 by a hash of their x: with the sign of y
// left open each giant step covers 2^23 numbers. 32 MiB in memory and on disk. A hit is confirmed
// by a multiplication, so that a table that is wrong in spite of its checksum finds nothing and
// never a wrong number.
//
// Thread safety: immutable.
class DiscreteLogTable {
 public:
  static constexpr std::uint64_t kBound = std::uint64_t{1} << 40;

  // Build computes the table. Cost: about 1 s.
  static DiscreteLogTable Build(const DiscreteLogOptions& options = {});

  // How LoadOrBuild came by a table.
  enum class Origin {
    kLoaded,
    kBuilt,    // there was no file
    kRebuilt,  // the file was damaged or another version's
  };

  // LoadOrBuild reads the table's file, a cache that holds no secret, and writes it anew when it is
  // missing, truncated, corrupted (SHA-256) or made with other options. Fails when the file can
  // neither be read nor written. Cost: 50 ms, or that of Build().
  static Result<DiscreteLogTable> LoadOrBuild(const std::filesystem::path& path,
                                              const DiscreteLogOptions& options = {});

  Origin origin() const { return origin_; }

  // Find returns m; kInvalidArgument "crypto.no-small-logarithm" when there is none below kBound.
  // Cost: microseconds for m below 2^22, growing with m to about 30 ms.
  Result<std::uint64_t> Find(const PointOrIdentity& point) const;

 private:
  DiscreteLogTable(Bytes file, int baby_bits, Origin origin)
      : file_(std::move(file)), baby_bits_(baby_bits), origin_(origin) {}

  // The table in the form of its file: see discrete_log.cc.
  Bytes file_;
  int baby_bits_;
  Origin origin_;
};

}  // namespace tallystick::crypto

#include "crypto/discrete_log.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/internal/comb.h"
#include "crypto/internal/p256_curve.h"

namespace tallystick::crypto {
namespace {

// File: header of 64 bytes (magic, baby_bits as one byte, zeros up to 32, SHA-256 of the first 32
// bytes and of the slots), then 2·2^baby_bits slots of 4 bytes, little-endian: an open-addressed
// hash table without deletion. A slot is a tag of 10 bits above the number j of 22, 0 when empty.
// Place and tag come from the x of j·G in Montgomery form.
constexpr std::string_view kMagic = "TSDLOG1\n";
constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kChecksumAt = 32;
constexpr int kIndexBits = 22;
constexpr std::uint32_t kIndexMask = (1u << kIndexBits) - 1;
static_assert(std::endian::native == std::endian::little);

// Points handled side by side, sharing an inversion.
constexpr std::size_t kBlock = 1024;

std::size_t SlotCount(int baby_bits) { return std::size_t{2} << baby_bits; }
std::size_t FileSize(int baby_bits) { return kHeaderSize + 4 * SlotCount(baby_bits); }

std::size_t PlaceOf(const Fe& x, int baby_bits) {
  return static_cast<std::size_t>(x.limb[0] & (SlotCount(baby_bits) - 1));
}
std::uint32_t TagOf(const Fe& x) { return static_cast<std::uint32_t>(x.limb[1] << kIndexBits); }

std::uint32_t ReadSlot(ByteView file, std::size_t place) {
  std::uint32_t slot;
  std::memcpy(&slot, file.data() + kHeaderSize + 4 * place, sizeof(slot));
  return slot;
}

void Insert(Bytes& file, int baby_bits, const Fe& x, std::uint32_t index) {
  const std::size_t mask = SlotCount(baby_bits) - 1;
  std::size_t place = PlaceOf(x, baby_bits);
  while (ReadSlot(file, place) != 0) place = (place + 1) & mask;
  const std::uint32_t slot = TagOf(x) | index;
  std::memcpy(file.data() + kHeaderSize + 4 * place, &slot, sizeof(slot));
}

Bytes Checksum(ByteView file) {
  Sha256Hasher hasher;
  hasher.Update(file.substr(0, kChecksumAt));
  hasher.Update(file.substr(kHeaderSize));
  return Bytes(hasher.Finish().view());
}

ProjectivePoint MulSmall(std::uint64_t m) {
  if (m == 0) return ProjectivePoint();
  return ToProjective(PointCodec::Open(Point::MulGenerator(Scalar::FromInteger(m).value())));
}

// The first `count` multiples of `step`, from 1·step on.
std::vector<AffinePoint> Multiples(const ProjectivePoint& step, std::size_t count) {
  std::vector<ProjectivePoint> points;
  points.reserve(count);
  ProjectivePoint sum = step;
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back(sum);
    sum = Add(sum, step);
  }
  std::vector<AffinePoint> out(count);
  Normalise(points, out);
  return out;
}

// SumsOf computes the x of base + points[i], in affine form with one inversion for all: five
// multiplications each.
class SumsOf {
 public:
  explicit SumsOf(std::size_t count) : xs_(count), inverses_(count), scratch_(count) {}

  // Sets meets() to the places where base and point have the same x and the sum is no such formula;
  // their xs are meaningless.
  const std::vector<Fe>& Compute(const AffinePoint& base, std::span<const AffinePoint> points) {
    meets_.clear();
    for (std::size_t i = 0; i < points.size(); ++i) {
      inverses_[i] = points[i].x - base.x;
      if (IsZeroMask(inverses_[i]) != 0) {
        inverses_[i] = kFeOne;
        meets_.push_back(i);
      }
    }
    TS_CHECK(InvertAll(inverses_, scratch_));
    for (std::size_t i = 0; i < points.size(); ++i) {
      xs_[i] = Square((points[i].y - base.y) * inverses_[i]) - base.x - points[i].x;
    }
    return xs_;
  }

  const std::vector<std::size_t>& meets() const { return meets_; }

 private:
  std::vector<Fe> xs_;
  std::vector<Fe> inverses_;
  std::vector<Fe> scratch_;
  std::vector<std::size_t> meets_;
};

// A search for one point.
class Search {
 public:
  Search(ByteView file, int baby_bits, const Point& target)
      : file_(file), baby_bits_(baby_bits), target_(target) {}

  std::optional<std::uint64_t> Run() {
    // Number s of the giant steps stands for [s·stride - reach, s·stride + reach].
    const std::uint64_t reach = (std::uint64_t{1} << baby_bits_) - 1;
    const std::uint64_t stride = 2 * reach + 1;
    const std::uint64_t steps = (DiscreteLogTable::kBound - 1 + reach) / stride + 1;
    const AffinePoint target = PointCodec::Open(target_);
    if (Probe(target.x, 0)) return found_;  // small sums need no giant step
    const std::vector<AffinePoint> giants = Multiples(Negate(MulSmall(stride)), kBlock - 1);
    const ProjectivePoint block = Negate(MulSmall(stride * kBlock));
    ProjectivePoint base = ToProjective(target);
    SumsOf sums(giants.size());
    for (std::uint64_t first = 0; first < steps; first += kBlock, base = Add(base, block)) {
      const std::uint64_t centre = first * stride;
      if (IsIdentityMask(base) != 0) return Confirm(centre) ? found_ : std::nullopt;
      AffinePoint affine;
      Normalise(std::span(&base, 1), std::span(&affine, 1));
      if (Probe(affine.x, centre)) return found_;
      const std::vector<Fe>& xs = sums.Compute(affine, giants);
      for (const std::size_t i : sums.meets()) {
        if (Confirm(centre + (i + 1) * stride)) return found_;
      }
      for (const Fe& x : xs) {
        __builtin_prefetch(file_.data() + kHeaderSize + 4 * PlaceOf(x, baby_bits_));
      }
      for (std::size_t i = 0; i < xs.size(); ++i) {
        if (Probe(xs[i], centre + (i + 1) * stride)) return found_;
      }
    }
    return std::nullopt;
  }

 private:
  // Looks `x` up and confirms centre ± j for each j that it may belong to.
  bool Probe(const Fe& x, std::uint64_t centre) {
    const std::size_t mask = SlotCount(baby_bits_) - 1;
    std::size_t place = PlaceOf(x, baby_bits_);
    for (std::size_t probes = 0; probes <= mask; ++probes, place = (place + 1) & mask) {
      const std::uint32_t slot = ReadSlot(file_, place);
      if (slot == 0) return false;
      if ((slot & ~kIndexMask) != TagOf(x)) continue;
      const std::uint64_t index = slot & kIndexMask;
      if (Confirm(centre + index)) return true;
      if (centre >= index && Confirm(centre - index)) return true;
    }
    return false;
  }

  bool Confirm(std::uint64_t m) {
    if (m == 0 || m >= DiscreteLogTable::kBound) return false;
    if (!(Point::MulGenerator(Scalar::FromInteger(m).value()) == target_)) return false;
    found_ = m;
    return true;
  }

  ByteView file_;
  int baby_bits_;
  const Point& target_;
  std::optional<std::uint64_t> found_;
};

// The file if it is whole and of this kind.
std::optional<Bytes> ReadTable(const std::filesystem::path& path, int baby_bits, Error* problem) {
  auto file = ReadFile(path, FileSize(baby_bits));
  if (!file.ok()) {
    *problem = std::move(file).error();
    return std::nullopt;
  }
  Bytes expected(kMagic);
  expected.push_back(static_cast<char>(baby_bits));
  expected.resize(kChecksumAt);
  const bool whole = file->size() == FileSize(baby_bits) && file->starts_with(expected) &&
                     ByteView(*file).substr(kChecksumAt, Digest::kSize) == Checksum(*file);
  if (!whole) {
    *problem =
        Error(Code::kDataLoss, "crypto.logarithm-table", "the table of logarithms is damaged");
    return std::nullopt;
  }
  return std::move(file).value();
}

}  // namespace

DiscreteLogTable DiscreteLogTable::Build(const DiscreteLogOptions& options) {
  const int baby_bits = options.baby_bits;
  TS_CHECK(baby_bits >= 10 && baby_bits <= kIndexBits);
  const std::size_t count = std::size_t{1} << baby_bits;
  Bytes file(FileSize(baby_bits), '\0');
  kMagic.copy(file.data(), kMagic.size());
  file[kMagic.size()] = static_cast<char>(baby_bits);

  // j = b·kBlock + i: the first block is `babies` itself, each other one is added to it.
  const std::vector<AffinePoint> babies = Multiples(MulSmall(1), kBlock - 1);
  const std::vector<AffinePoint> bases = Multiples(MulSmall(kBlock), count / kBlock);
  for (std::size_t i = 0; i < babies.size(); ++i) {
    Insert(file, baby_bits, babies[i].x, static_cast<std::uint32_t>(i + 1));
  }
  SumsOf sums(babies.size());
  for (std::size_t b = 1; b < count / kBlock; ++b) {
    const AffinePoint& base = bases[b - 1];
    Insert(file, baby_bits, base.x, static_cast<std::uint32_t>(b * kBlock));
    const std::vector<Fe>& xs = sums.Compute(base, babies);
    TS_CHECK(sums.meets().empty());
    for (std::size_t i = 0; i < xs.size(); ++i) {
      Insert(file, baby_bits, xs[i], static_cast<std::uint32_t>(b * kBlock + i + 1));
    }
  }
  Checksum(file).copy(file.data() + kChecksumAt, Digest::kSize);
  return DiscreteLogTable(std::move(file), baby_bits, Origin::kBuilt);
}

Result<DiscreteLogTable> DiscreteLogTable::LoadOrBuild(const std::filesystem::path& path,
                                                       const DiscreteLogOptions& options) {
  TS_CHECK(options.baby_bits >= 10 && options.baby_bits <= kIndexBits);
  Error problem(Code::kInternal, "crypto.logarithm-table", "the table of logarithms is damaged");
  if (auto file = ReadTable(path, options.baby_bits, &problem)) {
    return DiscreteLogTable(*std::move(file), options.baby_bits, Origin::kLoaded);
  }
  DiscreteLogTable table = Build(options);
  if (problem.code() != Code::kNotFound) table.origin_ = Origin::kRebuilt;
  TS_RETURN_IF_ERROR(WriteFileDurably(path, table.file_, FileMode::kShared));
  return table;
}

Result<std::uint64_t> DiscreteLogTable::Find(const PointOrIdentity& point) const {
  if (point.IsIdentity()) return std::uint64_t{0};
  const auto found = Search(file_, baby_bits_, point.point()).Run();
  if (!found.has_value()) {
    return Error(Code::kInvalidArgument, "crypto.no-small-logarithm",
                 "what was opened is not a sum below 2^40 of the rows it is said to hold");
  }
  return *found;
}

}  // namespace tallystick::crypto

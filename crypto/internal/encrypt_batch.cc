#include "crypto/internal/encrypt_batch.h"

#include <vector>

#include "base/check.h"
#include "crypto/elgamal.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

// 6·7 - 1 bits.
constexpr std::size_t kValueWindows = 7;

// Windows of H = G/2 with 2^40·G - H on top: the digits of k give (2k + 1)·H + 2^40·G - H, which is
// (k + 2^40)·G for odd and even k alike.
const CombTable& ValueTable() {
  static const CombTable* const table = [] {
    const Scalar two = Scalar::FromInteger(2).value();
    const ProjectivePoint half =
        ToProjective(PointCodec::Open(Point::MulGenerator(Scalar::Invert(two))));
    const Point offset = Point::MulGenerator(Scalar::FromInteger(kRowOffset).value());
    return new CombTable(half, kValueWindows, Add(Negate(half), PointCodec::Open(offset)));
  }();
  return *table;
}

// Points that are added up side by side. What passes through says something about the randomness:
// wiped.
class Lanes {
 public:
  explicit Lanes(std::size_t count)
      : sums(count), next_(count), inverses_(count), scratch_(count) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;
  ~Lanes() {
    for (std::vector<AffinePoint>* points : {&sums, &next_}) {
      WipeMemory(points->data(), points->size() * sizeof(AffinePoint));
    }
    for (std::vector<Fe>* values : {&inverses_, &scratch_}) {
      WipeMemory(values->data(), values->size() * sizeof(Fe));
    }
  }

  // Adds next(lane) to each lane from `first` on.
  template <class Next>
  bool Add(std::size_t first, Next&& next) {
    for (std::size_t lane = first; lane < sums.size(); ++lane) {
      next_[lane] = next(lane);
      inverses_[lane] = next_[lane].x - sums[lane].x;
    }
    if (!InvertAll(std::span(inverses_).subspan(first), scratch_)) return false;
    for (std::size_t lane = first; lane < sums.size(); ++lane) {
      AffinePoint& sum = sums[lane];
      const Fe slope = (next_[lane].y - sum.y) * inverses_[lane];
      const Fe x = Square(slope) - sum.x - next_[lane].x;
      sum.y = slope * (sum.x - x) - sum.y;
      sum.x = x;
    }
    return true;
  }

  std::vector<AffinePoint> sums;

 private:
  std::vector<AffinePoint> next_;
  std::vector<Fe> inverses_;
  std::vector<Fe> scratch_;
};

}  // namespace

bool EncryptBatch(const CombTable& key, std::span<const std::uint64_t> values,
                  std::span<const CombDigits> randoms, char* out) {
  const std::size_t count = values.size();
  TS_CHECK(randoms.size() == count && key.windows() == CombTable::kScalarWindows);
  const CombTable& generator = GeneratorTable();
  const CombTable& value_table = ValueTable();
  // Lanes [0, count) become the C1, the others the C2.
  Lanes lanes(2 * count);
  for (std::size_t window = 0; window < CombTable::kScalarWindows; ++window) {
    const auto multiple = [&](std::size_t lane) {
      const CombDigits& digits = randoms[lane % count];
      return (lane < count ? generator : key).Select(window, digits.at(window), digits.negate());
    };
    if (window == 0) {
      for (std::size_t lane = 0; lane < 2 * count; ++lane) lanes.sums[lane] = multiple(lane);
    } else if (!lanes.Add(0, multiple)) {
      return false;
    }
  }
  for (std::size_t window = 0; window < kValueWindows; ++window) {
    const auto multiple = [&](std::size_t lane) {
      const CombDigits digits = CombDigits::OfNumber(values[lane - count], kValueWindows);
      return value_table.Select(window, digits.at(window), 0);
    };
    if (!lanes.Add(count, multiple)) return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    EncodePoint(lanes.sums[i], out + i * Ciphertext::kSize);
    EncodePoint(lanes.sums[count + i], out + i * Ciphertext::kSize + Point::kSize);
  }
  return true;
}

}  // namespace tallystick::crypto

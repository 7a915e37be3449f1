#include "crypto/elgamal.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "crypto/internal/encrypt_batch.h"
#include "crypto/internal/p256_curve.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

// Values encrypted side by side: large enough that the inversion they share costs little, small
// enough for the second-level cache.
constexpr std::size_t kBatch = 512;

using SumPoints = std::array<ProjectivePoint, 2>;
using SumLimbs = std::array<std::uint64_t, 24>;
static_assert(sizeof(SumPoints) == sizeof(SumLimbs));

Error NoCiphertext() {
  return Error(Code::kInvalidArgument, "crypto.ciphertext",
               "not a ciphertext of two points of P-256");
}

bool Decode(ByteView bytes, AffinePoint* c1, AffinePoint* c2) {
  return bytes.size() == Ciphertext::kSize && DecodePoint(bytes.substr(0, Point::kSize), c1) &&
         DecodePoint(bytes.substr(Point::kSize), c2);
}

SumLimbs AddTo(const SumLimbs& limbs, const AffinePoint& c1, const AffinePoint& c2) {
  const SumPoints sum = std::bit_cast<SumPoints>(limbs);
  return std::bit_cast<SumLimbs>(SumPoints{Add(sum[0], c1), Add(sum[1], c2)});
}

PointOrIdentity Close(const ProjectivePoint& point) {
  if (IsIdentityMask(point) != 0) return PointOrIdentity();
  return PointOrIdentity(PointCodec::Close(point).value());
}

}  // namespace

Result<Point> JointKey(std::span<const Point> shares) {
  ProjectivePoint sum;
  for (const Point& share : shares) sum = Add(sum, PointCodec::Open(share));
  return PointCodec::Close(sum);
}

Result<Ciphertext> Ciphertext::FromBytes(ByteView bytes) {
  AffinePoint c1;
  AffinePoint c2;
  if (!Decode(bytes, &c1, &c2)) return NoCiphertext();
  Ciphertext ciphertext;
  bytes.copy(ciphertext.bytes_.data(), kSize);
  return ciphertext;
}

Point Ciphertext::c1() const { return Point::FromBytes(view().substr(0, Point::kSize)).value(); }

Point Ciphertext::c2() const { return Point::FromBytes(view().substr(Point::kSize)).value(); }

void Encryptor::Encrypt(std::span<const std::uint64_t> values, RandomStream& random,
                        Bytes& out) const {
  for (const std::uint64_t value : values) TS_CHECK(value < kRowOffset);
  std::vector<CombDigits> randoms;
  randoms.reserve(std::min(values.size(), kBatch));
  while (!values.empty()) {
    const auto batch = values.first(std::min(values.size(), kBatch));
    const std::size_t start = out.size();
    out.resize(start + batch.size() * Ciphertext::kSize);
    do {
      randoms.clear();
      for (std::size_t i = 0; i < batch.size(); ++i) {
        randoms.push_back(Scalar::Random(random).ExposeBytes(
            [](ByteView bytes) { return CombDigits::OfScalar(bytes); }));
      }
    } while (!EncryptBatch(base_.table(), batch, randoms, out.data() + start));
    values = values.subspan(batch.size());
  }
}

CiphertextSum::CiphertextSum() : limbs_(std::bit_cast<SumLimbs>(SumPoints{})) {}

void CiphertextSum::Add(const Ciphertext& ciphertext) {
  TS_CHECK(AddEncoded(ciphertext.view()).ok());
}

Status CiphertextSum::AddEncoded(ByteView bytes) {
  AffinePoint c1;
  AffinePoint c2;
  if (!Decode(bytes, &c1, &c2)) return NoCiphertext();
  limbs_ = AddTo(limbs_, c1, c2);
  ++count_;
  return Ok();
}

void CiphertextSum::Merge(const CiphertextSum& other) {
  const auto sum = std::bit_cast<SumPoints>(limbs_);
  const auto more = std::bit_cast<SumPoints>(other.limbs_);
  limbs_ = std::bit_cast<SumLimbs>(
      SumPoints{crypto::Add(sum[0], more[0]), crypto::Add(sum[1], more[1])});
  count_ += other.count_;
}

Result<std::vector<Ciphertext>> CiphertextSum::Normalise(std::span<const CiphertextSum> sums) {
  std::vector<ProjectivePoint> points;
  points.reserve(2 * sums.size());
  for (const CiphertextSum& sum : sums) {
    for (const ProjectivePoint& point : std::bit_cast<SumPoints>(sum.limbs_)) {
      if (IsIdentityMask(point) != 0) {
        return Error(Code::kInvalidArgument, "crypto.empty-sum", "a sum of ciphertexts is empty");
      }
      points.push_back(point);
    }
  }
  std::vector<AffinePoint> affine(points.size());
  crypto::Normalise(points, affine);
  std::vector<Ciphertext> out(sums.size(), Ciphertext());
  for (std::size_t i = 0; i < sums.size(); ++i) {
    EncodePoint(affine[2 * i], out[i].bytes_.data());
    EncodePoint(affine[2 * i + 1], out[i].bytes_.data() + Point::kSize);
  }
  return out;
}

Point PartialDecrypt(const Scalar& share, const Ciphertext& ciphertext) {
  return ciphertext.c1().Mul(share);
}

PointOrIdentity Combine(const Ciphertext& ciphertext, std::span<const Point> partials) {
  ProjectivePoint sum;
  for (const Point& partial : partials) sum = Add(sum, PointCodec::Open(partial));
  return Close(Add(Negate(sum), PointCodec::Open(ciphertext.c2())));
}

PointOrIdentity WithoutRows(const PointOrIdentity& combined, std::uint64_t rows) {
  if (rows == 0) return combined;
  Bytes scalar(Scalar::kSize, '\0');  // rows·2^40
  for (std::size_t i = 0; i < 8; ++i) {
    scalar[Scalar::kSize - 6 - i] = static_cast<char>(rows >> (8 * i) & 0xff);
  }
  const Point offset = Point::MulGenerator(Scalar::FromBytes(scalar).value());
  ProjectivePoint sum = ToProjective(PointCodec::Open(offset.Negate()));
  if (!combined.IsIdentity()) sum = Add(sum, PointCodec::Open(combined.point()));
  return Close(sum);
}

}  // namespace tallystick::crypto

// The group of P-256: OpenSSL's primitives, and ours made for many points.
#include <benchmark/benchmark.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "crypto/fixed_base.h"
#include "crypto/hash_to_curve.h"
#include "crypto/p256.h"

namespace tallystick::crypto {
namespace {

// What OpenSSL takes for itself, without an encoding: the yardstick of the other figures.
class OpenSslGroup {
 public:
  OpenSslGroup()
      : group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)),
        context(BN_CTX_new()),
        number(BN_new()),
        point(EC_POINT_new(group)),
        sum(EC_POINT_new(group)) {
    BN_priv_rand_range(number, EC_GROUP_get0_order(group));
    EC_POINT_mul(group, point, number, nullptr, nullptr, context);
    EC_POINT_mul(group, sum, number, nullptr, nullptr, context);
    EC_POINT_dbl(group, sum, sum, context);
  }
  OpenSslGroup(const OpenSslGroup&) = delete;
  OpenSslGroup& operator=(const OpenSslGroup&) = delete;
  ~OpenSslGroup() {
    EC_POINT_free(sum);
    EC_POINT_free(point);
    BN_free(number);
    BN_CTX_free(context);
    EC_GROUP_free(group);
  }

  EC_GROUP* group;
  BN_CTX* context;
  BIGNUM* number;
  EC_POINT* point;
  EC_POINT* sum;
};

void BM_OpenSslMulGenerator(benchmark::State& state) {
  OpenSslGroup openssl;
  for (auto _ : state) {
    EC_POINT_mul(openssl.group, openssl.sum, openssl.number, nullptr, nullptr, openssl.context);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OpenSslMulGenerator);

void BM_OpenSslMulPoint(benchmark::State& state) {
  OpenSslGroup openssl;
  for (auto _ : state) {
    EC_POINT_mul(openssl.group, openssl.sum, nullptr, openssl.point, openssl.number,
                 openssl.context);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OpenSslMulPoint);

void BM_OpenSslAdd(benchmark::State& state) {
  OpenSslGroup openssl;
  for (auto _ : state) {
    EC_POINT_add(openssl.group, openssl.sum, openssl.sum, openssl.point, openssl.context);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_OpenSslAdd);

// With the encoding.
void BM_PointMul(benchmark::State& state) {
  const Scalar x = Scalar::Random();
  const Point p = Point::MulGenerator(Scalar::Random());
  for (auto _ : state) benchmark::DoNotOptimize(p.Mul(x));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PointMul);

void BM_FixedBaseMul(benchmark::State& state) {
  const Scalar x = Scalar::Random();
  const FixedBase base(Point::MulGenerator(Scalar::Random()));
  for (auto _ : state) benchmark::DoNotOptimize(base.Mul(x));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FixedBaseMul);

void BM_FixedBaseTable(benchmark::State& state) {
  const Point p = Point::MulGenerator(Scalar::Random());
  for (auto _ : state) benchmark::DoNotOptimize(FixedBase(p));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FixedBaseTable);

void BM_HashToCurve(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(HashToCurve("a message", "a domain"));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_HashToCurve);

void BM_ScalarInvert(benchmark::State& state) {
  const Scalar x = Scalar::Random();
  for (auto _ : state) benchmark::DoNotOptimize(Scalar::Invert(x));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ScalarInvert);

}  // namespace
}  // namespace tallystick::crypto

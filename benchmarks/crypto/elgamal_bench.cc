// Measures: encryption, sums, opening. Compare with BM_OpenSsl… of the same run.
#include <benchmark/benchmark.h>

#include <vector>

#include "crypto/discrete_log.h"
#include "crypto/dleq.h"
#include "crypto/elgamal.h"

namespace tallystick::crypto {
namespace {

std::vector<std::uint64_t> Values(std::int64_t count) {
  RandomStream random;
  std::vector<std::uint64_t> values(static_cast<std::size_t>(count));
  for (std::uint64_t& value : values) value = random.Uniform(1u << 20);
  return values;
}

Bytes Encrypted(const Point& key, std::int64_t count) {
  RandomStream random;
  Bytes out;
  Encryptor(key).Encrypt(Values(count), random, out);
  return out;
}

const Encryptor& SharedEncryptor() {
  static const Encryptor encryptor(Point::MulGenerator(Scalar::Random()));
  return encryptor;
}

// Encrypts and serialises.
void BM_Encrypt(benchmark::State& state) {
  const std::vector<std::uint64_t> values = Values(state.range(0));
  RandomStream random;
  Bytes out;
  for (auto _ : state) {
    out.clear();
    SharedEncryptor().Encrypt(values, random, out);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Encrypt)->ArgName("values")->Arg(1)->Arg(32)->Arg(256)->Arg(4096)->UseRealTime();
BENCHMARK(BM_Encrypt)->ArgName("values")->Arg(4096)->Threads(2)->UseRealTime();

// Decoding and checking included.
void BM_AddCiphertext(benchmark::State& state) {
  constexpr std::int64_t kCount = 20000;
  const Bytes encoded = Encrypted(Point::MulGenerator(Scalar::Random()), kCount);
  CiphertextSum sum;
  std::size_t at = 0;
  for (auto _ : state) {
    if (!sum.AddEncoded(ByteView(encoded).substr(at, Ciphertext::kSize)).ok()) {
      state.SkipWithError("not a ciphertext");
    }
    at = (at + Ciphertext::kSize) % encoded.size();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_AddCiphertext)->UseRealTime();
BENCHMARK(BM_AddCiphertext)->Threads(2)->UseRealTime();

void BM_NormaliseSums(benchmark::State& state) {
  const Bytes encoded = Encrypted(Point::MulGenerator(Scalar::Random()), state.range(0));
  std::vector<CiphertextSum> sums(static_cast<std::size_t>(state.range(0)));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    for (std::size_t j : {i, (i + 1) % sums.size()}) {
      const ByteView one = ByteView(encoded).substr(j * Ciphertext::kSize, Ciphertext::kSize);
      if (!sums[i].AddEncoded(one).ok()) state.SkipWithError("not a ciphertext");
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(CiphertextSum::Normalise(sums));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_NormaliseSums)->ArgName("sums")->Arg(1000);

// What an agent does for its part of an opening, and what it does with the other's.
struct Opening {
  explicit Opening(std::int64_t count) {
    const Bytes encoded = Encrypted(key, count);
    for (std::size_t at = 0; at < encoded.size(); at += Ciphertext::kSize) {
      const ByteView one = ByteView(encoded).substr(at, Ciphertext::kSize);
      ciphertexts.push_back(Ciphertext::FromBytes(one).value());
      from.push_back(ciphertexts.back().c1());
    }
  }

  Bytes Prove() {
    to.clear();
    for (const Ciphertext& one : ciphertexts) to.push_back(PartialDecrypt(share, one));
    return ProveDleq(share, DleqBatch::Make(key, from, to).value(), context);
  }

  Scalar share = Scalar::Random();
  Point key = Point::MulGenerator(share);
  DleqContext context = DleqContext::FromRaw("benchmark").value();
  std::vector<Ciphertext> ciphertexts;
  std::vector<Point> from;
  std::vector<Point> to;
};

void BM_PartialDecryptAndProve(benchmark::State& state) {
  Opening opening(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(opening.Prove());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PartialDecryptAndProve)->ArgName("values")->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_VerifyAndCombine(benchmark::State& state) {
  Opening opening(state.range(0));
  const Bytes proof = opening.Prove();
  for (auto _ : state) {
    const auto batch = DleqBatch::Make(opening.key, opening.from, opening.to);
    if (!VerifyDleq(*batch, proof, opening.context).ok()) state.SkipWithError("bad proof");
    for (std::size_t i = 0; i < opening.to.size(); ++i) {
      benchmark::DoNotOptimize(
          WithoutRows(Combine(opening.ciphertexts[i], std::span(&opening.to[i], 1)), 1));
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_VerifyAndCombine)->ArgName("values")->Arg(1000)->Unit(benchmark::kMillisecond);

void BM_BuildDiscreteLogTable(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(DiscreteLogTable::Build());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_BuildDiscreteLogTable)->Unit(benchmark::kMillisecond);

void BM_FindDiscreteLog(benchmark::State& state) {
  static const auto* const table = new DiscreteLogTable(DiscreteLogTable::Build());
  const auto number = (std::uint64_t{1} << state.range(0)) - 1;
  const PointOrIdentity point(Point::MulGenerator(Scalar::FromInteger(number).value()));
  for (auto _ : state) {
    const auto found = table->Find(point);
    if (!found.ok() || *found != number) state.SkipWithError("not found");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FindDiscreteLog)
    ->ArgName("bits")
    ->Arg(20)
    ->Arg(28)
    ->Arg(32)
    ->Arg(36)
    ->Arg(40)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::crypto

BENCHMARK_MAIN();

// CLKs of records like FEBRL's, beside the one primitive that hashes a token.
#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "agents/encode/clk/clk_encoder.h"
#include "base/check.h"
#include "base/file.h"
#include "crypto/blake2b.h"
#include "crypto/hmac.h"

namespace tallystick::agents {
namespace {

constexpr std::size_t kRecords = 20'000;

// The FEBRL schema of clkhash's tutorial: nine features, 1,200 bits a record.
constexpr char kSchemaHead[] =
    R"({"version": 3, "clkConfig": {"l": 1024, "kdf": {"type": "HKDF"}}, "features": [
        {"identifier": "rec_id", "ignored": true})";

std::string Feature(std::string_view name, std::string_view type, int n, int bits) {
  const bool integer = type == "integer";
  return R"(, {"identifier": ")" + std::string(name) + R"(", "format": {"type": ")" +
         std::string(type) + R"("}, "hashing": {"comparison": {"type": "ngram", "n": )" +
         std::to_string(n) + R"(, "positional": )" + (integer ? "true" : "false") +
         R"(}, "strategy": {"bitsPerFeature": )" + std::to_string(bits) +
         R"(}, "missingValue": {"sentinel": ""}}})";
}

LinkageSchema FebrlSchema() {
  std::string text = kSchemaHead;
  text += Feature("given_name", "string", 2, 200) + Feature("surname", "string", 2, 200) +
          Feature("street_number", "integer", 1, 100) + Feature("address_1", "string", 2, 100) +
          Feature("address_2", "string", 2, 100) + Feature("suburb", "string", 2, 100) +
          Feature("postcode", "integer", 1, 100) + Feature("state", "string", 2, 100) +
          Feature("date_of_birth", "integer", 1, 200);
  return ParseLinkageSchema(text + "]}").value();
}

// Words of the lengths that FEBRL has, of letters as frequent as in English.
class RecordMaker {
 public:
  std::vector<std::string> Next() {
    return {"rec",       Word(6, 2),
            Word(7, 2),  Number(1, 300),
            Word(15, 4), Word(10, 4),
            Word(11, 3), Number(800, 9999),
            Word(3, 0),  Number(19'000'101, 20'011'231)};
  }

 private:
  std::string Number(int low, int high) {
    return std::to_string(std::uniform_int_distribution<int>(low, high)(random_));
  }
  std::string Word(int length, int spread) {
    constexpr std::string_view kLetters = "eeeeetttaaaoooiiinnnsshhrrddlluucmwfgypbvk xjqz";
    std::string word;
    const int size = length + std::uniform_int_distribution<int>(-spread, spread)(random_);
    for (int i = 0; i < size; ++i) {
      word += kLetters[std::uniform_int_distribution<std::size_t>(0, kLetters.size() - 1)(random_)];
    }
    return word;
  }

  std::mt19937 random_{7};
};

void BM_ClkEncode(benchmark::State& state) {
  RecordMaker maker;
  std::vector<std::vector<std::string>> records(kRecords);
  std::vector<std::vector<CsvField>> fields(kRecords);
  for (std::size_t i = 0; i < kRecords; ++i) {
    records[i] = maker.Next();
    for (const std::string& text : records[i]) fields[i].emplace_back(std::string_view(text));
  }
  ClkEncoder encoder = ClkEncoder::Create(FebrlSchema(), crypto::SecretBuffer(Bytes("secret")));
  std::array<std::uint8_t, 128> clk;
  std::size_t i = 0;
  for (auto _ : state) {
    TS_CHECK(encoder.Encode(fields[i], clk.data()).ok());
    benchmark::DoNotOptimize(clk);
    i = i + 1 == kRecords ? 0 : i + 1;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ClkEncode);

// What a record would cost by hashing each of its about 75 tokens anew is so many of these.
void BM_KeyedBlake2b(benchmark::State& state) {
  const crypto::KeyedBlake2b hash(Bytes(64, 'k'), {});
  std::array<std::uint8_t, 64> out;
  std::string token = "ab";
  for (auto _ : state) {
    hash.Compute(token, out.data());
    token[0] = static_cast<char>('a' + out[0] % 26);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_KeyedBlake2b);

void BM_HmacSha256(benchmark::State& state) {
  const crypto::HmacSha256 hmac(Bytes(32, 'k'));
  std::array<std::uint8_t, 16> out;
  std::string token = "ab";
  for (auto _ : state) {
    hmac.ComputeTruncated16(token, out.data());
    token[0] = static_cast<char>('a' + out[0] % 26);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_HmacSha256);

}  // namespace
}  // namespace tallystick::agents

BENCHMARK_MAIN();

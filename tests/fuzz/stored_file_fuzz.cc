// A chunk's file, or a file of the key store, with other content than was written: it is refused,
// or it says what it said.
#include <string>

#include "base/check.h"
#include "crypto/hash.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick {
namespace {

using storage::ChunkStore;
using storage::DataKeys;
using storage::SimulatedFileSystem;

constexpr char kPlaintext[] = "the plaintext of a chunk";

bool TryChunk(ByteView content) {
  static const auto* const key =
      new crypto::SecretBytes<32>(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'k')).value());
  const crypto::Digest address = crypto::Sha256(kPlaintext);
  SimulatedFileSystem disk(1);
  const auto store = ChunkStore::Open(disk, "/chunks").value();
  TS_CHECK(store->Put("space", address, *key, kPlaintext).ok());
  disk.Put("/chunks/space/" + address.hex(), content);
  const auto read = store->Get("space", address, *key);
  TS_CHECK(read.ok() ? *read == kPlaintext : read.error().code() == Code::kDataLoss);
  // Uploaded again, it is whole again.
  TS_CHECK(store->Put("space", address, *key, kPlaintext).ok());
  TS_CHECK(store->Get("space", address, *key).value() == kPlaintext);
  return read.ok();
}

// `which` chooses the file that has other content.
bool TryKeys(unsigned which, ByteView content) {
  SimulatedFileSystem disk(1);
  TS_CHECK(DataKeys::Open(disk, "/keys").value()->Create("submission").ok());
  const auto files = disk.Contents();
  TS_CHECK(!files.empty());
  auto file = files.begin();
  std::advance(file, which % files.size());
  disk.Put(file->first, content);
  const auto keys = DataKeys::Open(disk, "/keys");
  if (!keys.ok()) {
    TS_CHECK(keys.error().code() != Code::kInternal);
    return false;
  }
  const auto key = (*keys)->Get("submission");
  return key.ok();
}

}  // namespace

bool FuzzOne(ByteView input) {
  if (input.empty()) return false;
  const auto choice = static_cast<unsigned char>(input.front());
  return choice == 0 ? TryChunk(input.substr(1)) : TryKeys(choice - 1u, input.substr(1));
}

}  // namespace tallystick

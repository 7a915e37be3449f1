#include "storage/data_keys.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.h"
#include "crypto/aead.h"
#include "crypto/random.h"

namespace tallystick::storage {
namespace {

using DataKey = crypto::SecretBytes<32>;

constexpr std::string_view kDomain = "tallystick/v1/data-keys";
constexpr std::string_view kCurrentName = "CURRENT";
constexpr std::string_view kKekSuffix = ".kek";
constexpr std::string_view kTableSuffix = ".keys";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kMaxIdBytes = 200;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxSmallFileBytes = 64;

Error KeysCorrupt() {
  return Error(Code::kDataLoss, "storage.keys-corrupt", "the key store is damaged or incomplete");
}

DataKey CopyOf(const DataKey& key) {
  return key.Expose([](ByteView bytes) { return DataKey::FromBytes(bytes).value(); });
}

Bytes AdditionalData(std::uint64_t generation) {
  Bytes data;
  AppendLp(data, kDomain);
  AppendU64(data, generation);
  return data;
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || parsed != end || value == 0) return std::nullopt;
  return value;
}

std::string KekName(std::uint64_t generation) {
  return std::to_string(generation) + std::string(kKekSuffix);
}
std::string TableName(std::uint64_t generation) {
  return std::to_string(generation) + std::string(kTableSuffix);
}

bool IsOurs(std::string_view name) {
  if (name.ends_with(kTemporarySuffix)) name.remove_suffix(kTemporarySuffix.size());
  return name == kCurrentName || name.ends_with(kKekSuffix) || name.ends_with(kTableSuffix);
}

// Overwrites before it removes; missing is fine.
Status EraseFile(FileSystem& files, const std::filesystem::path& path) {
  if (!files.Exists(path)) return Ok();
  TS_ASSIGN_OR_RETURN(const std::uint64_t size, files.FileSize(path));
  {
    TS_ASSIGN_OR_RETURN(const auto file, files.OpenWritable(path));
    TS_RETURN_IF_ERROR(file->Overwrite(0, crypto::RandomBytes(static_cast<std::size_t>(size))));
    TS_RETURN_IF_ERROR(file->Sync());
  }
  return files.Remove(path);
}

Result<DataKey> ReadKek(const FileSystem& files, const std::filesystem::path& path) {
  auto bytes = files.ReadSecretFile(path, kMaxSmallFileBytes);
  if (!bytes.ok()) {
    const Code code = bytes.error().code();
    if (code == Code::kNotFound || code == Code::kExhausted) return KeysCorrupt();
    return bytes.error();
  }
  auto kek = DataKey::FromBytes(*bytes);
  crypto::Wipe(*bytes);
  if (!kek.ok()) return KeysCorrupt();
  return kek;
}

// Table plaintext: for each id, in order, lp(id) ‖ data key.
template <class Table>
Result<Table> ParseTable(ByteView plain) {
  Table table;
  while (!plain.empty()) {
    if (plain.size() < 4) return KeysCorrupt();
    const std::size_t id_size = ReadU32(plain, 0);
    plain.remove_prefix(4);
    if (id_size > kMaxIdBytes || plain.size() < id_size + DataKey::kSize) return KeysCorrupt();
    std::string id(plain.substr(0, id_size));
    TS_ASSIGN_OR_RETURN(DataKey key, DataKey::FromBytes(plain.substr(id_size, DataKey::kSize)));
    plain.remove_prefix(id_size + DataKey::kSize);
    table.insert_or_assign(std::move(id), std::move(key));
  }
  return table;
}

template <class Table>
Result<Table> ReadTable(const FileSystem& files, const std::filesystem::path& path,
                        std::uint64_t generation, const DataKey& kek) {
  const auto sealed = files.ReadFile(path, kMaxTableBytes);
  if (!sealed.ok()) {
    const Code code = sealed.error().code();
    if (code == Code::kNotFound || code == Code::kExhausted) return KeysCorrupt();
    return sealed.error();
  }
  auto plain = crypto::Aes256Gcm(kek).OpenRandomNonce(AdditionalData(generation), *sealed);
  if (!plain.ok()) return KeysCorrupt();
  auto table = ParseTable<Table>(*plain);
  crypto::Wipe(*plain);
  return table;
}

}  // namespace

DataKeys::DataKeys(FileSystem& files, std::filesystem::path directory)
    : files_(files), directory_(std::move(directory)) {}

Result<std::unique_ptr<DataKeys>> DataKeys::Open(FileSystem& files,
                                                 const std::filesystem::path& directory) {
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(files, directory));
  std::unique_ptr<DataKeys> keys(new DataKeys(files, directory));
  TS_RETURN_IF_ERROR(keys->Load());
  return keys;
}

Result<std::unique_ptr<DataKeys>> DataKeys::Open(const std::filesystem::path& directory) {
  return Open(PosixFileSystem(), directory);
}

Status DataKeys::Load() {
  const auto current = files_.ReadFile(directory_ / kCurrentName, kMaxSmallFileBytes);
  if (!current.ok()) {
    if (current.error().code() != Code::kNotFound) return current.error();
    return StartFresh();
  }
  const auto generation = ParseNumber(*current);
  if (!generation) return KeysCorrupt();
  TS_ASSIGN_OR_RETURN(DataKey kek, ReadKek(files_, directory_ / KekName(*generation)));
  TS_ASSIGN_OR_RETURN(
      table_, ReadTable<Table>(files_, directory_ / TableName(*generation), *generation, kek));
  generation_ = *generation;
  kek_ = std::move(kek);
  TS_RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  return RemoveOtherGenerations();
}

// Without CURRENT the store is new, or the first start was interrupted before any data key could
// be made. Anything else lost its CURRENT, and starting anew would orphan the data.
Status DataKeys::StartFresh() {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  for (const std::string& name : names) {
    if (name.ends_with(kKekSuffix) && name != KekName(1)) return KeysCorrupt();
    if (!name.ends_with(kTableSuffix)) continue;
    if (name != TableName(1)) return KeysCorrupt();
    TS_ASSIGN_OR_RETURN(const DataKey kek, ReadKek(files_, directory_ / KekName(1)));
    TS_ASSIGN_OR_RETURN(const Table table, ReadTable<Table>(files_, directory_ / name, 1, kek));
    if (!table.empty()) return KeysCorrupt();
  }
  DataKey kek = DataKey::Random();
  TS_RETURN_IF_ERROR(EraseFile(files_, directory_ / TableName(1)));
  TS_RETURN_IF_ERROR(files_.SyncDirectory(directory_));
  TS_RETURN_IF_ERROR(WriteGeneration(1, kek, table_));
  TS_RETURN_IF_ERROR(ReplaceFileDurably(files_, directory_ / kCurrentName, "1"));
  generation_ = 1;
  kek_ = std::move(kek);
  return RemoveOtherGenerations();
}

// Finishes what a Destroy left undone, before or after its switch.
Status DataKeys::RemoveOtherGenerations() {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(directory_));
  for (const std::string& name : names) {
    if (name == kCurrentName || name == KekName(generation_) || name == TableName(generation_) ||
        !IsOurs(name)) {
      continue;
    }
    TS_RETURN_IF_ERROR(EraseFile(files_, directory_ / name));
  }
  return files_.SyncDirectory(directory_);
}

Status DataKeys::WriteTable(std::uint64_t generation, const DataKey& kek, const Table& table) {
  std::size_t size = 0;
  for (const auto& [id, key] : table) size += 4 + id.size() + DataKey::kSize;
  Bytes plain;
  plain.reserve(size);  // no growth, so that no copy of a data key stays behind unwiped
  for (const auto& [id, key] : table) {
    AppendLp(plain, id);
    key.Expose([&plain](ByteView bytes) { plain.append(bytes); });
  }
  const Bytes sealed = crypto::Aes256Gcm(kek).SealRandomNonce(AdditionalData(generation), plain);
  crypto::Wipe(plain);
  return ReplaceFileDurably(files_, directory_ / TableName(generation), sealed);
}

Status DataKeys::WriteGeneration(std::uint64_t generation, const DataKey& kek, const Table& table) {
  TS_RETURN_IF_ERROR(kek.Expose([&](ByteView bytes) {
    return ReplaceFileDurably(files_, directory_ / KekName(generation), bytes);
  }));
  return WriteTable(generation, kek, table);
}

Status DataKeys::EraseGeneration(std::uint64_t generation) {
  TS_RETURN_IF_ERROR(EraseFile(files_, directory_ / KekName(generation)));
  TS_RETURN_IF_ERROR(EraseFile(files_, directory_ / TableName(generation)));
  return files_.SyncDirectory(directory_);
}

Status DataKeys::Create(std::string_view id) {
  if (id.empty() || id.size() > kMaxIdBytes) {
    return Error(Code::kInvalidArgument, "storage.key-id", "a data key's id has 1 to 200 bytes");
  }
  const std::lock_guard lock(mutex_);
  if (poison_) return *poison_;
  if (table_.contains(id)) return Ok();
  const auto [added, inserted] = table_.emplace(id, DataKey::Random());
  Status status = WriteTable(generation_, *kek_, table_);
  if (!status.ok()) {
    table_.erase(added);
    if (status.error().code() != Code::kExhausted) poison_ = status.error();
  }
  return status;
}

Result<crypto::SecretBytes<32>> DataKeys::Get(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  if (poison_) return *poison_;
  const auto found = table_.find(id);
  if (found == table_.end()) {
    return Error(Code::kNotFound, "storage.key-missing",
                 "no such data key: it was destroyed or never made")
        .With("id", Name(id));
  }
  return CopyOf(found->second);
}

bool DataKeys::Has(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  return table_.contains(id);
}

std::vector<std::string> DataKeys::Ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  ids.reserve(table_.size());
  for (const auto& [id, key] : table_) ids.push_back(id);
  return ids;
}

Status DataKeys::Destroy(std::span<const std::string> ids) {
  const std::lock_guard lock(mutex_);
  if (poison_) return *poison_;
  Table survivors;
  for (const auto& [id, key] : table_) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) survivors.emplace(id, CopyOf(key));
  }
  if (survivors.size() == table_.size()) return Ok();

  DataKey kek = DataKey::Random();
  const std::uint64_t next = generation_ + 1;
  Status status = WriteGeneration(next, kek, survivors);
  if (status.ok()) {
    status = ReplaceFileDurably(files_, directory_ / kCurrentName, std::to_string(next));
  }
  if (!status.ok()) {
    if (status.error().code() == Code::kExhausted) {
      // Out of space before the switch: the old generation is current, the new one is litter.
      static_cast<void>(EraseGeneration(next));  // else the next Open() does
    } else {
      poison_ = status.error();
    }
    return status;
  }
  const std::uint64_t old = std::exchange(generation_, next);
  kek_ = std::move(kek);
  table_ = std::move(survivors);
  if (Status erased = EraseGeneration(old); !erased.ok()) {
    poison_ = erased.error();
    return erased;
  }
  LogEvent(Level::kInfo, "storage.keys-destroyed", {{"generation", next}});
  return Ok();
}

std::uint64_t DataKeys::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

}  // namespace tallystick::storage

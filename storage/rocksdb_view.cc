#include "storage/rocksdb_view.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <string>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "storage/file_system.h"

namespace tallystick::storage {
namespace {

// One byte in front of every key keeps the view's own entry apart from the caller's.
constexpr char kOwnSpace = '\0';
constexpr char kCallerSpace = '\1';
constexpr std::uint64_t kWriteBufferBytes = std::uint64_t{8} << 20;

rocksdb::Slice AsSlice(ByteView bytes) { return {bytes.data(), bytes.size()}; }
ByteView AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Bytes CallerKey(ByteView key) {
  Bytes full(1, kCallerSpace);
  full.append(key);
  return full;
}

Bytes AppliedKey() {
  Bytes key(1, kOwnSpace);
  key.append("applied");
  return key;
}

// RocksDB's own message may quote keys, so only its code is passed on.
Error ErrorOf(const rocksdb::Status& status) {
  const auto code = static_cast<std::uint64_t>(status.code());
  if (status.IsNoSpace()) {
    return Error(Code::kExhausted, "storage.disk-full", "no space left for the view");
  }
  return Error(Code::kDataLoss, "storage.view-corrupt",
               "the view cannot be read; it can be rebuilt from the log: fsck --rebuild")
      .With("rocksdb_code", code);
}

rocksdb::Options MakeOptions() {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_background_jobs = 1;
  options.max_open_files = 256;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class RocksDbView final : public MutableView {
 public:
  RocksDbView(std::unique_ptr<rocksdb::DB> db, std::filesystem::path directory,
              const RocksDbViewOptions& options, std::uint64_t applied)
      : db_(std::move(db)),
        directory_(std::move(directory)),
        options_(options),
        applied_(applied) {}

  ~RocksDbView() override {
    const rocksdb::Status status = db_->SyncWAL();
    if (!status.ok()) {
      LogError(Level::kWarning, "storage.view-close", ErrorOf(status));
    }
  }
  RocksDbView(const RocksDbView&) = delete;
  RocksDbView& operator=(const RocksDbView&) = delete;

  Result<std::optional<Bytes>> Get(ByteView key) const override {
    Bytes value;
    const rocksdb::Status status =
        db_->Get(rocksdb::ReadOptions(), AsSlice(CallerKey(key)), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return ErrorOf(status);
    return std::optional<Bytes>(std::move(value));
  }

  Status Scan(ByteView prefix, const Visit& visit) const override {
    const Bytes full_prefix = CallerKey(prefix);
    const std::unique_ptr<rocksdb::Iterator> entry(db_->NewIterator(rocksdb::ReadOptions()));
    for (entry->Seek(AsSlice(full_prefix));
         entry->Valid() && AsView(entry->key()).starts_with(full_prefix); entry->Next()) {
      if (!visit(AsView(entry->key()).substr(1), AsView(entry->value()))) return Ok();
    }
    if (!entry->status().ok()) return ErrorOf(entry->status());
    return Ok();
  }

  Status Apply(std::uint64_t next_sequence, std::span<const Mutation> mutations) override {
    TS_CHECK(next_sequence >= applied());
    TS_RETURN_IF_ERROR(CheckDiskFloor(PosixFileSystem(), directory_, options_.free_floor_bytes));
    rocksdb::WriteBatch batch;
    for (const Mutation& mutation : mutations) {
      const Bytes key = CallerKey(mutation.key);
      const rocksdb::Status status = mutation.value
                                         ? batch.Put(AsSlice(key), AsSlice(*mutation.value))
                                         : batch.Delete(AsSlice(key));
      if (!status.ok()) return ErrorOf(status);
    }
    Bytes applied_value;
    AppendU64(applied_value, next_sequence);
    rocksdb::Status status = batch.Put(AsSlice(AppliedKey()), AsSlice(applied_value));
    if (status.ok()) status = db_->Write(rocksdb::WriteOptions(), &batch);
    if (!status.ok()) return ErrorOf(status);
    applied_.store(next_sequence, std::memory_order_release);
    return Ok();
  }

  // Twice the floor of Apply(), which is thereby never met.
  Status CheckSpace() const override {
    return CheckDiskFloor(PosixFileSystem(), directory_, 2 * options_.free_floor_bytes);
  }

  std::uint64_t applied() const override { return applied_.load(std::memory_order_acquire); }

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  const std::filesystem::path directory_;
  const RocksDbViewOptions options_;
  std::atomic<std::uint64_t> applied_;
};

Result<std::uint64_t> ReadApplied(rocksdb::DB& db) {
  Bytes value;
  const rocksdb::Status status = db.Get(rocksdb::ReadOptions(), AsSlice(AppliedKey()), &value);
  if (status.IsNotFound()) return std::uint64_t{0};
  if (!status.ok()) return ErrorOf(status);
  if (value.size() != sizeof(std::uint64_t)) return ErrorOf(rocksdb::Status::Corruption());
  return ReadU64(value, 0);
}

}  // namespace

Result<std::unique_ptr<MutableView>> OpenRocksDbView(const std::filesystem::path& directory,
                                                     const RocksDbViewOptions& options) {
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(PosixFileSystem(), directory));
  TS_RETURN_IF_ERROR(CheckDiskFloor(PosixFileSystem(), directory, options.free_floor_bytes));
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(), directory.string(), &opened);
  std::unique_ptr<rocksdb::DB> db(opened);
  if (!status.ok()) return ErrorOf(status);
  TS_ASSIGN_OR_RETURN(const std::uint64_t applied, ReadApplied(*db));
  return std::unique_ptr<MutableView>(new RocksDbView(std::move(db), directory, options, applied));
}

Status RemoveRocksDbView(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error) {
    return Error(Code::kUnavailable, "storage.io", "cannot remove the view")
        .With("errno", static_cast<std::uint64_t>(error.value()));
  }
  return PosixFileSystem().SyncDirectory(directory.has_parent_path() ? directory.parent_path()
                                                                     : std::filesystem::path("."));
}

}  // namespace tallystick::storage

#include "tests/support/simulated_file_system.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace tallystick::storage {
namespace {

constexpr std::size_t kSectorBytes = 512;

Error Missing() { return Error(Code::kNotFound, "storage.file-missing", "no such file"); }
Error Full() { return Error(Code::kExhausted, "storage.disk-full", "the simulated disk is full"); }
Error Dead() { return Error(Code::kUnavailable, "storage.io", "the simulated power is off"); }
Error SyncFailed() {
  return Error(Code::kUnavailable, "storage.fsync-failed", "the simulated sync failed");
}

std::string ParentOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

}  // namespace

class SimulatedFileSystem::OpenFile final : public WritableFile {
 public:
  OpenFile(SimulatedFileSystem& disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)), generation_(disk.generation_) {}

  Status Append(ByteView bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    return Write(inode_->content.size(), bytes);
  }

  Status Overwrite(std::uint64_t offset, ByteView bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    TS_CHECK(offset + bytes.size() <= inode_->content.size());
    return Write(offset, bytes);
  }

  Status Truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    bool dying = false;
    TS_RETURN_IF_ERROR(Begin(&dying));
    const Change change{.offset = size_bytes, .bytes = std::nullopt};
    Apply(change, inode_->content);
    inode_->unsynced.push_back(change);
    return dying ? Status(Dead()) : Ok();
  }

  Status Sync() override {
    const std::lock_guard lock(disk_.mutex_);
    bool dying = false;
    TS_RETURN_IF_ERROR(Begin(&dying));
    if (dying) return Dead();  // PowerCut decides what of it arrived
    if (std::exchange(disk_.fail_next_sync_, false)) {
      inode_->unsynced.clear();
      return SyncFailed();
    }
    for (const Change& change : inode_->unsynced) Apply(change, inode_->durable);
    inode_->unsynced.clear();
    return Ok();
  }

 private:
  Status Begin(bool* dying) {
    if (generation_ != disk_.generation_) return Dead();
    return disk_.BeginOperation(dying);
  }

  Status Write(std::uint64_t offset, ByteView bytes) {
    bool dying = false;
    TS_RETURN_IF_ERROR(Begin(&dying));
    const Status status = disk_.WriteInto(*inode_, offset, bytes);
    return dying ? Status(Dead()) : status;
  }

  SimulatedFileSystem& disk_;
  const std::shared_ptr<Inode> inode_;
  const std::uint64_t generation_;
};

class SimulatedFileSystem::OpenReader final : public RandomAccessFile {
 public:
  OpenReader(const SimulatedFileSystem& disk, std::shared_ptr<Inode> inode)
      : disk_(disk), inode_(std::move(inode)), generation_(disk.generation_) {}

  Result<Bytes> Read(std::uint64_t offset, std::size_t size_bytes) const override {
    const std::lock_guard lock(disk_.mutex_);
    if (!disk_.power_ || generation_ != disk_.generation_) return Dead();
    if (offset >= inode_->content.size()) return Bytes();
    return inode_->content.substr(static_cast<std::size_t>(offset), size_bytes);
  }

 private:
  const SimulatedFileSystem& disk_;
  const std::shared_ptr<Inode> inode_;
  const std::uint64_t generation_;
};

void SimulatedFileSystem::Apply(const Change& change, Bytes& content) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (!change.bytes) {
    content.resize(offset, '\0');
    return;
  }
  if (content.size() < offset + change.bytes->size()) {
    content.resize(offset + change.bytes->size(), '\0');
  }
  content.replace(offset, change.bytes->size(), *change.bytes);
}

void SimulatedFileSystem::Apply(const EntryChange& change, Entries& entries) {
  if (!change.gone.empty()) entries.erase(change.gone);
  if (change.inode) entries[change.name] = change.inode;
}

Status SimulatedFileSystem::BeginOperation(bool* dying) {
  *dying = false;
  if (!power_) return Dead();
  ++operation_count_;
  if (operations_left_ && --*operations_left_ == 0) {
    operations_left_.reset();
    power_ = false;
    *dying = true;
  }
  return Ok();
}

std::shared_ptr<SimulatedFileSystem::Inode> SimulatedFileSystem::Find(
    const std::string& path) const {
  const auto found = entries_.find(path);
  return found == entries_.end() ? nullptr : found->second;
}

bool SimulatedFileSystem::HasDirectory(const std::string& path) const {
  if (path == "/") return true;
  const auto inode = Find(path);
  return inode && inode->is_directory;
}

std::uint64_t SimulatedFileSystem::UsedBytes() const {
  std::uint64_t used = 0;
  for (const auto& [path, inode] : entries_) used += inode->content.size();
  return used;
}

void SimulatedFileSystem::ChangeEntry(EntryChange change) {
  Apply(change, entries_);
  const std::string directory = ParentOf(change.inode ? change.name : change.gone);
  unsynced_[directory].push_back(std::move(change));
}

Status SimulatedFileSystem::WriteInto(Inode& inode, std::uint64_t offset, ByteView bytes) {
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t growth =
      end > inode.content.size() ? end - inode.content.size() : std::uint64_t{0};
  std::size_t fits = bytes.size();
  const std::uint64_t used = UsedBytes();
  if (capacity_bytes_ && used + growth > *capacity_bytes_) {
    const std::uint64_t lacking = used + growth - std::max(used, *capacity_bytes_);
    fits = bytes.size() - static_cast<std::size_t>(lacking);
  }
  Change change{.offset = offset, .bytes = Bytes(bytes.substr(0, fits))};
  Apply(change, inode.content);
  inode.unsynced.push_back(std::move(change));
  return fits == bytes.size() ? Ok() : Status(Full());
}

void SimulatedFileSystem::Survive(Inode& inode) {
  const auto kept = static_cast<std::size_t>(random_() % (inode.unsynced.size() + 1));
  for (std::size_t i = 0; i < kept; ++i) {
    Change change = inode.unsynced[i];
    if (change.bytes && i + 1 == kept && !change.bytes->empty()) {
      if (random_() % 2 == 0) {
        change.bytes->resize(static_cast<std::size_t>(random_() % (change.bytes->size() + 1)));
      }
      // Sectors that had not been written when others already were. What was there before stays.
      for (std::size_t at = 0; at < change.bytes->size();) {
        const std::size_t in_sector =
            kSectorBytes - (static_cast<std::size_t>(change.offset) + at) % kSectorBytes;
        const std::size_t size = std::min(in_sector, change.bytes->size() - at);
        if (random_() % 8 == 0) {
          for (std::size_t k = at; k < at + size; ++k) {
            const std::size_t position = static_cast<std::size_t>(change.offset) + k;
            (*change.bytes)[k] = position < inode.durable.size() ? inode.durable[position] : '\0';
          }
        }
        at += size;
      }
    }
    Apply(change, inode.durable);
  }
  inode.unsynced.clear();
  inode.content = inode.durable;
}

void SimulatedFileSystem::PowerCut() {
  const std::lock_guard lock(mutex_);
  for (auto& [directory, changes] : unsynced_) {
    changes.resize(static_cast<std::size_t>(random_() % (changes.size() + 1)));
    for (const EntryChange& change : changes) Apply(change, durable_);
  }
  unsynced_.clear();
  entries_ = durable_;
  std::erase_if(entries_, [this](const auto& entry) {
    for (std::string up = ParentOf(entry.first); up != "/"; up = ParentOf(up)) {
      if (!entries_.contains(up)) return true;
    }
    return false;
  });
  durable_ = entries_;
  for (const auto& [path, inode] : entries_) Survive(*inode);
  StartAgain();
}

void SimulatedFileSystem::Restart() {
  const std::lock_guard lock(mutex_);
  StartAgain();
}

void SimulatedFileSystem::StartAgain() {
  ++generation_;
  power_ = true;
  fail_next_sync_ = false;
  operations_left_.reset();
}

void SimulatedFileSystem::FailAfter(std::uint64_t operation_count) {
  const std::lock_guard lock(mutex_);
  TS_CHECK(operation_count > 0);
  operations_left_ = operation_count;
}

std::uint64_t SimulatedFileSystem::operation_count() const {
  const std::lock_guard lock(mutex_);
  return operation_count_;
}

void SimulatedFileSystem::FailNextSync() {
  const std::lock_guard lock(mutex_);
  fail_next_sync_ = true;
}

void SimulatedFileSystem::SetCapacity(std::optional<std::uint64_t> capacity_bytes) {
  const std::lock_guard lock(mutex_);
  capacity_bytes_ = capacity_bytes;
}

void SimulatedFileSystem::FlipBit(const std::filesystem::path& path, std::uint64_t offset,
                                  unsigned bit) {
  Bytes content = Contents().at(path.string());
  char& byte = content.at(static_cast<std::size_t>(offset));
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << bit));
  Put(path, content);
}

void SimulatedFileSystem::Cut(const std::filesystem::path& path, std::uint64_t size_bytes) {
  Bytes content = Contents().at(path.string());
  content.resize(static_cast<std::size_t>(size_bytes));
  Put(path, content);
}

void SimulatedFileSystem::Delete(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  TS_CHECK(entries_.erase(path.string()) == 1);
  durable_.erase(path.string());
}

void SimulatedFileSystem::Swap(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Bytes content_a = Contents().at(a.string());
  const Bytes content_b = Contents().at(b.string());
  Put(a, content_b);
  Put(b, content_a);
}

void SimulatedFileSystem::Put(const std::filesystem::path& path, ByteView content) {
  const std::lock_guard lock(mutex_);
  auto& inode = entries_[path.string()];
  if (!inode) inode = std::make_shared<Inode>();
  inode->content = Bytes(content);
  inode->durable = inode->content;
  inode->unsynced.clear();
  durable_[path.string()] = inode;
}

std::map<std::string, Bytes> SimulatedFileSystem::Contents() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Bytes> contents;
  for (const auto& [path, inode] : entries_) {
    if (!inode->is_directory) contents[path] = inode->content;
  }
  return contents;
}

Result<std::unique_ptr<WritableFile>> SimulatedFileSystem::OpenWritable(
    const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  if (!HasDirectory(ParentOf(path.string()))) return Missing();
  auto inode = Find(path.string());
  if (!inode) {
    bool dying = false;
    TS_RETURN_IF_ERROR(BeginOperation(&dying));
    inode = std::make_shared<Inode>();
    ChangeEntry({.name = path.string(), .inode = inode, .gone = {}});
    if (dying) return Dead();
  }
  return std::unique_ptr<WritableFile>(new OpenFile(*this, std::move(inode)));
}

Result<std::unique_ptr<RandomAccessFile>> SimulatedFileSystem::OpenRandomAccess(
    const std::filesystem::path& path) const {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  auto inode = Find(path.string());
  if (!inode || inode->is_directory) return Missing();
  return std::unique_ptr<RandomAccessFile>(new OpenReader(*this, std::move(inode)));
}

Result<Bytes> SimulatedFileSystem::ReadFile(const std::filesystem::path& path,
                                            std::uint64_t limit_bytes) const {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  const auto inode = Find(path.string());
  if (!inode || inode->is_directory) return Missing();
  if (inode->content.size() > limit_bytes) {
    return Error(Code::kExhausted, "storage.file-too-large", "the file is larger than its limit");
  }
  return inode->content;
}

Result<Bytes> SimulatedFileSystem::ReadSecretFile(const std::filesystem::path& path,
                                                  std::uint64_t limit_bytes) const {
  return ReadFile(path, limit_bytes);
}

Result<std::uint64_t> SimulatedFileSystem::FileSize(const std::filesystem::path& path) const {
  TS_ASSIGN_OR_RETURN(const Bytes content,
                      ReadFile(path, std::numeric_limits<std::uint64_t>::max()));
  return static_cast<std::uint64_t>(content.size());
}

bool SimulatedFileSystem::Exists(const std::filesystem::path& path) const {
  const std::lock_guard lock(mutex_);
  return Find(path.string()) != nullptr;
}

Status SimulatedFileSystem::Rename(const std::filesystem::path& from,
                                   const std::filesystem::path& to) {
  const std::lock_guard lock(mutex_);
  TS_CHECK(from.parent_path() == to.parent_path());
  bool dying = false;
  TS_RETURN_IF_ERROR(BeginOperation(&dying));
  const auto inode = Find(from.string());
  if (!inode) return Missing();
  ChangeEntry({.name = to.string(), .inode = inode, .gone = from.string()});
  return dying ? Status(Dead()) : Ok();
}

Status SimulatedFileSystem::Remove(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  bool dying = false;
  TS_RETURN_IF_ERROR(BeginOperation(&dying));
  const auto inode = Find(path.string());
  if (!inode || inode->is_directory) return Missing();
  ChangeEntry({.name = {}, .inode = nullptr, .gone = path.string()});
  return dying ? Status(Dead()) : Ok();
}

Status SimulatedFileSystem::MakeDirectory(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  if (HasDirectory(path.string())) return Ok();
  if (!HasDirectory(ParentOf(path.string()))) return Missing();
  bool dying = false;
  TS_RETURN_IF_ERROR(BeginOperation(&dying));
  auto inode = std::make_shared<Inode>();
  inode->is_directory = true;
  ChangeEntry({.name = path.string(), .inode = std::move(inode), .gone = {}});
  return dying ? Status(Dead()) : Ok();
}

Status SimulatedFileSystem::RemoveDirectory(const std::filesystem::path& path) {
  TS_ASSIGN_OR_RETURN(const auto names, List(path));
  const std::lock_guard lock(mutex_);
  bool dying = false;
  TS_RETURN_IF_ERROR(BeginOperation(&dying));
  if (!names.empty()) return Error(Code::kUnavailable, "storage.io", "not empty");
  ChangeEntry({.name = {}, .inode = nullptr, .gone = path.string()});
  return dying ? Status(Dead()) : Ok();
}

Result<std::vector<std::string>> SimulatedFileSystem::List(
    const std::filesystem::path& path) const {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  if (!HasDirectory(path.string())) return Missing();
  std::vector<std::string> names;
  for (const auto& [entry, inode] : entries_) {
    if (ParentOf(entry) == path.string()) {
      names.push_back(std::filesystem::path(entry).filename().string());
    }
  }
  return names;
}

Status SimulatedFileSystem::SyncDirectory(const std::filesystem::path& path) {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  if (!HasDirectory(path.string())) return Missing();
  bool dying = false;
  TS_RETURN_IF_ERROR(BeginOperation(&dying));
  if (dying) return Dead();
  if (std::exchange(fail_next_sync_, false)) return SyncFailed();
  for (const EntryChange& change : unsynced_[path.string()]) Apply(change, durable_);
  unsynced_.erase(path.string());
  return Ok();
}

Result<std::uint64_t> SimulatedFileSystem::FreeBytes(const std::filesystem::path&) const {
  const std::lock_guard lock(mutex_);
  if (!power_) return Dead();
  const std::uint64_t used = UsedBytes();
  if (!capacity_bytes_) return std::numeric_limits<std::uint64_t>::max() - used;
  return *capacity_bytes_ > used ? *capacity_bytes_ - used : std::uint64_t{0};
}

}  // namespace tallystick::storage

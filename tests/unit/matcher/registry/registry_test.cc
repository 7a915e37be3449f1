#include "matcher/registry/registry.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "matcher/registry/state_reader.h"
#include "proto/log_leaf.h"
#include "proto/receipt.h"
#include "storage/memory_view.h"
#include "storage/reconcile.h"
#include "storage/rocksdb_view.h"
#include "tests/support/forwarding_file_system.h"
#include "tests/support/protocol_cast.h"
#include "tests/support/simulated_file_system.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::matcher {
namespace {

using storage::CommitLog;
using storage::CommitLogOptions;
using storage::MemoryView;

const crypto::VerifyKey& LogKey() { return Cast::Member("unite-la").signing_key.verify_key(); }

Event EventOf(std::string_view actor, decltype(Event::what) what) {
  Event event;
  event.actor = Cast::ActorOf(actor);
  event.what = std::move(what);
  return event;
}

// An event that always succeeds and leaves one record.
Event InviteNumber(std::uint64_t number) {
  InviteEvent invite = Cast::Invite("csun", Cast::Secret("number " + std::to_string(number)));
  invite.id = "member-" + std::to_string(number);
  return EventOf(kOperator, invite);
}

Result<std::vector<storage::Mutation>> Decode(const storage::LogRecord& record,
                                              const storage::View&) {
  return MutationsOfPayload(record.payload);
}

// A registry over a directory, with RocksDB, as the matcher runs it.
class RegistryOnDisk : public ::testing::Test {
 protected:
  std::unique_ptr<Registry> Start() {
    auto log = CommitLog::Open(storage::PosixFileSystem(), directory_.path() / "log", {}).value();
    auto view = storage::OpenRocksDbView(directory_.path() / "view", {.free_floor_bytes = 0});
    EXPECT_TRUE(storage::ReconcileView(*log, **view, Decode).ok());
    return Registry::Start(std::move(log), *std::move(view), Cast::Matcher(), clock_,
                           [](const Error&) { FAIL() << "the log failed"; })
        .value();
  }

  TemporaryDirectory directory_;
  ManualClock clock_{Cast::Now()};
};

TEST_F(RegistryOnDisk, EightThreadsGetEveryEventDoneOnce) {
  constexpr std::uint64_t kThreads = 8;
  constexpr std::uint64_t kEach = 25;
  auto registry = Start();
  std::atomic<std::uint64_t> done = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < kEach; ++i) {
          if (registry->Submit(InviteNumber(t * kEach + i)).ok()) ++done;
          // The same one from every thread: one effect.
          if (registry->Submit(InviteNumber(1'000'000 + i)).ok()) ++done;
        }
      });
    }
  }
  EXPECT_EQ(done, 2 * kThreads * kEach);
  EXPECT_EQ(registry->log_size(), kThreads * kEach + kEach);
}

TEST_F(RegistryOnDisk, EverythingIsThereAfterARestart) {
  std::string before;
  {
    auto registry = Start();
    for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(registry->Submit(InviteNumber(i)).ok());
    ASSERT_TRUE(
        registry->Submit(EventOf(kOperator, Cast::Invite("csun", Cast::Secret("csun")))).ok());
    ASSERT_TRUE(registry->Submit(EventOf("csun", Cast::Enrol("csun", Cast::Secret("csun")))).ok());
    before = registry->SignedCheckpoint();
  }
  auto registry = Start();
  EXPECT_EQ(registry->SignedCheckpoint(), before);
  EXPECT_EQ(OpenCheckpoint(before, LogKey())->size, 22u);
  EXPECT_TRUE(registry->members().Find("csun").has_value());
  ASSERT_TRUE(registry->Submit(InviteNumber(77)).ok());
  const auto after = OpenCheckpoint(registry->SignedCheckpoint(), LogKey()).value();
  const auto proof = registry->ConsistencyProof(22, 23);
  EXPECT_TRUE(crypto::VerifyConsistency(22, OpenCheckpoint(before, LogKey())->root, after.size,
                                        after.root, proof)
                  .ok());
}

TEST_F(RegistryOnDisk, AViewThatIsGoneIsRebuiltFromTheLog) {
  {
    auto registry = Start();
    for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(registry->Submit(InviteNumber(i)).ok());
  }
  ASSERT_TRUE(storage::RemoveRocksDbView(directory_.path() / "view").ok());
  auto registry = Start();
  for (std::uint64_t i = 0; i < 5; ++i) {
    const auto secret = crypto::Sha256(Cast::Secret("number " + std::to_string(i)));
    EXPECT_TRUE(registry->view().Get(InvitationViewKey(secret.hex())).value().has_value());
  }
}

TEST_F(RegistryOnDisk, EveryRecordHasAReceiptThatVerifiesOffline) {
  auto registry = Start();
  for (std::uint64_t i = 0; i < 17; ++i) ASSERT_TRUE(registry->Submit(InviteNumber(i)).ok());
  for (std::uint64_t i = 0; i < 17; ++i) {
    const auto receipt = registry->ReceiptFor(i);
    ASSERT_TRUE(receipt.ok());
    const Bytes secret_digest(crypto::Sha256(Cast::Secret("number " + std::to_string(i))).view());
    EXPECT_TRUE(VerifyReceipt(*receipt, crypto::Sha256(secret_digest), LogKey()).ok()) << i;
    EXPECT_FALSE(VerifyReceipt(*receipt, crypto::Sha256("another thing"), LogKey()).ok());
    EXPECT_FALSE(VerifyReceipt(*receipt, crypto::Sha256(secret_digest),
                               Cast::Member("csun").signing_key.verify_key())
                     .ok());
  }
  EXPECT_EQ(registry->ReceiptFor(17).error().code(), Code::kNotFound);
}

TEST_F(RegistryOnDisk, EntriesComeInPagesAndAddUpToTheCheckpoint) {
  auto registry = Start();
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(registry->Submit(InviteNumber(i)).ok());
  crypto::MerkleTree tree;
  while (tree.size() < registry->log_size()) {
    const auto page = registry->Entries(tree.size(), 4, "nobody").value();
    EXPECT_EQ(page.log_size(), 10u);
    ASSERT_GT(page.entries_size(), 0);
    ASSERT_LE(page.entries_size(), 4);
    for (const v1::LogEntry& entry : page.entries()) {
      EXPECT_EQ(entry.sequence(), tree.size());
      tree.Append(LeafHashOfEntry(entry).value());
    }
  }
  EXPECT_EQ(tree.Root(), OpenCheckpoint(registry->SignedCheckpoint(), LogKey())->root);
  EXPECT_EQ(registry->Entries(10, 4, "nobody")->entries_size(), 0);
  EXPECT_EQ(registry->Entries(~std::uint64_t{0}, 4, "nobody")->entries_size(), 0);
}

TEST_F(RegistryOnDisk, ABodyIsForThoseItConcerns) {
  auto registry = Start();
  for (const std::string_view id : {"csun", "ucla"}) {
    ASSERT_TRUE(registry->Submit(EventOf(kOperator, Cast::Invite(id, Cast::Secret(id)))).ok());
    ASSERT_TRUE(registry->Submit(EventOf(id, Cast::Enrol(id, Cast::Secret(id)))).ok());
  }
  const auto entries = registry->Entries(0, 100, "csun").value();
  ASSERT_EQ(entries.entries_size(), 4);
  EXPECT_EQ(entries.entries(1).actor(), "csun");
  EXPECT_EQ(entries.entries(1).subject_id(), "csun");
  EXPECT_EQ(LeafCommitment(entries.entries(1).salt(), entries.entries(1).subject(),
                           entries.entries(1).payload_digest())
                .view(),
            ByteView(entries.entries(1).commitment()));
  for (const int others : {0, 2, 3}) {
    const v1::LogEntry& entry = entries.entries(others);
    EXPECT_TRUE(entry.actor().empty() && entry.subject_id().empty() && entry.salt().empty());
  }
}

// A registry on a disk that can be held up, filled and broken.
class RegistryInMemory : public ::testing::Test, private storage::ForwardingFileSystem {
 protected:
  RegistryInMemory() : ForwardingFileSystem(disk_) {}

  void Start() {
    auto log = CommitLog::Open(*this, "/log", {}).value();
    auto view = std::make_unique<MemoryView>();
    view_ = view.get();
    registry_ = Registry::Start(std::move(log), std::move(view), Cast::Matcher(), clock_,
                                [this](const Error& error) {
                                  fatal_id_ = std::string(error.id());
                                  ++fatal_count_;
                                })
                    .value();
  }

  // Until LetGo(), the next sync waits, and with it the registry.
  void HoldSync() { held_ = true; }
  void LetGo() {
    held_ = false;
    held_.notify_all();
  }
  void AwaitSync() {
    while (waiting_ == 0) std::this_thread::yield();
  }

  storage::SimulatedFileSystem disk_{1};
  ManualClock clock_{Cast::Now()};
  MemoryView* view_ = nullptr;
  std::atomic<bool> held_ = false;
  std::atomic<int> waiting_ = 0;
  std::atomic<int> sync_count_ = 0;
  std::atomic<int> fatal_count_ = 0;
  std::string fatal_id_;
  std::unique_ptr<Registry> registry_;

 private:
  SyncFate BeforeSync() override {
    ++waiting_;
    held_.wait(true);
    --waiting_;
    ++sync_count_;
    return SyncFate::kHappens;
  }
};

TEST_F(RegistryInMemory, WhatWaitsWhileABatchIsMadeDurableSharesTheNextSync) {
  Start();
  ASSERT_TRUE(registry_->Submit(InviteNumber(100)).ok());  // makes the first segment
  const int syncs = sync_count_;
  HoldSync();
  std::vector<std::jthread> threads;
  threads.emplace_back([this] { EXPECT_TRUE(registry_->Submit(InviteNumber(0)).ok()); });
  AwaitSync();
  for (std::uint64_t i = 1; i <= 30; ++i) {
    threads.emplace_back([this, i] { EXPECT_TRUE(registry_->Submit(InviteNumber(i)).ok()); });
  }
  while (registry_->waiting_count() < 30) std::this_thread::yield();
  LetGo();
  threads.clear();
  EXPECT_EQ(registry_->log_size(), 32u);
  EXPECT_EQ(sync_count_ - syncs, 2);
}

TEST_F(RegistryInMemory, NothingIsVisibleBeforeItIsDurable) {
  Start();
  HoldSync();
  std::jthread thread([this] { EXPECT_TRUE(registry_->Submit(InviteNumber(0)).ok()); });
  AwaitSync();
  EXPECT_EQ(registry_->log_size(), 0u);
  EXPECT_EQ(view_->applied(), 0u);
  EXPECT_EQ(registry_->Entries(0, 10, "csun")->entries_size(), 0);
  LetGo();
}

// The record of an effect that a reader sees can always be proved: asking for it in between used to
// abort the process.
TEST_F(RegistryInMemory, WhatTheViewShowsHasAReceipt) {
  Start();
  std::atomic<bool> stop = false;
  std::jthread reader([&] {
    while (!stop) {
      const std::uint64_t applied = view_->applied();
      if (applied > 0) {
        EXPECT_TRUE(registry_->ReceiptFor(applied - 1).ok());
      }
    }
  });
  for (std::uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(registry_->Submit(InviteNumber(i)).ok());
  stop = true;
}

TEST_F(RegistryInMemory, TheFirstSyncErrorEndsIt) {
  Start();
  ASSERT_TRUE(registry_->Submit(InviteNumber(0)).ok());
  disk_.FailNextSync();
  const auto failed = registry_->Submit(InviteNumber(1));
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().id(), "storage.fsync-failed");
  EXPECT_EQ(failed.error().code(), Code::kUnavailable);
  EXPECT_EQ(registry_->Submit(InviteNumber(2)).error().id(), "registry.stopped");
  registry_.reset();
  EXPECT_EQ(fatal_count_, 1);
  EXPECT_EQ(fatal_id_, "storage.fsync-failed");
}

TEST_F(RegistryInMemory, WhoWaitsWhenTheLogFailsGetsAnAnswer) {
  Start();
  HoldSync();
  std::vector<std::jthread> threads;
  std::atomic<int> unavailable = 0;
  const auto submit = [&](std::uint64_t number) {
    const auto answer = registry_->Submit(InviteNumber(number));
    if (!answer.ok() && answer.error().code() == Code::kUnavailable) ++unavailable;
  };
  threads.emplace_back([&] { submit(0); });
  AwaitSync();
  for (std::uint64_t i = 1; i <= 10; ++i) threads.emplace_back([&, i] { submit(i); });
  while (registry_->waiting_count() < 10) std::this_thread::yield();
  disk_.FailNextSync();
  LetGo();
  threads.clear();
  EXPECT_EQ(unavailable, 11);
  EXPECT_EQ(registry_->log_size(), 0u);
}

TEST_F(RegistryInMemory, AFullDiskIsAnErrorThatHeals) {
  Start();
  ASSERT_TRUE(registry_->Submit(InviteNumber(0)).ok());
  disk_.SetCapacity(0);
  EXPECT_EQ(registry_->Submit(InviteNumber(1)).error().code(), Code::kExhausted);
  EXPECT_TRUE(registry_->ReceiptFor(0).ok()) << "reading still works";
  disk_.SetCapacity(std::nullopt);
  EXPECT_TRUE(registry_->Submit(InviteNumber(1)).ok());
  EXPECT_EQ(registry_->log_size(), 2u);
  EXPECT_EQ(fatal_count_, 0);
}

// A member must not be able to stop the matcher with one large message.
TEST_F(RegistryInMemory, ARecordOverTheLimitIsThatEventsErrorAlone) {
  Start();
  const Cast cast;
  const auto must = [&](std::string_view actor, decltype(Event::what) what) {
    const auto answer = registry_->Submit(EventOf(actor, std::move(what)));
    ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  };
  for (const std::string_view id : {"csun", "lausd", "pgarcia"}) {
    must(kOperator, Cast::Invite(id, Cast::Secret(id)));
    must(id, Cast::Enrol(id, Cast::Secret(id)));
  }
  must("csun", cast.Propose("csun"));
  for (const std::string_view party : {"csun", "lausd"}) must(party, cast.Commit(party));
  for (const std::string_view party : {"csun", "lausd"}) must(party, cast.Reveal(party));
  for (const std::string_view party : {"csun", "lausd"}) must(party, cast.Confirm(party));
  must("csun", cast.Open({.number = 1}));
  must("csun", CommitSubmissionEvent{Cast::SubmissionId(1)});
  must("lausd", cast.Open({.party = "lausd", .dataset = "hr", .number = 2}));
  must("lausd", CommitSubmissionEvent{Cast::SubmissionId(2)});
  const auto asked = cast.Request("retention_by_pathway");
  must("pgarcia", Cast::Ask(asked));
  const auto request =
      GetState<v1::RequestState>(registry_->view(), RequestViewKey(asked.Id())).value();
  for (const std::string_view party : {"csun", "lausd"}) {
    must(party, Cast::Verdict(party, request));
  }
  ProtectedEvent table = Cast::Table(request);
  table.proposal.set_witnesses(Bytes(storage::kMaxRecordBytes, 'w'));
  const std::uint64_t size = registry_->log_size();
  const auto refused = registry_->Submit(EventOf(kService, table));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().id(), "registry.record-too-large");
  EXPECT_EQ(registry_->log_size(), size);
  EXPECT_EQ(fatal_count_, 0);
  must(kService, Cast::Table(request));
}

TEST_F(RegistryInMemory, RefusalsLeaveNothingAndAnswerAtOnce) {
  Start();
  EXPECT_EQ(registry_->Submit(EventOf("csun", RevokeMemberEvent{"csun"})).error().id(),
            "revoke.operator");
  EXPECT_EQ(registry_->log_size(), 0u);
}

TEST_F(RegistryInMemory, SaltsAndTimesAreTheRegistrysOwn) {
  Start();
  std::set<Bytes> salts;
  for (std::uint64_t i = 0; i < 5; ++i) {
    Event event = InviteNumber(i);
    event.salt = "chosen by the caller";
    event.now = Time{};
    ASSERT_TRUE(registry_->Submit(std::move(event)).ok());
    const auto receipt = registry_->ReceiptFor(i).value();
    EXPECT_EQ(receipt.time(), Cast::Now().time_since_epoch().count());
    EXPECT_EQ(receipt.salt().size(), 16u);
    salts.insert(receipt.salt());
  }
  EXPECT_EQ(salts.size(), 5u);
}

TEST(MutationsOfPayload, RefusesWhatIsNoRecord) {
  EXPECT_FALSE(MutationsOfPayload("\xff\xff").ok());
  EXPECT_TRUE(MutationsOfPayload("")->empty());
}

}  // namespace
}  // namespace tallystick::matcher

// Members refuse a log that shrank, forked, or says one thing and proves another.
#include "client/log_follower.h"

#include <gtest/gtest.h>

#include "base/exit_code.h"
#include "base/file.h"
#include "client/restored_log.h"
#include "client/seen_checkpoints.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/client/fake_log.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::client {
namespace {

class LogFollower : public ::testing::Test {
 protected:
  LogFollower() : server_(world_.Start({}, log_)) {
    const MemberKeys keys = LoadOrMakeKeys(home()).value();
    const Bytes csr = crypto::MakeCsr(keys.tls, matcher::TestWorld::kUri).value();
    v1::Enrolled enrolled;
    enrolled.set_certificate_pem(world_.authority()
                                     .IssueClient(csr, matcher::TestWorld::kUri,
                                                  world_.now() - std::chrono::hours(1),
                                                  world_.now() + std::chrono::days(1))
                                     .value());
    enrolled.set_ca_pem(world_.authority().certificate_pem());
    v1::MatcherDescription& description = *enrolled.mutable_matcher();
    description.set_url("https://127.0.0.1:" + std::to_string(server_->port()));
    description.set_signing_key(Bytes(log_.signing_key().verify_key().view()));
    description.set_log_origin(log_.origin);
    v1::Member member;
    member.set_id("csun");
    member.set_role(v1::ROLE_INSTITUTION);
    EXPECT_TRUE(Identity::Store(home(), member, enrolled).ok());
    log_.Grow(7);
  }

  const std::filesystem::path& home() const { return directory_.path(); }

  Result<Checkpoint> Follow() {
    const Identity identity = Identity::Load(home()).value();
    MatcherClient matcher = MatcherClient::Connect(identity).value();
    return FollowLog(matcher, identity);
  }
  Result<LogAudit> Audit() {
    const Identity identity = Identity::Load(home()).value();
    MatcherClient matcher = MatcherClient::Connect(identity).value();
    return AuditLog(matcher, identity);
  }
  // The error that following ends with; it must leave what is remembered alone.
  std::string FollowError() {
    const auto before = ReadFile(home() / "checkpoint", 16'384);
    const auto followed = Follow();
    if (followed.ok()) return "";
    const auto after = ReadFile(home() / "checkpoint", 16'384);
    EXPECT_EQ(before.ok(), after.ok());
    if (before.ok() && after.ok()) {
      EXPECT_EQ(*before, *after) << "a refused checkpoint was remembered";
    }
    EXPECT_EQ(ExitCodeOf(followed.error()), ExitCode::kLogVerificationFailed);
    return std::string(followed.error().id());
  }
  std::string AuditError() {
    const auto audit = Audit();
    if (audit.ok()) return "";
    EXPECT_EQ(ExitCodeOf(audit.error()), ExitCode::kLogVerificationFailed);
    return std::string(audit.error().id());
  }

  TemporaryDirectory directory_;
  matcher::TestWorld world_;
  FakeLog log_;
  std::unique_ptr<matcher::HttpsServer> server_;
};

TEST_F(LogFollower, RemembersTheNewestCheckpoint) {
  ASSERT_EQ(Follow()->size, 7u);
  EXPECT_EQ(ReadFile(home() / "checkpoint", 16'384).value(), log_.Note());
  for (const std::size_t growth : {1u, 4u, 20u}) {
    log_.Grow(growth);
    ASSERT_TRUE(Follow().ok());
    EXPECT_EQ(ReadFile(home() / "checkpoint", 16'384).value(), log_.Note());
  }
  EXPECT_EQ(Follow()->size, 32u) << "nothing new";
}

TEST_F(LogFollower, FollowsFromTheEmptyLog) {
  log_.Shrink(7);
  EXPECT_EQ(Follow()->size, 0u);
  log_.Grow(3);
  EXPECT_EQ(Follow()->size, 3u);
}

TEST_F(LogFollower, RefusesALogThatShrank) {
  ASSERT_TRUE(Follow().ok());
  log_.Shrink(1);
  EXPECT_EQ(FollowError(), "log.verify-shrank");
  log_.Shrink(6);
  EXPECT_EQ(FollowError(), "log.verify-shrank");
  log_.Grow(7);
  EXPECT_EQ(FollowError(), "") << "the same entries again";
}

TEST_F(LogFollower, RefusesALogThatForked) {
  ASSERT_TRUE(Follow().ok());
  log_.Rewrite(3);
  EXPECT_EQ(FollowError(), "log.verify-fork") << "of the same size";
  log_.Grow(5);
  EXPECT_EQ(FollowError(), "log.verify-fork") << "and growing";
  // Cut and continued differently: the length alone would not tell.
  log_.Shrink(12);
  log_.Grow(6);
  log_.Rewrite(5);
  log_.Grow(10);
  EXPECT_EQ(FollowError(), "log.verify-fork");
}

TEST_F(LogFollower, RefusesAProofThatIsNone) {
  ASSERT_TRUE(Follow().ok());
  log_.Grow(6);
  log_.spoil_proof = [](v1::ConsistencyProof& proof) { proof.clear_hashes(); };
  EXPECT_EQ(FollowError(), "log.verify-fork");
  log_.spoil_proof = [](v1::ConsistencyProof& proof) { proof.set_hashes(0, "short"); };
  EXPECT_EQ(FollowError(), "log.verify-fork");
  log_.spoil_proof = [](v1::ConsistencyProof& proof) { proof.mutable_hashes(0)->front() ^= 1; };
  EXPECT_EQ(FollowError(), "log.verify-fork");
  log_.spoil_proof = [](v1::ConsistencyProof& proof) {
    for (int i = 0; i < 1000; ++i) proof.add_hashes(Bytes(32, 'x'));
  };
  EXPECT_EQ(FollowError(), "log.verify-fork");
  log_.spoil_proof = nullptr;
  EXPECT_EQ(FollowError(), "");
}

TEST_F(LogFollower, RefusesACheckpointThatTheLogDidNotSign) {
  const crypto::SigningKey other = crypto::SigningKey::Generate();
  log_.other_key = &other;
  EXPECT_EQ(FollowError(), "log.verify-unsigned");
  log_.other_key = nullptr;
  log_.spoil_note = [](std::string& note) { note.replace(note.find("\n7\n"), 3, "\n8\n"); };
  EXPECT_EQ(FollowError(), "log.verify-signature");
  log_.spoil_note = [](std::string& note) { note = "no note"; };
  EXPECT_EQ(FollowError(), "log.verify-checkpoint");
  log_.spoil_note = [](std::string& note) { note = ""; };
  EXPECT_EQ(FollowError(), "log.verify-checkpoint");
}

TEST_F(LogFollower, RefusesAnotherLogOfTheSameMatcher) {
  log_.origin = "tallystick/unite-la/restored";
  EXPECT_EQ(FollowError(), "log.verify-origin");
}

TEST_F(LogFollower, RefusesARememberedCheckpointThatWasTamperedWith) {
  ASSERT_TRUE(Follow().ok());
  Bytes note = ReadFile(home() / "checkpoint", 16'384).value();
  note.replace(note.find("\n7\n"), 3, "\n1\n");
  ASSERT_TRUE(WriteFileDurably(home() / "checkpoint", note).ok());
  EXPECT_EQ(FollowError(), "log.verify-signature");
}

TEST_F(LogFollower, AnAuditReadsEveryEntry) {
  const auto audit = Audit();
  ASSERT_TRUE(audit.ok()) << audit.error().ToString();
  EXPECT_EQ(audit->entry_count, 7u);
  EXPECT_EQ(audit->readable_count, 3u);
  EXPECT_EQ(audit->checkpoint.size, 7u);
}

TEST_F(LogFollower, AnAuditFindsEntriesThatAreNotThoseOfTheCheckpoint) {
  log_.spoil_entries = [](v1::LogEntries& page) { page.clear_entries(); };
  EXPECT_EQ(AuditError(), "log.verify-missing");
  log_.spoil_entries = [](v1::LogEntries& page) {
    page.mutable_entries()->SwapElements(0, page.entries_size() - 1);
  };
  EXPECT_EQ(AuditError(), "log.verify-sequence");
  log_.spoil_entries = [](v1::LogEntries& page) { page.mutable_entries(1)->set_event("nothing"); };
  EXPECT_EQ(AuditError(), "log.verify-root");
  log_.spoil_entries = [](v1::LogEntries& page) { page.mutable_entries(1)->set_time(0); };
  EXPECT_EQ(AuditError(), "log.verify-root");
  log_.spoil_entries = [](v1::LogEntries& page) {
    page.mutable_entries(1)->set_commitment("short");
  };
  EXPECT_EQ(AuditError(), "log.verify-entry");
}

TEST_F(LogFollower, AnAuditFindsABodyThatTheLogDoesNotCommitTo) {
  for (const auto& spoil : std::vector<std::function<void(v1::LogEntry&)>>{
           [](v1::LogEntry& entry) { entry.mutable_salt()->front() ^= 1; },
           [](v1::LogEntry& entry) { entry.mutable_subject()->front() ^= 1; },
           [](v1::LogEntry& entry) { entry.mutable_payload_digest()->front() ^= 1; }}) {
    log_.spoil_entries = [&](v1::LogEntries& page) {
      if (page.entries(0).sequence() == 0) spoil(*page.mutable_entries(0));
    };
    EXPECT_EQ(AuditError(), "log.verify-body");
  }
}

TEST_F(LogFollower, StopsAtTheLogOfARestoredMatcherAndSaysSo) {
  ASSERT_TRUE(Follow().ok());
  const std::string first = log_.origin;
  log_.origin = first + "/restored-1-at-5";
  EXPECT_EQ(FollowError(), "log.verify-restored");
  EXPECT_EQ(AuditError(), "log.verify-restored");
  for (const std::string& other :
       {first + "/restored-0-at-5", first + "/restored-1", first + "x/restored-1-at-5"}) {
    log_.origin = other;
    EXPECT_EQ(FollowError(), "log.verify-origin") << other;
  }
}

TEST_F(LogFollower, AcceptsNoRestoredLogThatDoesNotSayWhereItWasRestored) {
  ASSERT_TRUE(Follow().ok());
  log_.origin += "/restored-1-at-5";
  const Identity identity = Identity::Load(home()).value();
  MatcherClient matcher = MatcherClient::Connect(identity).value();
  const auto report = ExamineRestore(matcher, identity, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().id(), "log.verify-restore");
}

TEST_F(LogFollower, RemembersTheStatesThatItAcceptedAndThinsThem) {
  ASSERT_TRUE(Follow().ok());
  log_.Grow(3);
  ASSERT_TRUE(Follow().ok());
  std::vector<SeenCheckpoint> seen = LoadSeenCheckpoints(home());
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].size, 7u);
  EXPECT_EQ(seen[1].size, 10u);
  EXPECT_EQ(seen[1].root, Follow()->root);

  seen.clear();
  for (std::uint64_t size = 0; size <= kMaxSeenCheckpoints; ++size) {
    seen.push_back({size, crypto::Sha256(std::to_string(size))});
  }
  ASSERT_TRUE(StoreSeenCheckpoints(home(), seen).ok());
  const std::vector<SeenCheckpoint> thinned = LoadSeenCheckpoints(home());
  EXPECT_LT(thinned.size(), kMaxSeenCheckpoints);
  EXPECT_EQ(thinned.front(), seen.front());
  EXPECT_EQ(thinned.back(), seen.back());
}

}  // namespace
}  // namespace tallystick::client

#include "matcher/registry/step.h"

#include <gtest/gtest.h>

#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";

class Idempotency : public ::testing::Test {
 protected:
  Idempotency() { world_.EnrolEveryone(); }

  ProtocolWorld world_;
};

TEST_F(Idempotency, TheSameRequestAgainGetsTheSameBytesAndNoRecord) {
  const auto first = world_.Do("csun", world_.cast().Propose("csun"), kId, "bytes");
  ASSERT_TRUE(first.ok());
  const std::size_t records = world_.record_count();
  // Meanwhile the agreement moves on: what was answered then is answered now.
  world_.Must("csun", world_.cast().Commit("csun"));
  world_.Must("lausd", world_.cast().Commit("lausd"));
  const auto again = world_.Do("csun", world_.cast().Propose("csun"), kId, "bytes");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*first, *again);
  EXPECT_EQ(world_.record_count(), records + 2);
}

TEST_F(Idempotency, TheSameIdForOtherBytesIsAConflict) {
  ASSERT_TRUE(world_.Do("csun", world_.cast().Propose("csun"), kId, "bytes").ok());
  const auto other = world_.Do("csun", world_.cast().Commit("csun"), kId, "other bytes");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().id(), "idempotency.reused");
  EXPECT_EQ(other.error().code(), Code::kConflict);
  EXPECT_EQ(world_.Agreement().commitments_size(), 0);
}

TEST_F(Idempotency, AnIdBelongsToWhoUsedIt) {
  ASSERT_TRUE(world_.Do("csun", world_.cast().Propose("csun"), kId, "bytes").ok());
  const auto other = world_.Do("lausd", world_.cast().Commit("lausd"), kId, "other bytes");
  EXPECT_TRUE(other.ok());
  EXPECT_EQ(world_.Agreement().commitments_size(), 1);
}

TEST_F(Idempotency, ARefusalIsNotRemembered) {
  const auto early = world_.Do("csun", world_.cast().Commit("csun"), kId, "bytes");
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().id(), "agreement.unknown");
  world_.Must("csun", world_.cast().Propose("csun"));
  EXPECT_TRUE(world_.Do("csun", world_.cast().Commit("csun"), kId, "bytes").ok());
}

TEST_F(Idempotency, TheAnswerIsPartOfTheRecordSoItOutlivesTheProcess) {
  const auto first = world_.Do("csun", world_.cast().Propose("csun"), kId, "bytes");
  storage::MemoryView rebuilt;
  std::uint64_t sequence = 0;
  for (const v1::Record& record : world_.records()) {
    ASSERT_TRUE(rebuilt.Apply(++sequence, MutationsOf(record)).ok());
  }
  Event event;
  event.actor = Cast::ActorOf("csun");
  event.now = world_.now();
  event.idempotency_id = std::string(kId);
  event.request_digest = crypto::Sha256("bytes");
  event.what = world_.cast().Propose("csun");
  const auto again = Step(rebuilt, Cast::Matcher(), event);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->answer, *first);
  EXPECT_FALSE(again->record.has_value());
}

TEST(Step, DecidesTheSameEventInTheSameStateToTheSameBytes) {
  ProtocolWorld world;
  const v1::RequestState request = world.Protect();
  world.Must("csun", Cast::Approve("csun", request));
  Event event;
  event.actor = Cast::ActorOf("lausd");
  event.now = world.now();
  event.idempotency_id = std::string(kId);
  event.sequence = 77;
  event.salt = Bytes(16, 's');
  event.what = Cast::Approve("lausd", request);
  const auto first = Step(world.view(), Cast::Matcher(), event);
  const auto second = Step(world.view(), Cast::Matcher(), event);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(Serialise(*first->record), Serialise(*second->record));
  EXPECT_EQ(first->answer, second->answer);
}

TEST(Step, EveryRecordNamesWhatHappenedWhenByWhomAndWhomItConcerns) {
  ProtocolWorld world;
  world.Release();
  for (const v1::Record& record : world.records()) {
    EXPECT_FALSE(record.event().empty());
    EXPECT_EQ(record.time(), Cast::Now().time_since_epoch().count());
    EXPECT_FALSE(record.actor().empty());
    EXPECT_EQ(record.subject().size(), 32u) << record.event();
    EXPECT_EQ(record.salt().size(), 16u) << record.event();
    EXPECT_GT(record.mutations_size(), 0) << record.event();
    if (!record.event().starts_with("member.")) {
      EXPECT_EQ(record.agreement(), world.cast().digest_hex()) << record.event();
      EXPECT_EQ((std::vector<std::string>(record.concerned().begin(), record.concerned().end())),
                (std::vector<std::string>{"csun", "lausd", "pgarcia", "mchen"}))
          << record.event();
    }
  }
}

TEST(Refusals, AreOneRecordByTheServiceAndNobodyElse) {
  ProtocolWorld world;
  world.EnrolEveryone();
  EXPECT_FALSE(world.LeavesRecord(kService, RefusalsEvent{}));
  EXPECT_FALSE(world.LeavesRecord("csun", RefusalsEvent{{{"auth.expired", 3}}}));
  EXPECT_TRUE(world.LeavesRecord(kService, RefusalsEvent{{{"auth.expired", 3}, {"auth.role", 1}}}));
  EXPECT_EQ(world.last_record().event(), "service.refusals");
  Bytes counts;
  AppendLp(counts, "auth.expired");
  AppendU64(counts, 3);
  AppendLp(counts, "auth.role");
  AppendU64(counts, 1);
  EXPECT_EQ(world.last_record().detail(), counts);
}

TEST(MutationsOf, PutsAndErases) {
  v1::Record record;
  record.add_mutations()->set_key("a");
  record.mutable_mutations(0)->set_value("1");
  record.add_mutations()->set_key("b");
  record.mutable_mutations(1)->set_erase(true);
  const auto mutations = MutationsOf(record);
  ASSERT_EQ(mutations.size(), 2u);
  EXPECT_EQ(mutations[0], (storage::Mutation{"a", "1"}));
  EXPECT_EQ(mutations[1], (storage::Mutation{"b", std::nullopt}));
}

}  // namespace
}  // namespace tallystick::matcher

// The whole opening of a table's sums between two agents and the matcher's protocol core, and what
// each of them refuses.
#include <gtest/gtest.h>

#include "agreements/statistics.h"
#include "base/file.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "tests/integration/opening/opening_world.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

std::string RuleIn(const Error& error) {
  return std::string(error.refusal() ? error.refusal()->rule.view() : error.id());
}
template <class T>
std::string RuleIn(const Result<T>& result) {
  return result.ok() ? "" : RuleIn(result.error());
}

std::vector<std::string> Awaiting(const v1::RequestState& request) {
  return {request.awaiting().begin(), request.awaiting().end()};
}

class Opening : public ::testing::Test {
 protected:
  Result<Bytes> Read(std::string_view party) const {
    const auto reviewed = world_.Review(party);
    if (!reviewed.ok()) return reviewed.error();
    return ReadStatistics(world_.Home(party), **reviewed, world_.ProposalFor(party));
  }
  // What csun says to a table that the matcher changed.
  std::string Refusal(const std::function<void(v1::StoredProposal&, v1::ReleaseBody&)>& change) {
    world_.Propose(change);
    return RuleIn(world_.Open("csun"));
  }

  OpeningWorld world_;
};

TEST_F(Opening, EndsInOneReleaseWithWhatTheRowsAddUpTo) {
  ASSERT_EQ(world_.Request().phase(), v1::REQUEST_PHASE_PROTECTED);
  world_.OpenBoth();
  EXPECT_EQ(world_.Request().phase(), v1::REQUEST_PHASE_OPENED);
  EXPECT_EQ(Awaiting(world_.Request()), (std::vector<std::string>{"csun", "lausd"}));
  const Bytes statistics = Read("csun").value();
  EXPECT_EQ(Read("lausd").value(), statistics);
  const auto body = Parse<v1::ReleaseBody>(statistics, kMaxReleaseBytes).value();
  ASSERT_EQ(body.statistics_size(), 4);
  const agreements::Measure& hours =
      *world_.cast().agreement().FindMeasure({"candidates", "clinical_hours"});
  for (int p = 0; p < 3; ++p) {
    const auto pathway = static_cast<std::size_t>(p);
    const agreements::MeasureSums sums{OpeningWorld::kObserved[pathway],
                                       OpeningWorld::SumOf(pathway), std::nullopt};
    EXPECT_EQ(body.statistics(p).mean(),
              agreements::PublishedStatistic(hours, agreements::MeasureStat::kMean, sums));
    EXPECT_FALSE(body.statistics(p).sd().empty());
    EXPECT_TRUE(body.statistics(p).sum().empty()) << "the output has not asked for it";
  }
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.world().Must(party, world_.Approve(party, statistics));
  }
  const v1::RequestState released = world_.Request();
  EXPECT_EQ(released.phase(), v1::REQUEST_PHASE_RELEASED);
  const Bytes final_body = world_.stored().body() + statistics;
  EXPECT_EQ(ByteView(released.release_digest()), crypto::Sha256(final_body).view());
  const auto stored = matcher::GetState<v1::StoredProposal>(
      world_.world().view(), matcher::ProposalViewKey(released.id()));
  EXPECT_EQ(stored->body(), final_body);
  EXPECT_FALSE(world_.world().Has(matcher::OpeningViewKey(released.id(), "csun")));
}

TEST_F(Opening, WaitsForAnAgentThatIsAwayAndNeverGoesOnWithoutIt) {
  world_.world().Must("csun", world_.Opening(world_.Open("csun").value()));
  EXPECT_EQ(world_.Request().phase(), v1::REQUEST_PHASE_PROTECTED);
  EXPECT_EQ(Awaiting(world_.Request()), std::vector<std::string>{"lausd"});
  EXPECT_EQ(Read("csun").error().id(), "opening.incomplete");
  EXPECT_EQ(world_.world().Refusal("csun", world_.Approve("csun", "")).id(), "approval.phase");
}

TEST_F(Opening, TheMatcherCannotReadAPartialDecryption) {
  const auto opening = Parse<v1::Opening>(world_.Open("csun")->body(), kMaxOpeningBytes).value();
  ASSERT_EQ(opening.partials_size(), 1);
  EXPECT_EQ(opening.partials(0).to(), "lausd");
  EXPECT_EQ(opening.ledger_size(), 1u);
}

// A crash between "ledger written" and "answer sent".
TEST_F(Opening, GivesTheSameBytesWhenTheAnswerNeverLeft) {
  const v1::Signed first = world_.Open("csun").value();
  const v1::Signed again = world_.Open("csun").value();
  EXPECT_EQ(Serialise(first), Serialise(again));
  EXPECT_EQ(OpenLedger(world_.Home("csun"))->size(), 1u);
}

TEST_F(Opening, RefusesAnUnapprovedRequest) {
  v1::RequestState state = world_.Request();
  auto request = agreements::SignedRequest::Decode(state.request()).value();
  request.signature.back() ^= 1;
  state.set_request(request.Encode());
  EXPECT_EQ(RuleIn(ReviewRelease(world_.Home("csun"), state, world_.ProposalFor("csun"),
                                 world_.world().now())),
            "AGR-SIGNATURE");
}

TEST_F(Opening, RefusesAnotherCiphertextForASpentCell) {
  ASSERT_TRUE(world_.Open("csun").ok());
  EXPECT_EQ(Refusal([&](v1::StoredProposal& stored, v1::ReleaseBody&) {
              *stored.mutable_sums(1) = world_.Encrypt(1, OpeningWorld::kObserved[1], 17, 300);
            }),
            "REL-LEDGER");
  EXPECT_EQ(OpenLedger(world_.Home("csun"))->size(), 1u);
}

TEST_F(Opening, RefusesAnotherTableOfASpentRequest) {
  ASSERT_TRUE(world_.Open("csun").ok());
  EXPECT_EQ(Refusal([](v1::StoredProposal&, v1::ReleaseBody& body) {
              body.set_openings_root(Bytes(32, 'x'));
            }),
            "REL-LEDGER");
}

// Puts `count` rows into the first pathway's observed cells, in both tables.
void SetFirstPathway(v1::ReleaseBody& body, std::uint64_t in_counts, std::uint64_t in_measure) {
  auto counts = agreements::RenderedTable::Decode(body.table()).value();
  auto cells = counts.cells();
  const auto set = [&](std::size_t cell, std::uint64_t count) {
    cells[cell] = agreements::Cell::Published(count);
  };
  set(0, in_counts);
  set(2, in_counts + OpeningWorld::kUnobserved[0]);
  set(9, in_counts + 90);
  set(11, in_counts + 90 + 48);
  body.set_table(agreements::RenderedTable::Create(counts.shape(), cells)->Encode());
  auto* table = body.mutable_measure_tables(0);
  auto measures = agreements::RenderedTable::Decode(table->table()).value();
  cells = measures.cells();
  set(0, in_measure);
  set(3, in_measure + 90);
  table->set_table(agreements::RenderedTable::Create(measures.shape(), cells)->Encode());
}

TEST_F(Opening, RefusesACellUnderTheMinimum) {
  // 15 rows are enough for a count and too few for a mean.
  EXPECT_EQ(Refusal([&](v1::StoredProposal& stored, v1::ReleaseBody& body) {
              SetFirstPathway(body, 15, 15);
              *stored.mutable_sums(0) = world_.Encrypt(0, 15, 900, 70'000);
            }),
            "SDC-PRIMARY");
}

TEST_F(Opening, RefusesATableThatDoesNotAddUp) {
  EXPECT_EQ(
      Refusal([](v1::StoredProposal&, v1::ReleaseBody& body) {
        auto* table = body.mutable_measure_tables(0);
        auto measures = agreements::RenderedTable::Decode(table->table()).value();
        auto cells = measures.cells();
        cells[0] = agreements::Cell::Published(31);
        table->set_table(agreements::RenderedTable::Create(measures.shape(), cells)->Encode());
      }),
      "SDC-INCONSISTENT");
}

TEST_F(Opening, RefusesAMeasureOfOtherRowsThanTheCountsShow) {
  EXPECT_EQ(
      Refusal([](v1::StoredProposal&, v1::ReleaseBody& body) { SetFirstPathway(body, 30, 31); }),
      "SDC-INCONSISTENT");
}

TEST_F(Opening, RefusesWitnessesThatAreNotThoseOfTheRelease) {
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              stored.set_measure_witnesses(0, stored.measure_witnesses(0) + "x");
            }),
            "REL-WITNESSES");
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              stored.clear_measure_witnesses();
            }),
            "REL-WITNESSES");
}

TEST_F(Opening, RefusesMoreRowsThanThisInstitutionSubmitted) {
  // 60 rows of the pathway have hours.
  const std::string rule = Refusal([&](v1::StoredProposal& stored, v1::ReleaseBody& body) {
    SetFirstPathway(body, 61, 61);
    *stored.mutable_sums(0) = world_.Encrypt(0, 61, 900, 70'000);
    *stored.mutable_sums(3) = world_.Encrypt(3, 151, 900, 70'000);
  });
  EXPECT_TRUE(rule == "SDC-INSIDER" || rule == "SDC-INCONSISTENT") << rule;
}

TEST_F(Opening, RefusesAClaimedNumberOfRowsThatIsNotPublished) {
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              stored.mutable_sums(0)->set_count(31);
            }),
            "REL-SUMS");
}

TEST_F(Opening, RefusesMoreValuesThanTheOutputAllows) {
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              *stored.add_sums() = stored.sums(0);
            }),
            "REL-SUMS");
}

TEST_F(Opening, RefusesASumOfSquaresLeftOutOrACellTwice) {
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              stored.mutable_sums(0)->clear_squares();
            }),
            "REL-SUMS");
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              *stored.mutable_sums(0) = stored.sums(1);
            }),
            "REL-SUMS");
}

TEST_F(Opening, RefusesATableByOtherCodes) {
  EXPECT_EQ(Refusal([](v1::StoredProposal& stored, v1::ReleaseBody&) {
              stored.mutable_codes(1)->mutable_codes()->SwapElements(0, 1);
            }),
            "REL-CODES");
}

TEST_F(Opening, RefusesStatisticsThatNobodyHasReadYet) {
  EXPECT_EQ(Refusal([](v1::StoredProposal&, v1::ReleaseBody& body) {
              body.add_statistics()->set_mean("1");
            }),
            "REL-BODY");
}

TEST_F(Opening, RefusesAnotherAgreement) {
  EXPECT_EQ(Refusal([](v1::StoredProposal&, v1::ReleaseBody& body) {
              body.set_agreement_digest(Bytes(crypto::Sha256("another").view()));
            }),
            "REL-BODY");
}

TEST_F(Opening, RefusesARevokedAndAnExpiredAgreement) {
  const auto later = Time(*ParseDate("2028-02-01"));
  EXPECT_EQ(RuleIn(ReviewRelease(world_.Home("csun"), world_.Request(), world_.ProposalFor("csun"),
                                 later)),
            "AGR-TERM-EXPIRED");
  ASSERT_TRUE(
      world_.Home("csun").KeepStanding(world_.cast().digest_hex(), Standing::kRevoked).ok());
  EXPECT_EQ(RuleIn(world_.Open("csun")), "AGR-REVOKED");
}

// The ciphertext has another number of rows than the table says: nothing is found, by neither.
TEST_F(Opening, RefusesAClaimedNumberOfRowsThatTheCiphertextBelies) {
  world_.Propose([&](v1::StoredProposal& stored, v1::ReleaseBody&) {
    v1::EncryptedSum belied = world_.Encrypt(0, 29, 20'000, 15'000'000);
    belied.set_count(30);
    *stored.mutable_sums(0) = belied;
  });
  world_.OpenBoth();
  EXPECT_EQ(RuleIn(Read("csun")), "REL-SUM");
  EXPECT_EQ(RuleIn(Read("lausd")), "REL-SUM");
}

TEST_F(Opening, RefusesASumThatNoRowsAddUpTo) {
  world_.Propose([&](v1::StoredProposal& stored, v1::ReleaseBody&) {
    *stored.mutable_sums(0) = world_.Encrypt(0, 30, 30 * 2000 + 1, 15'000'000);
  });
  world_.OpenBoth();
  EXPECT_EQ(RuleIn(Read("csun")), "REL-SUM");
}

TEST_F(Opening, OpensNothingWithAShareThatTheCeremonyHasNotProved) {
  ASSERT_TRUE(world_.HomeOf("lausd")
                  .Open()
                  .KeepShare(world_.cast().digest_hex(), crypto::Scalar::Random())
                  .ok());
  EXPECT_EQ(RuleIn(world_.Open("lausd")), "AGR-SHARE-LOST");
}

TEST_F(Opening, ReadsNothingThatThisAgentHasNotOpened) {
  world_.world().Must("lausd", world_.Opening(world_.Open("lausd").value()));
  EXPECT_EQ(RuleIn(Read("csun")), "REL-LEDGER");
}

TEST_F(Opening, SignsNoOtherStatisticsOfTheSameSums) {
  world_.OpenBoth();
  ASSERT_TRUE(Read("csun").ok());
  auto ledger = OpenLedger(world_.Home("csun")).value();
  const auto job = crypto::Digest::FromBytes(world_.Request().job()).value();
  EXPECT_EQ(RuleIn(ledger.RecordResult(job, "other statistics").error()), "REL-LEDGER");
}

// --- What the matcher refuses ---

TEST_F(Opening, AMatcherTakesPartialsForTheOtherPartiesAndNobodyElse) {
  const auto refused = [&](const std::function<void(v1::Opening&)>& change) {
    auto body = Parse<v1::Opening>(world_.Open("csun")->body(), kMaxOpeningBytes).value();
    change(body);
    return std::string(
        world_.world()
            .Refusal("csun", world_.Opening(Cast::Sign("csun", kOpeningDomain, Serialise(body))))
            .id());
  };
  EXPECT_EQ(refused([](v1::Opening& it) { it.mutable_partials(0)->set_to("ucla"); }),
            "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) { it.mutable_partials(0)->set_to("csun"); }),
            "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) { it.mutable_partials(0)->set_from("lausd"); }),
            "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) { *it.add_partials() = it.partials(0); }),
            "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) { it.clear_partials(); }), "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) {
              it.mutable_partials(0)->set_sealed(Bytes(kMaxSealedPartialsBytes + 1, 'x'));
            }),
            "opening.partials");
  EXPECT_EQ(refused([](v1::Opening& it) { it.set_ledger_size(0); }), "opening.ledger");
  EXPECT_EQ(refused([](v1::Opening& it) { it.set_release_digest(Bytes(32, 'x')); }),
            "opening.digest");
  EXPECT_EQ(refused([](v1::Opening& it) { it.set_job(Bytes(32, 'x')); }), "opening.digest");
}

TEST_F(Opening, AMatcherTakesOneOpeningOfEachParty) {
  const v1::Signed opening = world_.Open("csun").value();
  EXPECT_TRUE(world_.world().LeavesRecord("csun", world_.Opening(opening)));
  EXPECT_EQ(world_.world().last_record().event(), "request.opening");
  EXPECT_EQ(ByteView(world_.world().last_record().subject()),
            crypto::Sha256(opening.body()).view());
  EXPECT_FALSE(world_.world().LeavesRecord("csun", world_.Opening(opening)));
  auto other = Parse<v1::Opening>(opening.body(), kMaxOpeningBytes).value();
  other.set_ledger_size(7);
  EXPECT_EQ(
      world_.world()
          .Refusal("csun", world_.Opening(Cast::Sign("csun", kOpeningDomain, Serialise(other))))
          .id(),
      "opening.given");
  EXPECT_EQ(world_.world().Refusal("ucla", world_.Opening(opening)).id(), "request.unknown");
  EXPECT_EQ(world_.world().Refusal("lausd", world_.Opening(opening)).code(),
            Code::kPermissionDenied)
      << "another party's signature";
}

TEST_F(Opening, AMatcherRemembersWhatAPartySaidOfItsLedger) {
  world_.world().Must("csun", world_.Opening(world_.Open("csun").value()));
  const auto mark =
      matcher::GetState<v1::LedgerMark>(world_.world().view(), matcher::LedgerViewKey("csun"));
  ASSERT_TRUE(mark.ok());
  EXPECT_EQ(mark->size(), 1u);
  const auto ledger = OpenLedger(world_.Home("csun")).value();
  EXPECT_TRUE(ledger.CheckMark(*mark).ok());
  EXPECT_EQ(RuleIn(OpenLedger(world_.Home("lausd"))->CheckMark(*mark).error()),
            "REL-LEDGER-ROLLBACK");
}

TEST_F(Opening, AMatcherPublishesOnlyWhatEveryPartyHasReadAlike) {
  world_.OpenBoth();
  const Bytes statistics = Read("csun").value();
  world_.world().Must("csun", world_.Approve("csun", statistics));
  auto other = Parse<v1::ReleaseBody>(statistics, kMaxReleaseBytes).value();
  other.mutable_statistics(0)->set_mean("17");
  world_.world().Must("lausd", world_.Approve("lausd", Serialise(other)));
  const v1::RequestState refused = world_.Request();
  EXPECT_EQ(refused.phase(), v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(refused.refusal().rule(), "REL-STATISTICS");
  EXPECT_FALSE(world_.world().Has(matcher::ProposalViewKey(refused.id())));
  EXPECT_FALSE(world_.world().Has(matcher::OpeningViewKey(refused.id(), "csun")));
}

TEST_F(Opening, AMatcherTakesStatisticsOfTheRightFormOnly) {
  world_.OpenBoth();
  const Bytes statistics = Read("csun").value();
  const auto refused = [&](Bytes changed) {
    return std::string(world_.world().Refusal("csun", world_.Approve("csun", changed)).id());
  };
  EXPECT_EQ(refused(""), "approval.statistics");
  EXPECT_EQ(refused(statistics + "x"), "approval.statistics");
  auto body = Parse<v1::ReleaseBody>(statistics, kMaxReleaseBytes).value();
  body.set_table("another table");
  EXPECT_EQ(refused(Serialise(body)), "approval.statistics");
  body.clear_table();
  body.mutable_statistics()->RemoveLast();
  EXPECT_EQ(refused(Serialise(body)), "approval.statistics");
  auto event = world_.Approve("csun", statistics);
  event.approval.set_release_digest(world_.Request().release_digest());
  EXPECT_EQ(world_.world().Refusal("csun", event).id(), "approval.digest");
}

TEST_F(Opening, ARefusalAfterTheOpeningEndsItForBoth) {
  world_.OpenBoth();
  v1::ReleaseRefusal body;
  body.set_request_id(world_.Request().id());
  body.set_release_digest(world_.Request().release_digest());
  body.mutable_refusal()->set_rule("REL-SUM");
  matcher::ReleaseApprovalEvent event;
  event.request_id = world_.Request().id();
  *event.approval.mutable_refusal() = Cast::Sign("csun", kReleaseRefusalDomain, Serialise(body));
  world_.world().Must("csun", event);
  EXPECT_EQ(world_.Request().phase(), v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(world_.Request().refusal().rule(), "REL-SUM");
  EXPECT_EQ(world_.world().last_record().event(), "release.refused");
}

}  // namespace
}  // namespace tallystick::agents

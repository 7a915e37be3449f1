#include "matcher/registry/submissions.h"

#include <gtest/gtest.h>

#include <functional>

#include "crypto/base64.h"
#include "crypto/merkle.h"
#include "proto/destruction.h"
#include "proto/domains.h"
#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

using agreements::Replaced;
using agreements::TransitionKind;

constexpr std::string_view kCsun = "csun";

class Submissions : public ::testing::Test {
 protected:
  Submissions() { world_.Activate(); }

  const Cast& cast() const { return world_.cast(); }

  // csun's manifest number 1 after `change`, with its root made again.
  OpenSubmissionEvent Changed(const std::function<void(v1::Manifest&)>& change) const {
    v1::Manifest manifest = cast().ManifestOf({});
    change(manifest);
    return Cast::OpenWith(manifest);
  }
  std::string Refused(const std::function<void(v1::Manifest&)>& change) {
    return std::string(world_.Refusal(kCsun, Changed(change)).id());
  }
  void CommitFirst() {
    world_.Must(kCsun, cast().Open({}));
    world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)});
  }
  ManifestFacts Second() const {
    return {
        .number = 2, .sequence = 2, .previous_manifest = world_.Submission(1).manifest_digest()};
  }

  ProtocolWorld world_;
};

TEST_F(Submissions, AreOpenedCommittedAndThenTheDatasets) {
  const auto opened = Parse<v1::SubmissionStatus>(world_.Must(kCsun, cast().Open({}))).value();
  EXPECT_EQ(opened.id(), Cast::SubmissionId(1));
  EXPECT_EQ(opened.phase(), "open");
  EXPECT_EQ(opened.row_count(), 8u);
  EXPECT_FALSE(CommittedSubmission(world_.view(), world_.Agreement(), "candidates")->has_value());

  const auto committed =
      Parse<v1::SubmissionStatus>(world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)}))
          .value();
  EXPECT_EQ(committed.phase(), "committed");
  EXPECT_EQ(world_.Submission(1).commit_sequence(), world_.record_count() - 1);
  const auto current = CommittedSubmission(world_.view(), world_.Agreement(), "candidates");
  ASSERT_TRUE(current->has_value());
  EXPECT_EQ((*current)->id(), Cast::SubmissionId(1));
}

TEST_F(Submissions, RepeatedChangeNothing) {
  CommitFirst();
  EXPECT_FALSE(world_.LeavesRecord(kCsun, cast().Open({})));
  EXPECT_FALSE(world_.LeavesRecord(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)}));
}

TEST_F(Submissions, AnIdIsForOneManifest) {
  world_.Must(kCsun, cast().Open({}));
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.row_count = 9})).id(), "submission.id-used");
}

TEST_F(Submissions, ContinueTheDatasetsLastOne) {
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.sequence = 2})).id(), "submission.sequence");
  CommitFirst();
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.number = 2, .sequence = 1})).id(),
            "submission.sequence");
  ManifestFacts forked = Second();
  forked.previous_manifest = crypto::Sha256("another history").hex();
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open(forked)).id(), "submission.sequence");
  world_.Must(kCsun, cast().Open(Second()));
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)});
  EXPECT_EQ(world_.Submission(1).phase(), "superseded");
  EXPECT_EQ(world_.Submission(2).phase(), "committed");
}

TEST_F(Submissions, TheirCountsAreInTheRecords) {
  const Bytes chain = ToHex(world_.Agreement().chain_digest());
  const auto open_count = [&] {
    std::size_t count = 0;
    EXPECT_TRUE(world_.view()
                    .Scan(OpenSubmissionsViewPrefix(chain, "candidates"),
                          [&](ByteView, ByteView) { return ++count > 0; })
                    .ok());
    return count;
  };
  world_.Must(kCsun, cast().Open({.number = 1}));
  world_.Must(kCsun, cast().Open({.number = 3}));
  world_.Must(kCsun, cast().Open({.number = 4}));
  EXPECT_EQ(open_count(), 3u);
  world_.Must(kCsun, Cast::Withdraw("csun", Cast::SubmissionId(3)));
  EXPECT_EQ(open_count(), 2u);
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)});
  EXPECT_EQ(open_count(), 1u);
  world_.Must(kCsun, cast().Open(Second()));
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)});
  // A withdrawal makes no number free again.
  world_.Must(kCsun, Cast::Withdraw("csun", Cast::SubmissionId(2)));

  // The records alone make the same view, which decides alike.
  storage::MemoryView replayed;
  for (const v1::Record& record : world_.records()) {
    ASSERT_TRUE(replayed.Apply(replayed.applied() + 1, MutationsOf(record)).ok());
  }
  const auto head =
      GetState<v1::DatasetHead>(replayed, DatasetHeadViewKey(chain, "candidates")).value();
  EXPECT_EQ(head.sequence(), 2u);
  EXPECT_EQ(head.manifest_digest(), world_.Submission(2).manifest_digest());
  const auto all = [](const storage::View& view) {
    std::vector<std::pair<Bytes, Bytes>> pairs;
    EXPECT_TRUE(view.Scan("",
                          [&](ByteView key, ByteView value) {
                            pairs.emplace_back(key, value);
                            return true;
                          })
                    .ok());
    return pairs;
  };
  EXPECT_EQ(all(replayed), all(world_.view()));
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.number = 5, .sequence = 2})).id(),
            "submission.sequence");
  world_.Must(
      kCsun, cast().Open(
                 {.number = 5, .sequence = 3, .previous_manifest = Bytes(head.manifest_digest())}));
  // What is destroyed with its agreement is not open any more.
  EXPECT_EQ(open_count(), 2u);
  world_.Must(kCsun, cast().Transition(kCsun, TransitionKind::kRevoke, 1));
  EXPECT_EQ(open_count(), 0u);
}

TEST_F(Submissions, OnlyOneOfTwoOpenOnesIsCommitted) {
  world_.Must(kCsun, cast().Open({.number = 1}));
  world_.Must(kCsun, cast().Open({.number = 2}));
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)});
  EXPECT_EQ(world_.Refusal(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)}).id(),
            "submission.sequence");
  EXPECT_EQ(world_.Submission(1).phase(), "open");
}

TEST_F(Submissions, AreThePartysOwnDataset) {
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.party = "lausd", .dataset = "hr"})).id(),
            "member.signer");
  v1::Manifest manifest = cast().ManifestOf({.dataset = "hr"});  // csun sends lausd's dataset
  EXPECT_EQ(world_.Refusal(kCsun, Cast::OpenWith(manifest)).id(), "submission.manifest");
  manifest = cast().ManifestOf({});
  manifest.set_dataset("nothing");
  EXPECT_EQ(world_.Refusal(kCsun, Cast::OpenWith(manifest)).id(), "submission.manifest");
  // lausd signs a manifest that names csun.
  OpenSubmissionEvent open{Cast::Sign("lausd", kManifestDomain, Serialise(cast().ManifestOf({})))};
  EXPECT_EQ(world_.Refusal("lausd", open).id(), "submission.party");
  manifest.set_party("ucla");
  open = {Cast::Sign("ucla", kManifestDomain, Serialise(manifest))};
  EXPECT_EQ(world_.Refusal("ucla", open).id(), "submission.party");
}

TEST_F(Submissions, OfOthersAreNotThereForAnyone) {
  CommitFirst();
  for (const std::string_view other : {"lausd", "ucla", "pgarcia", "mchen"}) {
    EXPECT_EQ(world_.Refusal(other, CommitSubmissionEvent{Cast::SubmissionId(1)}).id(),
              "submission.unknown");
  }
  EXPECT_EQ(world_.Refusal("lausd", Cast::Withdraw("lausd", Cast::SubmissionId(1))).id(),
            "submission.unknown");
}

TEST_F(Submissions, AreSignedBytes) {
  OpenSubmissionEvent open = cast().Open({});
  open.manifest.mutable_signature()->front() ^= 1;
  EXPECT_EQ(world_.Refusal(kCsun, open).code(), Code::kPermissionDenied);
  open = cast().Open({});
  open.manifest = Cast::Sign(kCsun, kVerdictDomain, open.manifest.body());
  EXPECT_EQ(world_.Refusal(kCsun, open).code(), Code::kPermissionDenied);
  open.manifest = Cast::Sign(kCsun, kManifestDomain, "\xff\xff\xff");
  EXPECT_EQ(world_.Refusal(kCsun, open).code(), Code::kInvalidArgument);
}

TEST_F(Submissions, BelongToThisAgreementChainAndEpoch) {
  EXPECT_EQ(Refused([](v1::Manifest& it) { it.set_epoch(2); }), "submission.epoch");
  EXPECT_EQ(Refused([](v1::Manifest& it) {
              it.set_chain_digest(Bytes(crypto::Sha256("another chain").view()));
            }),
            "submission.epoch");
  EXPECT_EQ(Refused([](v1::Manifest& it) {
              it.set_agreement_digest(Bytes(crypto::Sha256("another agreement").view()));
            }),
            "agreement.unknown");
  EXPECT_EQ(Refused([](v1::Manifest& it) { it.set_agreement_digest("short"); }),
            "submission.manifest");
  // One byte of the signed agreement changed: it is another agreement, which nobody signed.
  const Cast changed(Replaced(Cast::AgreementText(), "min_cell = 11", "min_cell = 12"));
  EXPECT_EQ(world_.Refusal(kCsun, changed.Open({})).id(), "agreement.unknown");
}

TEST_F(Submissions, ExactlyTheColumnsThatTheAgreementAsksFor) {
  const auto malformed = [&](const std::function<void(v1::Manifest&)>& change) {
    EXPECT_EQ(Refused(change), "submission.manifest");
  };
  malformed([](v1::Manifest& it) { it.mutable_columns()->RemoveLast(); });
  malformed([](v1::Manifest& it) { *it.add_columns() = it.columns(0); });
  malformed([](v1::Manifest& it) { it.mutable_columns()->SwapElements(0, 1); });
  malformed([](v1::Manifest& it) { it.mutable_columns(0)->set_name("ssn"); });
  malformed([](v1::Manifest& it) {
    it.mutable_columns(0)->set_kind(v1::ColumnDescription::KIND_CATEGORY);
  });
  malformed([](v1::Manifest& it) {
    it.mutable_columns(3)->set_kind(v1::ColumnDescription::KIND_TOKENS);
  });
  malformed([](v1::Manifest& it) {
    auto* last = it.mutable_columns(it.columns_size() - 1);
    last->set_kind(v1::ColumnDescription::KIND_CATEGORY);
  });
}

// Columns 5 and 6 of the test's dataset: whether the hours were observed, and the hours.
TEST_F(Submissions, ColumnsOfExactlyTheMeasuresThatTheAgreementDeclares) {
  const auto malformed = [&](const std::function<void(v1::Manifest&)>& change) {
    EXPECT_EQ(Refused(change), "submission.manifest");
  };
  const v1::Manifest good = cast().ManifestOf({});
  ASSERT_EQ(good.columns(5).kind(), v1::ColumnDescription::KIND_OBSERVED);
  ASSERT_EQ(good.columns(6).kind(), v1::ColumnDescription::KIND_MEASURE);
  malformed([](v1::Manifest& it) { it.mutable_columns()->DeleteSubrange(5, 1); });
  malformed([](v1::Manifest& it) { it.mutable_columns()->DeleteSubrange(6, 1); });
  malformed([](v1::Manifest& it) { it.mutable_columns(6)->set_name("salary"); });
  malformed([](v1::Manifest& it) {
    it.mutable_columns(6)->set_kind(v1::ColumnDescription::KIND_SQUARE);
  });
  malformed([](v1::Manifest& it) {
    it.mutable_columns(5)->set_kind(v1::ColumnDescription::KIND_CATEGORY);
  });
  malformed([](v1::Manifest& it) { it.mutable_columns(5)->mutable_codes()->RemoveLast(); });
  malformed([](v1::Manifest& it) { it.mutable_columns(5)->add_codes(Bytes(8, '\xff')); });
  malformed([](v1::Manifest& it) { it.mutable_columns(6)->add_codes(Bytes(8, 'c')); });
  malformed([](v1::Manifest& it) { it.mutable_columns(6)->set_entry_count(7); });
  malformed([](v1::Manifest& it) { it.mutable_columns(6)->set_chunk_count(2); });
}

TEST_F(Submissions, SquaresExactlyWhereAnOutputPublishesAStandardDeviation) {
  const Cast with_sd(
      Replaced(Cast::AgreementText(), "clinical_hours:mean\"]", "clinical_hours:sd\"]"));
  const v1::Manifest squares = with_sd.ManifestOf({});
  ASSERT_EQ(squares.columns(7).kind(), v1::ColumnDescription::KIND_SQUARE);
  EXPECT_TRUE(CheckManifest(squares, with_sd.agreement()).ok());
  EXPECT_EQ(CheckManifest(squares, cast().agreement()).error().id(), "submission.manifest");
  const v1::Manifest none = cast().ManifestOf({});
  EXPECT_TRUE(CheckManifest(none, cast().agreement()).ok());
  EXPECT_EQ(CheckManifest(none, with_sd.agreement()).error().id(), "submission.manifest");
}

// A chunk that is full where the column goes on; the ciphertexts themselves are not looked at.
TEST_F(Submissions, ChunksOfCiphertextsThatAreFullButTheLast) {
  v1::Manifest manifest;
  v1::ColumnDescription* column = manifest.add_columns();
  column->set_kind(v1::ColumnDescription::KIND_MEASURE);
  column->set_entry_count(kMaxCiphertextsPerChunk + 1);
  column->set_chunk_count(2);
  ColumnChunk chunk;
  chunk.kind = ColumnKind::kCiphertexts;
  const auto passes = [&](std::uint32_t index, std::uint64_t first, std::uint32_t count) {
    chunk.first_entry = first;
    chunk.count = count;
    return CheckChunk(manifest, index, chunk).ok();
  };
  EXPECT_TRUE(passes(0, 0, kMaxCiphertextsPerChunk));
  EXPECT_TRUE(passes(1, kMaxCiphertextsPerChunk, 1));
  EXPECT_FALSE(passes(0, 0, kMaxCiphertextsPerChunk - 1));
  EXPECT_FALSE(passes(1, kMaxCiphertextsPerChunk - 1, 1));
  EXPECT_FALSE(passes(1, kMaxCiphertextsPerChunk, 2));
  chunk.kind = ColumnKind::kPseudonyms;
  EXPECT_FALSE(passes(1, kMaxCiphertextsPerChunk, 1));
}

TEST_F(Submissions, SizesThatFitTheirRows) {
  const auto malformed = [&](const std::function<void(v1::Manifest&)>& change) {
    EXPECT_EQ(Refused(change), "submission.manifest");
  };
  malformed([](v1::Manifest& it) { it.set_row_count(0); });
  malformed([](v1::Manifest& it) { it.set_row_count(kMaxRowsPerSubmission + 1); });
  malformed([](v1::Manifest& it) { it.set_row_count(it.row_count() + 1); });
  malformed([](v1::Manifest& it) { it.mutable_columns(0)->set_entry_count(1); });  // unpadded
  malformed([](v1::Manifest& it) { it.mutable_columns(3)->set_entry_count(7); });
  malformed(
      [](v1::Manifest& it) { it.mutable_columns(it.columns_size() - 1)->set_entry_count(9); });
}

TEST_F(Submissions, ChunksInOneRunWithTheRootOverThem) {
  const auto malformed = [&](const std::function<void(v1::Manifest&)>& change) {
    EXPECT_EQ(Refused(change), "submission.manifest");
  };
  malformed([](v1::Manifest& it) { it.mutable_columns(1)->set_first_chunk(0); });
  malformed([](v1::Manifest& it) { it.mutable_columns(1)->set_chunk_count(2); });
  malformed([](v1::Manifest& it) { it.mutable_columns(1)->set_chunk_count(0xffffffff); });
  malformed([](v1::Manifest& it) { *it.add_chunks() = it.chunks(0); });
  malformed([](v1::Manifest& it) { it.mutable_chunks(0)->set_address("short"); });
  malformed(
      [](v1::Manifest& it) { it.mutable_chunks(0)->set_sealed_bytes(kMaxSealedChunkBytes + 1); });
  malformed([](v1::Manifest& it) { it.mutable_root()->front() ^= 1; });
  malformed([](v1::Manifest& it) { it.mutable_chunks(0)->mutable_address()->front() ^= 1; });
  malformed([](v1::Manifest& it) { it.set_submission_id("short"); });
}

// Otherwise a column could be assembled from pieces of another.
TEST_F(Submissions, ChunksThatAreThePieceTheManifestHasThere) {
  const v1::Manifest manifest = cast().ManifestOf({});
  const std::vector<Bytes> chunks = cast().ChunksOf({});
  for (std::uint32_t i = 0; i < chunks.size(); ++i) {
    for (std::uint32_t k = 0; k < chunks.size(); ++k) {
      const auto chunk = DecodeColumnChunk(chunks[k]);
      ASSERT_TRUE(chunk.ok());
      EXPECT_EQ(CheckChunk(manifest, i, *chunk).ok(), i == k) << i << " " << k;
    }
  }
  auto first = DecodeColumnChunk(chunks[0]).value();
  first.first_entry = 1;
  EXPECT_EQ(CheckChunk(manifest, 0, first).error().id(), "submission.chunk-place");
  const std::vector<Bytes> longer = cast().ChunksOf({.row_count = 9});
  EXPECT_FALSE(CheckChunk(manifest, 0, DecodeColumnChunk(longer[0]).value()).ok());
}

TEST_F(Submissions, DictionariesOfOpaqueSortedCodes) {
  const auto malformed = [&](const std::function<void(v1::ColumnDescription&)>& change) {
    EXPECT_EQ(Refused([&](v1::Manifest& it) { change(*it.mutable_columns(3)); }),
              "submission.manifest");
  };
  malformed([](v1::ColumnDescription& it) { it.mutable_codes()->RemoveLast(); });
  malformed([](v1::ColumnDescription& it) { it.add_codes(Bytes(8, '\xff')); });
  malformed([](v1::ColumnDescription& it) { it.set_codes(0, "intern"); });
  malformed([](v1::ColumnDescription& it) { it.mutable_codes()->SwapElements(0, 1); });
  malformed([](v1::ColumnDescription& it) { it.set_codes(1, it.codes(0)); });
}

TEST_F(Submissions, NeedAnActiveAgreement) {
  CommitFirst();
  world_.Must(kCsun, cast().Open(Second()));
  const auto rules = [&](std::string_view rule) {
    ManifestFacts third = Second();
    third.number = 3;
    EXPECT_EQ(RuleOf(world_.Refusal(kCsun, cast().Open(third))), rule);
    EXPECT_EQ(RuleOf(world_.Refusal(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)})), rule);
  };
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kSuspend, 1));
  rules("AGR-SUSPENDED");
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kResume, 2));
  world_.SetDate("2028-01-15");
  rules("AGR-TERM-EXPIRED");
  world_.SetNow(Cast::Now());
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kRevoke, 3));
  ManifestFacts third = Second();
  third.number = 3;
  EXPECT_EQ(RuleOf(world_.Refusal(kCsun, cast().Open(third))), "AGR-REVOKED");
}

TEST(Submissions_, NeedAConfirmedAgreement) {
  ProtocolWorld world;
  world.Propose();
  EXPECT_EQ(RuleOf(world.Refusal("csun", world.cast().Open({}))), "AGR-NOT-ACTIVE");
}

TEST_F(Submissions, CloseOnTheirLastDay) {
  world_.SetDate("2026-12-31");
  world_.Must(kCsun, cast().Open({}));
  world_.SetDate("2027-01-01");
  EXPECT_EQ(RuleOf(world_.Refusal(kCsun, cast().Open({.number = 2}))), "AGR-SUBMISSIONS-CLOSED");
  EXPECT_EQ(RuleOf(world_.Refusal(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)})),
            "AGR-SUBMISSIONS-CLOSED");
}

TEST_F(Submissions, AreCappedWithdrawnOnesIncluded) {
  Bytes previous;
  for (std::uint64_t number = 1; number <= 12; ++number) {
    world_.Must(kCsun,
                cast().Open({.number = number, .sequence = number, .previous_manifest = previous}));
    const std::string id = Cast::SubmissionId(number);
    world_.Must(kCsun, CommitSubmissionEvent{id});
    if (number % 2 == 0) world_.Must(kCsun, Cast::Withdraw(kCsun, id));
    previous = world_.Submission(number).manifest_digest();
  }
  EXPECT_EQ(RuleOf(world_.Refusal(
                kCsun, cast().Open({.number = 13, .sequence = 13, .previous_manifest = previous}))),
            "AGR-SUBMISSIONS-CAP");
}

TEST_F(Submissions, WithdrawnAreOfNoDatasetAnyMore) {
  CommitFirst();
  const std::string id = Cast::SubmissionId(1);
  world_.Must(kCsun, Cast::Withdraw(kCsun, id));
  EXPECT_EQ(world_.last_record().event(), "submission.withdrawn");
  EXPECT_EQ(world_.Submission(1).phase(), "withdrawn");
  EXPECT_FALSE(CommittedSubmission(world_.view(), world_.Agreement(), "candidates")->has_value());
  EXPECT_FALSE(world_.LeavesRecord(kCsun, Cast::Withdraw(kCsun, id)));
  EXPECT_FALSE(world_.LeavesRecord(kCsun, CommitSubmissionEvent{id})) << "still withdrawn";
  EXPECT_EQ(world_.Submission(1).phase(), "withdrawn");
}

TEST_F(Submissions, WithdrawingAnOldOneLeavesTheCurrentOne) {
  CommitFirst();
  world_.Must(kCsun, cast().Open(Second()));
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)});
  world_.Must(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(1)));
  EXPECT_EQ((*CommittedSubmission(world_.view(), world_.Agreement(), "candidates"))->id(),
            Cast::SubmissionId(2));
}

TEST_F(Submissions, AnOpenOneThatWasWithdrawnCannotBeCommitted) {
  world_.Must(kCsun, cast().Open({}));
  world_.Must(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(1)));
  EXPECT_EQ(world_.Refusal(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)}).id(),
            "submission.closed");
}

TEST_F(Submissions, AWithdrawalIsSignedForThatSubmission) {
  CommitFirst();
  WithdrawSubmissionEvent withdraw = Cast::Withdraw(kCsun, Cast::SubmissionId(2));
  withdraw.id_hex = Cast::SubmissionId(1);
  EXPECT_EQ(world_.Refusal(kCsun, withdraw).id(), "submission.withdrawal");
  withdraw = Cast::Withdraw(kCsun, Cast::SubmissionId(1));
  withdraw.withdrawal.mutable_signature()->front() ^= 1;
  EXPECT_EQ(world_.Refusal(kCsun, withdraw).code(), Code::kPermissionDenied);
}

TEST_F(Submissions, WhatIsDestroyedStaysDestroyed) {
  CommitFirst();
  world_.Must(kCsun, cast().Open(Second()));
  world_.Must(kCsun, cast().Transition(kCsun, TransitionKind::kRevoke, 1));
  EXPECT_FALSE(world_.LeavesRecord(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(1))));
  EXPECT_EQ(world_.Submission(1).phase(), "destroyed");
  EXPECT_FALSE(world_.Do(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)}).ok());
  EXPECT_EQ(world_.Submission(2).phase(), "destroyed");
}

TEST_F(Submissions, ADestructionIsRecordedOnceAndCertified) {
  CommitFirst();
  const std::string id = Cast::SubmissionId(1);
  EXPECT_EQ(world_.Refusal(kService, DestroyedEvent{id}).id(), "submission.not-gone");
  world_.Must(kCsun, Cast::Withdraw(kCsun, id));
  EXPECT_EQ(world_.Refusal(kCsun, DestroyedEvent{id}).id(), "submission.not-gone")
      << "only the service knows";
  EXPECT_TRUE(world_.LeavesRecord(kService, DestroyedEvent{id}));
  const v1::SubmissionState state = world_.Submission(1);
  EXPECT_EQ(state.destruction_sequence(), world_.record_count() - 1);
  EXPECT_EQ(world_.last_record().event(), kDestroyedEvent);
  EXPECT_EQ(ByteView(world_.last_record().subject()), crypto::Sha256(state.destruction()).view());
  const Destruction destruction = ParseDestruction(state.destruction()).value();
  EXPECT_EQ(destruction.submission, id);
  EXPECT_EQ(destruction.agreement, cast().digest_hex());
  EXPECT_EQ(destruction.party, "csun");
  EXPECT_EQ(destruction.dataset, "candidates");
  EXPECT_EQ(destruction.manifest.view(), ByteView(state.manifest_digest()));
  EXPECT_EQ(destruction.cause, "withdrawn");
  EXPECT_EQ(destruction.time, world_.now());
  EXPECT_FALSE(world_.LeavesRecord(kService, DestroyedEvent{id}));
}

TEST_F(Submissions, ARevocationsDestructionSaysSo) {
  CommitFirst();
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kRevoke, 1));
  world_.Must(kService, DestroyedEvent{Cast::SubmissionId(1)});
  const Destruction destruction = ParseDestruction(world_.Submission(1).destruction()).value();
  EXPECT_EQ(destruction.cause, "agreement-over");
  EXPECT_EQ(destruction.manifest, crypto::Sha256(cast().Open({}).manifest.body()))
      << "of the manifest as it was signed";
}

TEST_F(Submissions, AnswersDoNotChangeWithWhatHappensLater) {
  const auto open = [&] { return world_.Must(kCsun, cast().Open({})); };
  const auto commit = [&] {
    return world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(1)});
  };
  const Bytes opened = open();
  EXPECT_EQ(open(), opened);
  const Bytes committed = commit();
  EXPECT_EQ(open(), opened);
  world_.Must(kCsun, cast().Open(Second()));
  world_.Must(kCsun, CommitSubmissionEvent{Cast::SubmissionId(2)});
  EXPECT_EQ(world_.Submission(1).phase(), "superseded");
  EXPECT_EQ(commit(), committed);
  const Bytes withdrawn = world_.Must(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(1)));
  world_.Must(kService, DestroyedEvent{Cast::SubmissionId(1)});
  EXPECT_EQ(open(), opened);
  EXPECT_EQ(commit(), committed);
  EXPECT_EQ(world_.Must(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(1))), withdrawn);
}

// The agreement names csun's keys. Keys that the convener let csun enrol later are not those.
TEST_F(Submissions, ThatAreBegunAndNotCommittedAreLimited) {
  for (std::uint64_t number = 1; number <= 16; ++number) {
    world_.Must(kCsun, cast().Open({.number = number}));
  }
  EXPECT_EQ(world_.Refusal(kCsun, cast().Open({.number = 17})).id(), "submission.too-many-open");
  world_.Must("lausd", cast().Open({.party = "lausd", .dataset = "hr", .number = 18}));
  world_.Must(kCsun, Cast::Withdraw(kCsun, Cast::SubmissionId(3)));
  world_.Must(kCsun, cast().Open({.number = 17}));
}

TEST_F(Submissions, HoweverLargeDoNotKeepARevocationFromBeingRecorded) {
  v1::Manifest manifest = cast().ManifestOf({});
  // What the parser does not know is kept with the bytes that were signed.
  const std::string_view junk_field = "\xfa\x3e\x80\xa0\x38";  // field 1007, 900 KiB of bytes
  for (std::uint64_t number = 1; number <= 10; ++number) {
    manifest = cast().ManifestOf({.number = number});
    world_.Must(kCsun, OpenSubmissionEvent{Cast::Sign(
                           kCsun, kManifestDomain,
                           Serialise(manifest) + Bytes(junk_field) + Bytes(900 * 1024, 'x'))});
  }
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kRevoke, 1));
  EXPECT_LT(Serialise(world_.last_record()).size(), std::size_t{1} << 20);
  for (std::uint64_t number = 1; number <= 10; ++number) {
    EXPECT_EQ(world_.Submission(number).phase(), "destroyed");
    EXPECT_EQ(ManifestOf(world_.Submission(number))->dataset(), "candidates");
  }
}

TEST_F(Submissions, AreSignedWithTheKeyInTheAgreement) {
  world_.Must(kOperator, Cast::Invite("csun", Cast::Secret("second")));
  v1::Enrolment body = Cast::EnrolmentOf("ucla", Cast::Secret("second"));
  body.set_id("csun");
  world_.Must("csun", Cast::Enrol(body, Cast::Member("ucla").signing_key, Cast::TlsKeyOf("csun")));
  v1::Signed manifest = Cast::Sign("ucla", kManifestDomain, Serialise(cast().ManifestOf({})));
  manifest.set_signer("csun");
  EXPECT_EQ(world_.Refusal("csun", OpenSubmissionEvent{manifest}).id(), "agreement.party-keys");
}

TEST(StatusOf, TellsOthersNothingAboutTheContent) {
  ProtocolWorld world;
  world.SubmitBoth();
  const v1::SubmissionState submission = world.Submission(1);
  const v1::Manifest manifest = ManifestOf(submission).value();
  const v1::SubmissionStatus own = StatusOf(submission, manifest, true);
  EXPECT_EQ(own.row_count(), 8u);
  EXPECT_EQ(own.root(), manifest.root());
  const v1::SubmissionStatus others = StatusOf(submission, manifest, false);
  EXPECT_EQ(others.row_count(), 0u);
  EXPECT_TRUE(others.root().empty());
  EXPECT_EQ(others.dataset(), "candidates");
}

TEST(SpaceOf, IsAValidNameForTheChunkStore) {
  EXPECT_EQ(SpaceOf("00112233445566778899aabbccddeeff"),
            "submission-00112233445566778899aabbccddeeff");
}

}  // namespace
}  // namespace tallystick::matcher

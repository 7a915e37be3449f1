#include "matcher/service/matcher_service.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "crypto/merkle.h"
#include "matcher/registry/submissions.h"
#include "proto/checkpoint.h"
#include "proto/codec.h"
#include "proto/destruction.h"
#include "proto/domains.h"
#include "proto/receipt.h"
#include "tests/unit/matcher/service/service_world.h"

namespace tallystick::matcher {
namespace {

template <class Message>
Message Read(const HttpResponse& response) {
  EXPECT_EQ(response.status, 200u) << ErrorIdOf(response);
  return Parse<Message>(response.body, kMaxReleaseBytes).value();
}

class Service : public ::testing::Test {
 protected:
  v1::SubmissionStatus Submission(std::uint64_t number) {
    return Read<v1::SubmissionStatus>(
        world_.Get("csun", "/v1/submissions/" + Cast::SubmissionId(number)));
  }
  HttpResponse PutChunk(std::uint64_t number, std::uint32_t index, Bytes sealed) {
    return world_.Send(world_.RequestOf(
        "csun", Method::kPut,
        "/v1/submissions/" + Cast::SubmissionId(number) + "/chunks/" + std::to_string(index),
        std::move(sealed)));
  }
  HttpResponse Commit(std::uint64_t number) {
    return world_.Post("csun", "/v1/submissions/" + Cast::SubmissionId(number) + "/commit",
                       v1::Signed());
  }
  HttpResponse Withdraw(std::uint64_t number) {
    const std::string id = Cast::SubmissionId(number);
    return world_.Post("csun", "/v1/submissions/" + id + "/withdraw",
                       Cast::Withdraw("csun", id).withdrawal);
  }
  bool HasKey(std::uint64_t number) {
    return world_.data_keys().Has(SpaceOf(Cast::SubmissionId(number)));
  }

  // A data key or a chunk.
  bool HasData(std::uint64_t number) {
    const std::vector<std::string> spaces = world_.chunks().Spaces().value();
    return HasKey(number) ||
           std::count(spaces.begin(), spaces.end(), SpaceOf(Cast::SubmissionId(number))) > 0;
  }

  ServiceWorld world_;
};

TEST_F(Service, AnswersNobodyBeforeItIsOpen) {
  ServiceParts parts;
  MatcherService closed(parts);
  const auto admitted = closed.Admit(world_.RequestOf("csun", Method::kGet, "/v1/status"));
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(admitted));
  EXPECT_EQ(std::get<HttpResponse>(admitted).status, 503u);
  EXPECT_TRUE(std::get<HttpResponse>(admitted).retry_after_seconds.has_value());
}

TEST_F(Service, WhatChangesSomethingNeedsAnIdempotencyId) {
  for (const char* id : {"", "123", "0123456789ABCDEF0123456789ABCDEF",
                         "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"}) {
    HttpRequest request = world_.RequestOf(
        "csun", Method::kPost, "/v1/requests/" + world_.waiting().id() + "/verdict",
        Serialise(Cast::Verdict("csun", world_.waiting()).verdict));
    request.idempotency_id = id;
    EXPECT_EQ(ErrorIdOf(world_.Send(request)), "http.idempotency") << id;
  }
}

TEST_F(Service, ARepeatedRequestGetsTheSameBytesAndAChangedOneAConflict) {
  const HttpRequest request =
      world_.RequestOf("csun", Method::kPost, "/v1/requests/" + world_.waiting().id() + "/verdict",
                       Serialise(Cast::Verdict("csun", world_.waiting()).verdict));
  const HttpResponse first = world_.Send(request);
  ASSERT_EQ(first.status, 200u);
  world_.Post("lausd", "/v1/requests/" + world_.waiting().id() + "/verdict",
              Cast::Verdict("lausd", world_.waiting()).verdict);
  const std::uint64_t records = world_.registry().log_size();
  EXPECT_EQ(world_.Send(request).body, first.body);
  HttpRequest changed = request;
  changed.body = Serialise(Cast::Verdict("csun", world_.waiting(), false).verdict);
  EXPECT_EQ(world_.Send(changed).status, 409u);
  HttpRequest elsewhere = request;
  elsewhere.target = "/v1/requests/" + world_.made().id() + "/verdict";
  EXPECT_EQ(world_.Send(elsewhere).status, 409u);
  EXPECT_EQ(world_.registry().log_size(), records);
}

TEST_F(Service, RefusesWhatCannotBeParsed) {
  for (const char* target : {"/v1/agreements", "/v1/submissions", "/v1/enrol", "/v1/renew"}) {
    const HttpRequest request =
        world_.RequestOf("csun", Method::kPost, target, Bytes(1000, '\xff'));
    EXPECT_EQ(world_.Send(request).status, 400u) << target;
  }
}

TEST_F(Service, ListsTheAgreementsOfTheAsker) {
  for (const char* who : {"csun", "lausd", "pgarcia", "mchen"}) {
    const auto list = Read<v1::AgreementList>(world_.Get(who, "/v1/agreements"));
    ASSERT_EQ(list.agreements_size(), 1) << who;
    EXPECT_EQ(ToHex(list.agreements(0).digest()), world_.cast().digest_hex());
    EXPECT_TRUE(list.agreements(0).text().empty()) << "whoever proposes it chooses its size";
  }
  for (const char* who : {"ucla", "rlee", "nkim", "vsmith"}) {
    EXPECT_EQ(Read<v1::AgreementList>(world_.Get(who, "/v1/agreements")).agreements_size(), 0)
        << who;
    if (std::string_view(who) == "vsmith") continue;
    EXPECT_EQ(Read<v1::RequestList>(world_.Get(who, "/v1/requests")).requests_size(), 0) << who;
  }
}

TEST_F(Service, AnAgreementPastItsTermIsShownAsExpired) {
  world_.clock().Set(Time(*ParseDate("2026-06-10")));
  EXPECT_EQ(
      Read<v1::AgreementState>(world_.Get("csun", "/v1/agreements/" + world_.cast().digest_hex()))
          .phase(),
      v1::AGREEMENT_PHASE_ACTIVE);
  // The test certificates do not live so long.
  HttpRequest request =
      world_.RequestOf("csun", Method::kGet, "/v1/agreements/" + world_.cast().digest_hex());
  world_.clock().Set(Time(*ParseDate("2028-01-15")));
  request.peer->not_after = world_.clock().Now() + std::chrono::days(1);
  EXPECT_EQ(Read<v1::AgreementState>(world_.Send(request)).phase(), v1::AGREEMENT_PHASE_EXPIRED);
}

TEST_F(Service, TakesChunksInAnyOrderAndSaysWhichAreMissing) {
  ASSERT_EQ(Submission(3).missing_chunks_size(), 1);
  EXPECT_EQ(Submission(3).missing_chunks(0), 0u);
  EXPECT_EQ(ErrorIdOf(Commit(3)), "submission.incomplete");
  const Bytes sealed = world_.SealedChunk(ServiceWorld::FactsOf(3), 0);
  EXPECT_EQ(PutChunk(3, 0, sealed).status, 200u);
  EXPECT_EQ(PutChunk(3, 0, sealed).status, 200u) << "a chunk sent again";
  EXPECT_EQ(Submission(3).missing_chunks_size(), 0);
  EXPECT_EQ(Read<v1::SubmissionStatus>(Commit(3)).phase(), "committed");
}

TEST_F(Service, StoresOnlyTheChunkThatTheManifestNames) {
  const ManifestFacts facts = ServiceWorld::FactsOf(3);
  const auto refused = [&](Bytes sealed) { return ErrorIdOf(PutChunk(3, 0, std::move(sealed))); };
  EXPECT_NE(refused(""), "");
  EXPECT_NE(refused(Bytes(1000, 'x')), "");
  EXPECT_NE(refused(world_.SealedChunk(facts, 1)), "") << "sealed for another place";
  EXPECT_NE(refused(world_.SealedChunk(ServiceWorld::FactsOf(4), 0)), "")
      << "sealed for another submission";
  Bytes tampered = world_.SealedChunk(facts, 0);
  tampered[100] = static_cast<char>(tampered[100] ^ 1);
  EXPECT_NE(refused(tampered), "");
  // Sealed for this place, but it is not the plaintext whose digest was signed.
  Bytes aad(world_.cast().ManifestOf(facts).submission_id());
  AppendU32(aad, 0);
  const Bytes other = crypto::SealTo(Cast::Member("unite-la").sealing_key.public_key(),
                                     kChunkSealInfo, aad, world_.cast().ChunksOf(facts)[1]);
  EXPECT_EQ(refused(other), "submission.chunk-digest");
  const std::string beyond = std::to_string(world_.cast().ChunksOf(facts).size());
  for (const std::string& index : {std::string("99"), beyond, std::string("-1"), std::string("01x"),
                                   std::string("4294967296")}) {
    const HttpRequest request = world_.RequestOf(
        "csun", Method::kPut, "/v1/submissions/" + Cast::SubmissionId(3) + "/chunks/" + index,
        world_.SealedChunk(facts, 0));
    EXPECT_EQ(ErrorIdOf(world_.Send(request)), "submission.chunk-index") << index;
  }
  EXPECT_EQ(Submission(3).missing_chunks_size(), 1);
}

TEST_F(Service, ACommittedSubmissionTakesNoMoreChunks) {
  const Bytes sealed = world_.SealedChunk(ServiceWorld::FactsOf(1), 0);
  EXPECT_EQ(ErrorIdOf(PutChunk(1, 0, sealed)), "submission.closed");
  EXPECT_FALSE(HasKey(1));
}

TEST_F(Service, BelowTheDiskFloorUploadsWaitAndEverythingElseWorks) {
  world_.RefuseUploads();
  const HttpResponse refused = PutChunk(3, 0, world_.SealedChunk(ServiceWorld::FactsOf(3), 0));
  EXPECT_EQ(refused.status, 507u);
  EXPECT_EQ(world_.Get("csun", "/v1/status").status, 200u);
  EXPECT_EQ(Commit(4).status, 200u);
  EXPECT_EQ(Withdraw(4).status, 200u);
}

TEST_F(Service, ACommitIsAcknowledgedWithAReceiptForTheManifest) {
  const auto status = Read<v1::SubmissionStatus>(Commit(4));
  const auto& key = Cast::Member("unite-la").signing_key.verify_key();
  const auto subject = crypto::Digest::FromBytes(status.manifest_digest()).value();
  const auto checkpoint = VerifyReceipt(status.receipt(), subject, key);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.error().ToString();
  EXPECT_EQ(status.receipt().event(), "submission.committed");
  EXPECT_EQ(checkpoint->size, world_.registry().log_size());
  EXPECT_FALSE(VerifyReceipt(status.receipt(), crypto::Sha256("another"), key).ok());
}

TEST_F(Service, WithdrawingDestroysTheDataKeyAndTheChunks) {
  ASSERT_TRUE(HasKey(4));
  ASSERT_EQ(Commit(4).status, 200u);
  ASSERT_EQ(Withdraw(4).status, 200u);
  EXPECT_FALSE(HasKey(4));
  const std::vector<std::string> spaces = world_.chunks().Spaces().value();
  EXPECT_EQ(std::count(spaces.begin(), spaces.end(), SpaceOf(Cast::SubmissionId(4))), 0);
  EXPECT_TRUE(HasKey(3)) << "the keys of others stay";
  EXPECT_EQ(Withdraw(4).status, 200u) << "a withdrawal sent again";
}

// It was let in while the submission was open; the certificate says that nothing is left.
TEST_F(Service, AnUploadThatComesLateBringsNothingBack) {
  ASSERT_EQ(Withdraw(4).status, 200u);
  const Bytes chunk = "a chunk";
  const Status stored =
      world_.destruction().Store(Cast::SubmissionId(4), crypto::Sha256(chunk), chunk);
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().id(), "submission.closed");
  EXPECT_FALSE(HasData(4));
}

TEST_F(Service, UploadsBesideAWithdrawalLeaveNothing) {
  for (std::uint64_t number = 10; number < 22; ++number) {
    const ManifestFacts facts = ServiceWorld::FactsOf(number);
    ASSERT_EQ(world_.Post("csun", "/v1/submissions", world_.cast().Open(facts).manifest).status,
              200u);
    std::vector<std::thread> uploads;
    for (std::uint32_t i = 0; i < 3; ++i) {
      HttpRequest put = world_.RequestOf(
          "csun", Method::kPut,
          "/v1/submissions/" + Cast::SubmissionId(number) + "/chunks/" + std::to_string(i),
          world_.SealedChunk(facts, i));
      uploads.emplace_back([this, put] { static_cast<void>(world_.service().Handle(put)); });
    }
    EXPECT_EQ(Withdraw(number).status, 200u);
    for (std::thread& upload : uploads) upload.join();
    EXPECT_FALSE(HasData(number));
  }
}

TEST_F(Service, AWithdrawalIsAnsweredWithACertificateOfDestruction) {
  ASSERT_EQ(Commit(4).status, 200u);
  const auto status = Read<v1::SubmissionStatus>(Withdraw(4));
  const auto& key = Cast::Member("unite-la").signing_key.verify_key();
  const std::string origin = world_.registry().identity().description.log_origin();
  const std::string certificate =
      CertificateText(status.destruction(), status.destruction_receipt());
  const auto destruction = VerifyCertificate(certificate, key, origin);
  ASSERT_TRUE(destruction.ok()) << destruction.error().ToString();
  EXPECT_EQ(destruction->submission, Cast::SubmissionId(4));
  EXPECT_EQ(destruction->manifest.view(), ByteView(status.manifest_digest()));
  const auto later = Submission(4);
  EXPECT_EQ(CertificateText(later.destruction(), later.destruction_receipt()), certificate);
  // The same again, by another command: the same certificate.
  const auto again = Read<v1::SubmissionStatus>(Withdraw(4));
  EXPECT_EQ(CertificateText(again.destruction(), again.destruction_receipt()), certificate);
}

TEST_F(Service, RepeatedRequestsGetTheSameBytesAlsoAfterARestart) {
  const std::string id = Cast::SubmissionId(4);
  const std::string target = "/v1/submissions/" + id;
  v1::EncodedRequest refused;
  refused.set_request(world_.cast().Request("salaries").Encode());
  const auto post = [&](const char* who, std::string to, const google::protobuf::MessageLite& it) {
    return world_.RequestOf(who, Method::kPost, std::move(to), Serialise(it));
  };
  const std::vector<HttpRequest> requests = {
      post("csun", "/v1/submissions", world_.cast().Open(ServiceWorld::FactsOf(4)).manifest),
      post("csun", "/v1/submissions",
           world_.cast()
               .Open({.number = 9,
                      .sequence = 2,
                      .previous_manifest = ServiceWorld::FactsOf(4).previous_manifest})
               .manifest),
      post("csun", target + "/commit", v1::Signed()),
      post("pgarcia", "/v1/requests", refused),
      post("csun", target + "/withdraw", Cast::Withdraw("csun", id).withdrawal),
  };
  std::vector<HttpResponse> answers;
  for (const HttpRequest& request : requests) answers.push_back(world_.Send(request));
  EXPECT_EQ(answers[0].status, 200u);
  EXPECT_EQ(answers[1].status, 200u);
  EXPECT_EQ(answers[2].status, 200u);
  EXPECT_EQ(answers[3].status, 403u);
  EXPECT_EQ(answers[4].status, 200u);
  const std::uint64_t records = world_.registry().log_size();
  for (int restart = 0; restart < 2; ++restart) {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const HttpResponse again = world_.Send(requests[i]);
      EXPECT_EQ(again.status, answers[i].status) << i;
      EXPECT_EQ(again.body, answers[i].body) << i;
    }
    EXPECT_EQ(world_.registry().log_size(), records) << "one effect";
    world_.Restart();
  }
}

TEST_F(Service, P17ARefusedRequestHasItsOwnEntryAndNoOther) {
  v1::EncodedRequest encoded;
  encoded.set_request(world_.cast().Request("salaries").Encode());
  const HttpResponse response = world_.Post("pgarcia", "/v1/requests", encoded);
  EXPECT_EQ(response.status, 403u);
  EXPECT_EQ(Parse<v1::ErrorBody>(response.body)->rule(), "AGR-OUTPUT-UNKNOWN");
  EXPECT_TRUE(world_.refusals().Take().empty()) << "counted twice";
  const auto entries = Read<v1::LogEntries>(world_.Get("mchen", "/v1/log/entries/0"));
  const v1::LogEntry& entry = entries.entries(entries.entries_size() - 1);
  EXPECT_EQ(entry.event(), "request.refused");
  EXPECT_EQ(Parse<v1::RequestRefusal>(entry.detail())->rule(), "AGR-OUTPUT-UNKNOWN");
  EXPECT_EQ(crypto::Sha256(entry.detail()).view(), ByteView(entry.subject()));
  const auto others = Read<v1::LogEntries>(world_.Get("ucla", "/v1/log/entries/0"));
  EXPECT_TRUE(others.entries(others.entries_size() - 1).detail().empty());
}

TEST_F(Service, ShowsTheOtherPartysSubmissionsWithoutTheirContent) {
  const auto list = Read<v1::SubmissionList>(
      world_.Get("lausd", "/v1/agreements/" + world_.cast().digest_hex() + "/submissions"));
  ASSERT_EQ(list.submissions_size(), 2) << "csun's open ones are csun's alone";
  for (const v1::SubmissionStatus& submission : list.submissions()) {
    const bool own = submission.party() == "lausd";
    EXPECT_EQ(submission.row_count(), own ? 8u : 0u);
    EXPECT_EQ(submission.root().empty(), !own);
  }
  const auto officers = Read<v1::SubmissionList>(
      world_.Get("mchen", "/v1/agreements/" + world_.cast().digest_hex() + "/submissions"));
  for (const v1::SubmissionStatus& submission : officers.submissions()) {
    EXPECT_EQ(submission.row_count(), 0u);
  }
}

TEST_F(Service, ARequestCheckSaysWhyNot) {
  v1::EncodedRequest encoded;
  encoded.set_request(world_.cast().Request("salaries").Encode());
  auto check = Read<v1::RequestCheck>(world_.Post("pgarcia", "/v1/requests/check", encoded));
  EXPECT_FALSE(check.permitted());
  EXPECT_EQ(check.refusal().rule(), "AGR-OUTPUT-UNKNOWN");
  EXPECT_EQ(check.refusal().clause_agreement(), "csun-lausd-2026");
  encoded.set_request(world_.cast().Request("hired_by_pathway").Encode());
  check = Read<v1::RequestCheck>(world_.Post("pgarcia", "/v1/requests/check", encoded));
  EXPECT_TRUE(check.permitted());
}

TEST_F(Service, AProposalShowsEachPartyItsOwnWitnesses) {
  const std::string target = "/v1/requests/" + world_.made().id() + "/proposal";
  const auto csun = Read<v1::ReleaseProposal>(world_.Get("csun", target));
  const auto lausd = Read<v1::ReleaseProposal>(world_.Get("lausd", target));
  EXPECT_EQ(csun.own_witnesses(), "what csun may see");
  EXPECT_EQ(lausd.own_witnesses(), "what lausd may see");
  EXPECT_EQ(csun.body(), lausd.body());
  EXPECT_EQ(ByteView(world_.made().release_digest()), crypto::Sha256(csun.body()).view());
}

v1::ReleaseProposal ProposalIn(const HttpResponse& response) {
  return Parse<v1::ReleaseProposal>(response.body, kMaxReleaseBytes).value();
}

TEST_F(Service, PartialDecryptionsGoToWhoTheyAreSealedFor) {
  const v1::RequestState& measured = world_.measured();
  const std::string target = "/v1/requests/" + measured.id();
  const auto proposal = [&](std::string_view who) {
    return ProposalIn(world_.Get(who, target + "/proposal"));
  };
  EXPECT_EQ(proposal("csun").sums_size(), 1);
  EXPECT_EQ(proposal("csun").own_measure_witnesses(0), "what csun may see of its hours");
  EXPECT_EQ(proposal("lausd").own_measure_witnesses(0), "what lausd may see of its hours");
  EXPECT_EQ(
      world_.Post("csun", target + "/opening", Cast::Opening("csun", measured).opening).status,
      200u);
  EXPECT_TRUE(proposal("lausd").partials().empty()) << "not before its own are in";
  EXPECT_EQ(
      world_.Post("lausd", target + "/opening", Cast::Opening("lausd", measured).opening).status,
      200u);
  ASSERT_EQ(proposal("csun").partials_size(), 1);
  EXPECT_EQ(proposal("csun").partials(0).sealed(), "partials of lausd for csun");
  ASSERT_EQ(proposal("lausd").partials_size(), 1);
  EXPECT_EQ(proposal("lausd").partials(0).sealed(), "partials of csun for lausd");
}

TEST_F(Service, AnInstitutionIsToldWhatItSaidOfItsLedger) {
  const auto mark = [&](std::string_view who) {
    return Parse<v1::LedgerMark>(world_.Get(who, "/v1/ledger").body).value();
  };
  EXPECT_EQ(mark("csun").size(), 0u);
  const v1::RequestState& measured = world_.measured();
  world_.Post("csun", "/v1/requests/" + measured.id() + "/opening",
              Cast::Opening("csun", measured).opening);
  EXPECT_EQ(mark("csun").size(), 1u);
  EXPECT_EQ(mark("csun").request_id(), measured.id());
  EXPECT_EQ(mark("lausd").size(), 0u);
  world_.Restart();
  EXPECT_EQ(mark("csun").size(), 1u);
}

TEST_F(Service, AReleaseComesWithEvidenceAndTheReadersLabelsAlone) {
  const std::string target = "/v1/requests/" + world_.released().id() + "/release";
  const auto bundle = Read<v1::ReleaseBundle>(world_.Get("pgarcia", target));
  EXPECT_EQ(ByteView(bundle.state().release_digest()), crypto::Sha256(bundle.body()).view());
  EXPECT_EQ(bundle.agreement_text(), Cast::AgreementText());
  EXPECT_EQ(bundle.state().labels_size(), 2);
  const auto& key = Cast::Member("unite-la").signing_key.verify_key();
  EXPECT_TRUE(
      VerifyReceipt(bundle.receipt(), crypto::Sha256(bundle.state().release_digest()), key).ok());
  const auto csun = Read<v1::ReleaseBundle>(world_.Get("csun", target));
  EXPECT_FALSE(csun.body().empty());
  ASSERT_EQ(csun.state().labels_size(), 2);
  for (const v1::SealedLabels& labels : csun.state().labels()) EXPECT_EQ(labels.to(), "csun");
}

TEST_F(Service, AComplianceOfficerSeesThatItWasReleasedAndNotTheTable) {
  const auto bundle = Read<v1::ReleaseBundle>(
      world_.Get("mchen", "/v1/requests/" + world_.released().id() + "/release"));
  EXPECT_TRUE(bundle.body().empty());
  EXPECT_TRUE(bundle.witnesses().empty());
  EXPECT_EQ(bundle.state().release_signatures_size(), 2);
  EXPECT_FALSE(bundle.state().release_digest().empty());
}

TEST_F(Service, ThereIsNoReleaseBeforeItIsSigned) {
  EXPECT_EQ(ErrorIdOf(world_.Get("pgarcia", "/v1/requests/" + world_.made().id() + "/release")),
            "release.not-yet");
  EXPECT_EQ(ErrorIdOf(world_.Get("pgarcia", "/v1/requests/" + world_.waiting().id() + "/release")),
            "release.not-yet");
  world_.Post("csun", "/v1/requests/" + world_.waiting().id() + "/verdict",
              Cast::Verdict("csun", world_.waiting(), false).verdict);
  const HttpResponse refused =
      world_.Get("pgarcia", "/v1/requests/" + world_.waiting().id() + "/release");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(Parse<v1::ErrorBody>(refused.body)->rule(), "AGR-DENIED");
}

// They are an agent's: an Error would keep them for the life of the process, and so few that an
// agent could use up the place of all others.
TEST_F(Service, AMembersWordsArePassedOnAsTheyAre) {
  const std::string words =
      "pas assez de personnes concern\xC3\xA9"
      "es " +
      std::string(400, '.');
  v1::Verdict denial;
  const v1::Signed usual = Cast::Verdict("csun", world_.waiting(), false).verdict;
  ASSERT_TRUE(denial.ParseFromString(usual.body()));
  denial.mutable_refusal()->set_message(words);
  denial.mutable_refusal()->set_rule("CSUN-OWN-RULE");
  world_.Post("csun", "/v1/requests/" + world_.waiting().id() + "/verdict",
              Cast::Sign("csun", kVerdictDomain, Serialise(denial)));
  const HttpResponse refused =
      world_.Get("pgarcia", "/v1/requests/" + world_.waiting().id() + "/release");
  EXPECT_EQ(refused.status, 403u);
  const auto body = Parse<v1::ErrorBody>(refused.body).value();
  EXPECT_EQ(body.id(), "request.refused");
  EXPECT_EQ(body.message(), words);
  EXPECT_EQ(body.rule(), "CSUN-OWN-RULE");
}

TEST_F(Service, LogEntriesHaveBodiesForThoseConcernedAlone) {
  const auto readable = [&](const char* who) {
    const auto entries = Read<v1::LogEntries>(world_.Get(who, "/v1/log/entries/0"));
    EXPECT_EQ(static_cast<std::uint64_t>(entries.entries_size()), world_.registry().log_size());
    std::vector<std::string> events;
    for (const v1::LogEntry& entry : entries.entries()) {
      EXPECT_FALSE(entry.event().empty());
      EXPECT_EQ(entry.commitment().size(), 32u);
      if (entry.salt().empty()) {
        EXPECT_TRUE(entry.actor().empty() && entry.agreement().empty() &&
                    entry.subject_id().empty() && entry.subject().empty() &&
                    entry.payload_digest().empty());
      } else {
        events.push_back(entry.event());
      }
    }
    return events;
  };
  EXPECT_EQ(readable("ucla"), std::vector<std::string>{"member.enrolled"});
  EXPECT_EQ(readable("rlee"), std::vector<std::string>{"member.enrolled"});
  EXPECT_GT(readable("csun").size(), 10u);
  EXPECT_EQ(readable("csun"), readable("lausd"));
}

TEST_F(Service, TheCheckpointAndItsProofsHold) {
  const auto& key = Cast::Member("unite-la").signing_key.verify_key();
  const auto before = OpenCheckpoint(world_.Get("vsmith", "/v1/log/checkpoint").body, key).value();
  ASSERT_EQ(Commit(4).status, 200u);
  const auto after = OpenCheckpoint(world_.Get("vsmith", "/v1/log/checkpoint").body, key).value();
  EXPECT_EQ(after.size, before.size + 1);
  const auto proof = Read<v1::ConsistencyProof>(world_.Get(
      "vsmith",
      "/v1/log/consistency/" + std::to_string(before.size) + "/" + std::to_string(after.size)));
  std::vector<crypto::Digest> hashes;
  for (const Bytes& hash : proof.hashes()) {
    hashes.push_back(crypto::Digest::FromBytes(hash).value());
  }
  EXPECT_TRUE(
      crypto::VerifyConsistency(before.size, before.root, after.size, after.root, hashes).ok());
  for (const char* range : {"9/3", "0/100000", "x/3", "3/18446744073709551616", "-1/3"}) {
    EXPECT_EQ(world_.Get("csun", "/v1/log/consistency/" + std::string(range)).status, 400u)
        << range;
  }
  EXPECT_EQ(world_.Get("csun", "/v1/log/consistency/0/0").status, 200u);
  EXPECT_EQ(Read<v1::LogEntries>(world_.Get("csun", "/v1/log/entries/18446744073709551615"))
                .entries_size(),
            0);
}

TEST_F(Service, EnrolsAnInvitedMemberWithACertificateForItsUri) {
  Event event;
  event.actor = Cast::ActorOf(kOperator);
  InviteEvent invite = Cast::Invite("csun", Cast::Secret("new"));
  invite.id = "newcomer";
  event.what = invite;
  ASSERT_TRUE(world_.registry().Submit(std::move(event)).ok());

  const agreements::TestMember member = agreements::MakeTestMember("newcomer");
  const crypto::TlsKey tls_key = crypto::TlsKey::Generate();
  v1::Enrolment body;
  body.set_id("newcomer");
  body.set_role(v1::ROLE_INSTITUTION);
  body.set_invitation_secret(Cast::Secret("new"));
  body.set_signing_key(Bytes(member.signing_key.verify_key().view()));
  body.set_sealing_key(Bytes(member.sealing_key.public_key().view()));
  // What the CSR asks for does not count: it asks to be csun.
  body.set_csr_pem(crypto::MakeCsr(tls_key, "tallystick:institution:csun").value());
  v1::Signed message;
  message.set_body(Serialise(body));
  message.set_signature(member.signing_key.Sign(kEnrolmentDomain, message.body()));
  const auto enrolled = Read<v1::Enrolled>(world_.Post("none", "/v1/enrol", message));
  const auto facts = crypto::ReadCertificate(enrolled.certificate_pem()).value();
  EXPECT_EQ(facts.uris, std::vector<std::string>{"tallystick:institution:newcomer"});
  EXPECT_EQ(facts.spki_digest, tls_key.spki_digest());
  EXPECT_FALSE(facts.is_ca);
  EXPECT_EQ(facts.not_after, Cast::Now() + std::chrono::days(90));
  EXPECT_EQ(enrolled.ca_pem(), world_.authority().certificate_pem());

  crypto::PeerIdentity peer{"tallystick:institution:newcomer", tls_key.spki_digest(),
                            facts.not_after, facts.serial_hex};
  HttpRequest status = world_.RequestOf("none", Method::kGet, "/v1/status");
  status.peer = peer;
  EXPECT_EQ(world_.Send(status).status, 200u);

  body.set_csr_pem("not a CSR");
  message.set_body(Serialise(body));
  message.set_signature(member.signing_key.Sign(kEnrolmentDomain, message.body()));
  EXPECT_EQ(world_.Post("none", "/v1/enrol", message).status, 400u);
}

TEST_F(Service, ARenewalIsForTheSameMemberAndItsNewKey) {
  const crypto::TlsKey tls_key = crypto::TlsKey::Generate();
  v1::Renewal renewal;
  renewal.set_csr_pem(crypto::MakeCsr(tls_key, "tallystick:institution:lausd").value());
  world_.clock().Set(Cast::Now() + std::chrono::days(60));
  const auto renewed = Read<v1::Enrolled>(world_.Post("csun", "/v1/renew", renewal));
  const auto facts = crypto::ReadCertificate(renewed.certificate_pem()).value();
  EXPECT_EQ(facts.uris, std::vector<std::string>{"tallystick:institution:csun"});
  EXPECT_EQ(facts.not_after, Cast::Now() + std::chrono::days(150));
  HttpRequest request = world_.RequestOf("csun", Method::kGet, "/v1/status");
  EXPECT_EQ(world_.Send(request).status, 200u) << "the old key, until the next renewal";
  request.peer->spki_digest = tls_key.spki_digest();
  EXPECT_EQ(world_.Send(request).status, 200u);
}

TEST_F(Service, RefusalsAreCountedByTheirReason) {
  world_.Get("none", "/v1/status");
  world_.Get("rlee", "/v1/submissions/00");
  world_.Get("rlee", "/v1/submissions/00");
  EXPECT_EQ(world_.refusals().Take(),
            (RefusalCounter::Counts{{"auth.certificate", 1}, {"auth.role", 2}}));
}

}  // namespace
}  // namespace tallystick::matcher

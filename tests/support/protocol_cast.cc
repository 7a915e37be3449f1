#include "tests/support/protocol_cast.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "agreements/ceremony.h"
#include "agreements/submission_columns.h"
#include "base/check.h"
#include "crypto/base64.h"
#include "crypto/merkle.h"
#include "crypto/p256.h"
#include "proto/codec.h"
#include "proto/column_chunk.h"
#include "proto/domains.h"

namespace tallystick::matcher {
namespace {

using agreements::TestMember;

constexpr std::string_view kIds[] = {"csun",  "lausd", "ucla",   "pgarcia", "rlee",
                                     "mchen", "nkim",  "vsmith", "unite-la"};

const std::map<std::string, TestMember, std::less<>>& Members() {
  static const auto* const members = [] {
    auto* made = new std::map<std::string, TestMember, std::less<>>();
    for (const std::string_view id : kIds) made->emplace(id, agreements::MakeTestMember(id));
    return made;
  }();
  return *members;
}

// 16 bytes that depend on `kind` and `number` alone.
Bytes SixteenBytes(std::string_view kind, std::uint64_t number) {
  Bytes message(kind);
  AppendU64(message, number);
  return Bytes(crypto::Sha256(message).view().substr(0, 16));
}

v1::AgreementStep Step(v1::AgreementStep::Kind kind, Bytes message) {
  v1::AgreementStep step;
  step.set_kind(kind);
  step.set_message(std::move(message));
  return step;
}

// One chunk for each column, which is enough for every row count of a test.
void AddColumn(v1::Manifest& manifest, v1::ColumnDescription::Kind kind, std::string_view name,
               std::uint64_t entry_count) {
  v1::ColumnDescription* column = manifest.add_columns();
  column->set_kind(kind);
  column->set_name(std::string(name));
  column->set_entry_count(entry_count);
  column->set_first_chunk(static_cast<std::uint32_t>(manifest.columns_size() - 1));
  column->set_chunk_count(1);
}

template <std::size_t N>
std::array<std::uint8_t, N> FirstOf(const crypto::Digest& digest) {
  std::array<std::uint8_t, N> bytes{};
  std::copy_n(digest.view().begin(), N, bytes.begin());
  return bytes;
}

// What is in one entry of one column of one submission.
crypto::Digest EntryOf(std::uint64_t number, std::size_t column, std::uint64_t entry) {
  Bytes message;
  AppendU64(message, number);
  AppendU64(message, column);
  AppendU64(message, entry);
  return crypto::Sha256(message);
}

Bytes TokenChunk(const ManifestFacts& facts, std::size_t column, int entries_per_row) {
  std::vector<std::pair<Token, std::uint32_t>> entries;
  const auto per_row = static_cast<std::uint32_t>(entries_per_row);
  for (std::uint32_t i = 0; i < facts.row_count * per_row; ++i) {
    entries.emplace_back(FirstOf<16>(EntryOf(facts.number, column, i)), i / per_row);
  }
  std::sort(entries.begin(), entries.end());
  std::vector<Token> tokens;
  std::vector<std::uint32_t> rows;
  for (const auto& [token, row] : entries) {
    tokens.push_back(token);
    rows.push_back(row);
  }
  return EncodeTokenChunk({static_cast<std::uint16_t>(column), 0},
                          FirstOf<16>(EntryOf(facts.number, column, 1u << 20)), tokens, rows);
}

// Ciphertexts that are points of the curve, the same in every run; nobody has the key to them.
Bytes PointsOf(std::uint32_t row_count) {
  Bytes ciphertexts;
  for (std::uint32_t row = 0; row < row_count; ++row) {
    for (const std::uint64_t number : {std::uint64_t{row} + 1, std::uint64_t{row} + 2}) {
      ciphertexts +=
          crypto::Point::MulGenerator(crypto::Scalar::FromInteger(number).value()).bytes();
    }
  }
  return ciphertexts;
}

}  // namespace

Time Cast::Now() { return Time(*ParseDate("2026-06-01")) + std::chrono::hours(9); }

std::string Cast::AgreementText() {
  const TestMember& officer = Member("mchen");
  return agreements::TestAgreementText() + "\n[[person]]\nid = \"mchen\"\nrole = \"compliance\"\n" +
         "signing_key = \"" + crypto::Base64(officer.signing_key.verify_key().view()) + "\"\n" +
         "sealing_key = \"" + crypto::Base64(officer.sealing_key.public_key().view()) + "\"\n";
}

Cast::Cast(std::string text, const std::optional<crypto::Digest>& chain, std::uint32_t epoch)
    : agreement_(agreements::Parsed(text)),
      context_{agreement_.digest, chain.value_or(agreement_.digest), epoch} {
  const std::string_view parties[] = {"csun", "lausd"};
  std::vector<agreements::CeremonyKeys> keys;
  std::vector<agreements::Commitment> commitments;
  std::vector<agreements::Reveal> reveals;
  for (const std::string_view party : parties) {
    keys.push_back(agreements::CeremonyKeys::Create(context_, party));
    commitments.push_back(agreements::MakeCommitment(keys.back(), Member(party).signing_key));
  }
  for (const auto& own : keys) {
    const TestMember& member = Member(own.party());
    reveals.push_back(
        agreements::MakeReveal(agreement_, own, member.signing_key, member.sealing_key, commitments)
            .value());
  }
  const agreements::NormaliserCheck normaliser{crypto::Sha256("rules"), crypto::Sha256("tokens")};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto result =
        agreements::FinishCeremony(agreement_, keys[i], commitments, reveals).value();
    const std::string& party = keys[i].party();
    ceremony_[party] = {commitments[i].Encode(), reveals[i].Encode(),
                        agreements::MakeConfirmation(agreement_, context_, party,
                                                     Member(party).signing_key, result, normaliser)
                            .Encode()};
  }
}

const CeremonyMessages& Cast::Ceremony(std::string_view party) const {
  const auto found = ceremony_.find(party);
  TS_CHECK(found != ceremony_.end());
  return found->second;
}

const TestMember& Cast::Member(std::string_view id) {
  const auto found = Members().find(id);
  TS_CHECK(found != Members().end());
  return found->second;
}

v1::Role Cast::RoleOf(std::string_view id) {
  if (id == "csun" || id == "lausd" || id == "ucla") return v1::ROLE_INSTITUTION;
  if (id == "pgarcia" || id == "rlee") return v1::ROLE_RESEARCHER;
  if (id == "mchen" || id == "nkim") return v1::ROLE_COMPLIANCE;
  if (id == "vsmith") return v1::ROLE_CONVENER;
  return v1::ROLE_UNSPECIFIED;
}

Actor Cast::ActorOf(std::string_view id) { return Actor{std::string(id), RoleOf(id)}; }

crypto::Digest Cast::TlsKeyOf(std::string_view id) {
  return crypto::Sha256("test tls key of " + std::string(id));
}

MatcherIdentity Cast::Matcher() {
  const TestMember& matcher = Member("unite-la");
  MatcherIdentity identity;
  identity.description.set_id(matcher.id);
  identity.description.set_name("UNITE-LA");
  identity.description.set_url("https://match.example.org");
  identity.description.set_signing_key(Bytes(matcher.signing_key.verify_key().view()));
  identity.description.set_sealing_key(Bytes(matcher.sealing_key.public_key().view()));
  identity.description.set_log_origin("tallystick/unite-la/test");
  identity.signing_key = &matcher.signing_key;
  return identity;
}

v1::Signed Cast::Sign(std::string_view id, crypto::Domain domain, Bytes body) {
  v1::Signed message;
  message.set_signature(Member(id).signing_key.Sign(domain, body));
  message.set_body(std::move(body));
  message.set_signer(std::string(id));
  return message;
}

Bytes Cast::Secret(std::string_view label) { return SixteenBytes(label, 0); }

InviteEvent Cast::Invite(std::string_view id, Bytes secret) {
  InviteEvent invite;
  invite.role = RoleOf(id);
  invite.id = std::string(id);
  invite.name = "The member " + std::string(id);
  invite.secret = std::move(secret);
  invite.ttl = std::chrono::hours(72);
  return invite;
}

v1::Enrolment Cast::EnrolmentOf(std::string_view id, Bytes secret) {
  const TestMember& member = Member(id);
  v1::Enrolment body;
  body.set_id(member.id);
  body.set_role(RoleOf(id));
  body.set_invitation_secret(std::move(secret));
  body.set_signing_key(Bytes(member.signing_key.verify_key().view()));
  body.set_sealing_key(Bytes(member.sealing_key.public_key().view()));
  return body;
}

EnrolEvent Cast::Enrol(std::string_view id, Bytes secret) {
  return Enrol(EnrolmentOf(id, std::move(secret)), Member(id).signing_key, TlsKeyOf(id));
}

EnrolEvent Cast::Enrol(const v1::Enrolment& body, const crypto::SigningKey& signing_key,
                       const crypto::Digest& tls_spki_digest) {
  EnrolEvent enrol;
  enrol.enrolment.set_body(Serialise(body));
  enrol.enrolment.set_signature(signing_key.Sign(kEnrolmentDomain, enrol.enrolment.body()));
  enrol.enrolment.set_signer(body.id());
  enrol.tls_spki_digest = tls_spki_digest;
  enrol.enrolled.set_certificate_pem("the certificate of " + body.id());
  *enrol.enrolled.mutable_matcher() = Matcher().description;
  return enrol;
}

ProposeEvent Cast::Propose(std::string_view by) const {
  v1::Proposal proposal;
  proposal.set_text(agreement_.text);
  return {Sign(by, kProposalDomain, Serialise(proposal))};
}

AgreementStepEvent Cast::Commit(std::string_view party) const {
  return {digest_hex(), Step(v1::AgreementStep::KIND_COMMIT, Ceremony(party).commitment)};
}
AgreementStepEvent Cast::Reveal(std::string_view party) const {
  return {digest_hex(), Step(v1::AgreementStep::KIND_REVEAL, Ceremony(party).reveal)};
}
AgreementStepEvent Cast::Confirm(std::string_view party) const {
  return {digest_hex(), Step(v1::AgreementStep::KIND_CONFIRM, Ceremony(party).confirmation)};
}

AgreementStepEvent Cast::Transition(std::string_view party, agreements::TransitionKind kind,
                                    std::uint64_t sequence) const {
  agreements::Transition transition;
  transition.kind = kind;
  transition.digest = agreement_.digest;
  transition.party = std::string(party);
  transition.sequence = sequence;
  transition.reason = "a test";
  transition.time = Now();
  transition.Sign(Member(party).signing_key);
  return {digest_hex(), Step(v1::AgreementStep::KIND_TRANSITION, transition.Encode())};
}

std::vector<Bytes> Cast::ChunksOf(const ManifestFacts& facts) const {
  const agreements::Dataset* dataset = agreement_.FindDataset(facts.dataset);
  TS_CHECK(dataset != nullptr);
  const auto salt = FirstOf<16>(EntryOf(facts.number, 0, 2u << 20));
  std::vector<Bytes> chunks;
  for (const agreements::SubmissionColumn& column :
       agreements::SubmissionColumns(agreement_, *dataset)) {
    const ChunkPlace place{static_cast<std::uint16_t>(chunks.size()), 0};
    switch (agreements::ChunkKindOf(column.kind)) {
      case ColumnKind::kTokens:
        chunks.push_back(
            TokenChunk(facts, chunks.size(), static_cast<int>(column.entries_per_row)));
        break;
      case ColumnKind::kCategories: {
        std::vector<std::uint16_t> values;
        for (std::uint32_t row = 0; row < facts.row_count; ++row) {
          values.push_back(static_cast<std::uint16_t>(row % column.code_count));
        }
        chunks.push_back(EncodeCategoryChunk(place, salt, values));
        break;
      }
      case ColumnKind::kCiphertexts:
        chunks.push_back(EncodeCiphertextChunk(place, salt, PointsOf(facts.row_count)));
        break;
      case ColumnKind::kPseudonyms: {
        std::vector<Pseudonym> pseudonyms;
        for (std::uint32_t row = 0; row < facts.row_count; ++row) {
          pseudonyms.push_back(FirstOf<16>(EntryOf(0, 0, row)));
        }
        chunks.push_back(EncodePseudonymChunk(place, salt, pseudonyms));
        break;
      }
    }
  }
  return chunks;
}

v1::Manifest Cast::ManifestOf(const ManifestFacts& facts) const {
  const agreements::Dataset* dataset = agreement_.FindDataset(facts.dataset);
  TS_CHECK(dataset != nullptr);
  v1::Manifest manifest;
  manifest.set_submission_id(SixteenBytes("submission", facts.number));
  manifest.set_chain_digest(Bytes(chain().view()));
  manifest.set_agreement_digest(Bytes(agreement_.digest.view()));
  manifest.set_epoch(epoch());
  manifest.set_party(facts.party);
  manifest.set_dataset(facts.dataset);
  manifest.set_sequence(facts.sequence);
  manifest.set_previous_manifest(facts.previous_manifest);
  manifest.set_normaliser_digest(Bytes(crypto::Sha256("rules").view()));
  manifest.set_row_count(facts.row_count);
  manifest.set_created(Now().time_since_epoch().count());
  for (const agreements::SubmissionColumn& column :
       agreements::SubmissionColumns(agreement_, *dataset)) {
    AddColumn(manifest, column.kind, column.name, facts.row_count * column.entries_per_row);
    auto* added = manifest.mutable_columns(manifest.columns_size() - 1);
    for (std::size_t i = 0; i < column.code_count; ++i) {
      Bytes code;
      AppendU64(code, 1000 + i);
      added->add_codes(code);
    }
  }
  std::vector<crypto::Digest> leaves;
  for (const Bytes& chunk : ChunksOf(facts)) {
    v1::ChunkDescription* description = manifest.add_chunks();
    description->set_address(Bytes(crypto::Sha256(chunk).view()));
    description->set_sealed_bytes(static_cast<std::uint32_t>(chunk.size() + 81));
    leaves.push_back(crypto::LeafHash(description->address()));
  }
  manifest.set_root(Bytes(crypto::MerkleRootOf(leaves).view()));
  return manifest;
}

OpenSubmissionEvent Cast::Open(const ManifestFacts& facts) const {
  return OpenWith(ManifestOf(facts));
}

OpenSubmissionEvent Cast::OpenWith(const v1::Manifest& manifest) {
  return {Sign(manifest.party(), kManifestDomain, Serialise(manifest))};
}

std::string Cast::SubmissionId(std::uint64_t number) {
  return ToHex(SixteenBytes("submission", number));
}

WithdrawSubmissionEvent Cast::Withdraw(std::string_view party, std::string_view id_hex) {
  Bytes id;
  TS_CHECK(FromHex(id_hex, &id));
  return {std::string(id_hex), Sign(party, kWithdrawalDomain, std::move(id))};
}

agreements::SignedRequest Cast::Request(std::string_view output, std::string_view nonce,
                                        std::string_view person, std::string_view filter) const {
  agreements::SignedRequest request;
  request.digest = agreement_.digest;
  request.chain = chain();
  request.epoch = epoch();
  request.person = std::string(person);
  request.file = "agreement = \"" + agreement_.id + "\"\noutput = \"" + std::string(output) +
                 "\"\nquestion = \"Why?\"\n" + std::string(filter);
  request.nonce = SixteenBytes(nonce, 0);
  request.time = Now();
  request.signature =
      Member(person).signing_key.Sign(agreements::SignedRequest::kDomain, request.Body());
  return request;
}

SubmitRequestEvent Cast::Ask(const agreements::SignedRequest& request) {
  return {request.Encode()};
}

VerdictEvent Cast::Verdict(std::string_view party, const v1::RequestState& request, bool approve) {
  v1::Verdict verdict;
  verdict.set_request_id(request.id());
  verdict.set_job(request.job());
  verdict.set_agreement_digest(request.agreement_digest());
  verdict.set_approve(approve);
  return {request.id(), Sign(party, kVerdictDomain, Serialise(verdict))};
}

ProtectedEvent Cast::Table(const v1::RequestState& request) {
  v1::ReleaseBody body;
  body.set_request_id(request.id());
  body.set_job(request.job());
  body.set_table("the table of " + request.id());
  ProtectedEvent made;
  made.request_id = request.id();
  made.proposal.set_body(Serialise(body));
  made.proposal.set_witnesses("witnesses");
  made.proposal.set_witnesses_left("what csun may see");
  made.proposal.set_witnesses_right("what lausd may see");
  made.proposal.set_left_party("csun");
  made.proposal.set_right_party("lausd");
  return made;
}

ProtectedEvent Cast::TableWithMeasure(const v1::RequestState& request) {
  ProtectedEvent made = Table(request);
  v1::ReleaseBody body;
  TS_CHECK(body.ParseFromString(made.proposal.body()));
  v1::MeasureTable* table = body.add_measure_tables();
  table->set_element("candidates.clinical_hours");
  table->set_table("the table of its hours");
  made.proposal.set_body(Serialise(body));
  made.proposal.add_measure_witnesses("witnesses of its hours");
  made.proposal.add_measure_witnesses_left("what csun may see of its hours");
  made.proposal.add_measure_witnesses_right("what lausd may see of its hours");
  made.proposal.add_sums()->set_sum("a sum");
  return made;
}

OpeningEvent Cast::Opening(std::string_view party, const v1::RequestState& request) {
  v1::Opening opening;
  opening.set_request_id(request.id());
  opening.set_job(request.job());
  opening.set_release_digest(request.release_digest());
  for (const std::string& other : request.parties()) {
    if (other == party) continue;
    v1::SealedPartials* partials = opening.add_partials();
    partials->set_from(std::string(party));
    partials->set_to(other);
    partials->set_sealed("partials of " + std::string(party) + " for " + other);
  }
  opening.set_ledger_size(1);
  opening.set_ledger_head(Bytes(crypto::Sha256(party).view()));
  return {request.id(), Sign(party, kOpeningDomain, Serialise(opening))};
}

ReleaseApprovalEvent Cast::Approve(std::string_view party, const v1::RequestState& request) {
  ReleaseApprovalEvent approval;
  approval.request_id = request.id();
  approval.approval.set_request_id(request.id());
  approval.approval.set_release_digest(request.release_digest());
  *approval.approval.mutable_signature() = Sign(party, kReleaseDomain, request.release_digest());
  const std::string_view recipients[] = {"csun", "pgarcia", "lausd"};
  // hired_by_pathway is not for lausd.
  const std::size_t count = request.output() == "retention_by_pathway" ? 3 : 2;
  for (const std::string_view recipient : std::span(recipients).first(count)) {
    v1::SealedLabels* labels = approval.approval.add_labels();
    labels->set_from(std::string(party));
    labels->set_to(std::string(recipient));
    labels->set_sealed("labels of " + std::string(party));
  }
  return approval;
}

}  // namespace tallystick::matcher

#include "tests/integration/opening/opening_world.h"

#include <cstdio>

#include "agents/encode/category_encoder.h"
#include "agents/submit/own_submission.h"
#include "agreements/measure_table.h"
#include "base/check.h"
#include "proto/codec.h"
#include "proto/domains.h"

namespace tallystick::agents {
namespace {

using agreements::Cell;
using agreements::RenderedTable;
using matcher::Cast;

constexpr std::string_view kParties[] = {"csun", "lausd"};

// Submitted and not linked, of each pathway: half of them with hours.
constexpr std::size_t kNotLinked = 60;

// The hours of a pathway's `row`-th row.
std::uint64_t HoursOf(std::size_t pathway, std::uint64_t row) {
  return 400 + 100 * pathway + 7 * row % 90;
}

std::uint64_t SquaresOf(std::size_t pathway) {
  std::uint64_t total = 0;
  for (std::uint64_t row = 0; row < OpeningWorld::kObserved[pathway]; ++row) {
    total += HoursOf(pathway, row) * HoursOf(pathway, row);
  }
  return total;
}

template <class Numbers>
std::uint64_t TotalOf(const Numbers& numbers) {
  std::uint64_t total = 0;
  for (const auto number : numbers) total += number;
  return total;
}

Bytes TableOf(const agreements::TableShape& shape, std::vector<std::uint64_t> counts) {
  std::vector<Cell> cells;
  for (const std::uint64_t count : counts) cells.push_back(Cell::Published(count));
  return RenderedTable::Create(shape, std::move(cells)).value().Encode();
}

}  // namespace

std::string OpeningWorld::AgreementText() {
  return agreements::Replaced(Cast::AgreementText(), "[disclosure]",
                              "[[output]]\nid = \"hours_by_pathway\"\ntitle = \"Hours\"\n"
                              "cohort = \"linked\"\ndimensions = [\"candidates.pathway\"]\n"
                              "measures = [\"candidates.clinical_hours:mean\", "
                              "\"candidates.clinical_hours:sd\"]\n"
                              "recipients = [\"csun\", \"pgarcia\"]\n\n[disclosure]");
}

OpeningWorld::OpeningWorld() : world_(Cast(AgreementText())) {
  MakeHomes();
  world_.SubmitBoth();
  const auto request = cast().Request(kOutput);
  request_id_ = request.Id();
  world_.Must("pgarcia", Cast::Ask(request));
  for (const std::string_view party : kParties) {
    const auto verdict = ReviewRequest(Home(party), Request(), world_.now());
    TS_CHECK(verdict.ok());
    world_.Must(party, matcher::VerdictEvent{
                           request_id_, Cast::Sign(party, kVerdictDomain, Serialise(*verdict))});
  }
  stored_ = MakeProposal(Request());
  world_.Must(matcher::kService, matcher::ProtectedEvent{request_id_, stored_});
}

void OpeningWorld::MakeHomes() {
  std::map<Bytes, crypto::Scalar> shares;
  std::vector<JointShares::Share> points;
  for (const std::string_view party : kParties) {
    homes_[Bytes(party)] = std::make_unique<SignedHome>(cast(), std::string(party));
    const crypto::Scalar share = crypto::Scalar::Random();
    points.push_back({std::string(party), crypto::Point::MulGenerator(share)});
    TS_CHECK(Home(party).KeepShare(cast().digest_hex(), share).ok());
  }
  for (const std::string_view party : kParties) {
    TS_CHECK(Home(party).KeepJoint(cast().digest_hex(), points).ok());
  }
  joint_ = Home("csun").LoadJoint(cast().digest_hex()).value();
  HomeOf("lausd").Keep(cast().ManifestOf({.party = "lausd", .dataset = "hr", .number = 2}));
  OwnColumns staff;
  staff.ordinals = {std::vector<std::uint16_t>(500, 0), std::vector<std::uint16_t>(500, 1)};
  const AgentHome lausd = Home("lausd");
  TS_CHECK(KeepOwnColumns(lausd, lausd.SubmissionDirectory(Cast::SubmissionId(2)),
                          Cast::SubmissionId(2), staff)
               .ok());
  HomeOf("csun").Keep(cast().ManifestOf({}));
  OwnColumns rows;
  rows.ordinals.resize(2);
  rows.observed.resize(1);
  for (std::uint16_t pathway = 0; pathway < 3; ++pathway) {
    for (std::size_t i = 0; i < kObserved[pathway] + kUnobserved[pathway] + kNotLinked; ++i) {
      rows.ordinals[0].push_back(pathway);
      rows.ordinals[1].push_back(0);
      const bool is_linked = i < kObserved[pathway] + kUnobserved[pathway];
      rows.observed[0].push_back(is_linked ? i < kObserved[pathway] : i % 2 == 0);
    }
  }
  const AgentHome csun = Home("csun");
  TS_CHECK(KeepOwnColumns(csun, csun.SubmissionDirectory(Cast::SubmissionId(1)),
                          Cast::SubmissionId(1), rows)
               .ok());
}

std::uint64_t OpeningWorld::SumOf(std::size_t pathway) {
  std::uint64_t total = 0;
  for (std::uint64_t row = 0; row < kObserved[pathway]; ++row) total += HoursOf(pathway, row);
  return total;
}

v1::EncryptedSum OpeningWorld::Encrypt(std::size_t cell, std::uint64_t count, std::uint64_t sum,
                                       std::uint64_t squares) const {
  const crypto::Encryptor encryptor(joint_->joint_key);
  crypto::RandomStream random;
  const auto ciphertext = [&](std::uint64_t total) {
    // One row has it all: what is added up is not looked at.
    std::vector<std::uint64_t> values(count, 0);
    if (!values.empty()) values[0] = total;
    Bytes rows;
    encryptor.Encrypt(values, random, rows);
    crypto::CiphertextSum added[1];
    for (std::uint64_t row = 0; row < count; ++row) {
      TS_CHECK(added[0]
                   .AddEncoded(ByteView(rows).substr(row * crypto::Ciphertext::kSize,
                                                     crypto::Ciphertext::kSize))
                   .ok());
    }
    return Bytes(crypto::CiphertextSum::Normalise(added).value()[0].view());
  };
  v1::EncryptedSum made;
  made.set_measure(0);
  made.set_cell(cell);
  made.set_count(count);
  made.set_sum(ciphertext(sum));
  made.set_squares(ciphertext(squares));
  return made;
}

v1::StoredProposal OpeningWorld::MakeProposal(const v1::RequestState& request) const {
  const agreements::Agreement& terms = cast().agreement();
  const agreements::Output& output = *terms.FindOutput(kOutput);
  const agreements::ElementRef hours = output.Measures()[0];
  const auto counts = agreements::CountShape(terms, output).value();
  const auto of_hours = agreements::MeasureShape(terms, output, hours).value();
  const auto asked = agreements::SignedRequest::Decode(request.request()).value();
  v1::ReleaseBody body;
  body.set_request_id(request.id());
  body.set_request_digest(Bytes(crypto::Sha256(request.request()).view()));
  body.set_agreement_digest(request.agreement_digest());
  body.set_chain_digest(Bytes(cast().chain().view()));
  body.set_epoch(cast().epoch());
  body.set_job(request.job());
  body.set_output(output.id);
  body.set_cohort("linked");
  body.set_left_root(request.left_root());
  body.set_right_root(request.right_root());
  for (std::size_t d = 0; d < counts.rank(); ++d) {
    v1::Dimension* dimension = body.add_dimensions();
    dimension->set_dataset("candidates");
    dimension->set_element(d == 0 ? "pathway" : "clinical_hours");
    dimension->set_party("csun");
    dimension->set_value_count(counts.dimensions()[d].cardinality);
    dimension->set_observation(d == 1);
  }
  std::vector<std::uint64_t> cells;
  for (std::size_t p = 0; p < 3; ++p) {
    cells.insert(cells.end(), {kObserved[p], kUnobserved[p], kObserved[p] + kUnobserved[p]});
  }
  const std::uint64_t observed = TotalOf(kObserved);
  const std::uint64_t unobserved = TotalOf(kUnobserved);
  cells.insert(cells.end(), {observed, unobserved, observed + unobserved});
  body.set_table(TableOf(counts, std::move(cells)));
  const Bytes none = agreements::WitnessSet().Encode();
  body.set_witnesses_digest(Bytes(crypto::Sha256(none).view()));
  for (const auto& [rule, value] :
       {std::pair("minimum cell", "11"), std::pair("minimum denominator", "20")}) {
    v1::RuleApplied* applied = body.add_rules();
    applied->set_rule(rule);
    applied->set_value(value);
  }
  v1::MeasureTable* table = body.add_measure_tables();
  table->set_element(hours.ToString());
  table->set_table(TableOf(of_hours, {kObserved[0], kObserved[1], kObserved[2], observed}));
  table->set_witnesses_digest(body.witnesses_digest());
  body.set_openings_root(Bytes(32, 'o'));
  body.set_matcher("unite-la");

  v1::StoredProposal proposal;
  proposal.set_body(Serialise(body));
  proposal.set_left_party("csun");
  proposal.set_right_party("lausd");
  for (Bytes* witnesses :
       {proposal.mutable_witnesses(), proposal.mutable_witnesses_left(),
        proposal.mutable_witnesses_right(), proposal.add_measure_witnesses(),
        proposal.add_measure_witnesses_left(), proposal.add_measure_witnesses_right()}) {
    *witnesses = none;
  }
  const auto code_key = Home("csun").CodeKey(cast().chain());
  v1::CodeList* pathways = proposal.add_codes();
  for (const Bytes& code :
       SortedCodes(code_key, "candidates", *terms.FindCategory({"candidates", "pathway"}))) {
    pathways->add_codes(code);
  }
  v1::CodeList* observation = proposal.add_codes();
  observation->set_dimension(1);
  observation->add_codes(ObservedCode(code_key, "candidates", "clinical_hours"));
  observation->add_codes(CategoryCode(code_key, "candidates", "clinical_hours", kNotObservedLabel));
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (std::size_t p = 0; p < 3; ++p) {
    *proposal.add_sums() = Encrypt(p, kObserved[p], SumOf(p), SquaresOf(p));
    sum += SumOf(p);
    squares += SquaresOf(p);
  }
  *proposal.add_sums() = Encrypt(3, observed, sum, squares);
  return proposal;
}

void OpeningWorld::Propose(
    const std::function<void(v1::StoredProposal&, v1::ReleaseBody&)>& change) {
  auto body = Parse<v1::ReleaseBody>(stored_.body(), kMaxReleaseBytes).value();
  change(stored_, body);
  stored_.set_body(Serialise(body));
  // As the matcher that it comes from could: by its own log.
  v1::RequestState state = Request();
  state.set_release_digest(Bytes(crypto::Sha256(stored_.body()).view()));
  const storage::Mutation mutations[] = {
      {matcher::RequestViewKey(request_id_), Serialise(state)},
      {matcher::ProposalViewKey(request_id_), Serialise(stored_)}};
  TS_CHECK(world_.view().Apply(world_.record_count() + 1, mutations).ok());
}

v1::ReleaseProposal OpeningWorld::ProposalFor(std::string_view party) const {
  v1::ReleaseProposal proposal;
  proposal.set_body(stored_.body());
  proposal.set_witnesses(stored_.witnesses());
  *proposal.mutable_measure_witnesses() = stored_.measure_witnesses();
  *proposal.mutable_sums() = stored_.sums();
  const bool left = party == "csun";
  proposal.set_own_witnesses(left ? stored_.witnesses_left() : stored_.witnesses_right());
  *proposal.mutable_own_measure_witnesses() =
      left ? stored_.measure_witnesses_left() : stored_.measure_witnesses_right();
  if (left) *proposal.mutable_codes() = stored_.codes();
  for (const std::string_view from : kParties) {
    const auto given = matcher::FindState<v1::Signed>(
        const_cast<OpeningWorld*>(this)->world_.view(), matcher::OpeningViewKey(request_id_, from));
    if (!given.ok() || !*given) continue;
    const auto opening = Parse<v1::Opening>((*given)->body(), kMaxOpeningBytes).value();
    for (const v1::SealedPartials& partials : opening.partials()) {
      if (partials.to() == party) *proposal.add_partials() = partials;
    }
  }
  return proposal;
}

Result<std::unique_ptr<ReviewedRelease>> OpeningWorld::Review(std::string_view party) const {
  return ReviewRelease(Home(party), Request(), ProposalFor(party), world_.now());
}

Result<v1::Signed> OpeningWorld::Open(std::string_view party) const {
  TS_ASSIGN_OR_RETURN(const auto reviewed, Review(party));
  return MakeOpening(Home(party), *reviewed, world_.now());
}

void OpeningWorld::OpenBoth() {
  for (const std::string_view party : kParties) {
    Result<v1::Signed> opening = Open(party);
    if (!opening.ok()) std::fprintf(stderr, "%s\n", opening.error().ToString().c_str());
    world_.Must(party, Opening(std::move(opening).value()));
  }
}

matcher::ReleaseApprovalEvent OpeningWorld::Approve(std::string_view party,
                                                    ByteView statistics) const {
  const Bytes digest(crypto::Sha256(stored_.body() + Bytes(statistics)).view());
  matcher::ReleaseApprovalEvent event;
  event.request_id = request_id_;
  event.approval.set_request_id(request_id_);
  event.approval.set_release_digest(digest);
  event.approval.set_statistics(Bytes(statistics));
  *event.approval.mutable_signature() = Cast::Sign(party, kReleaseDomain, digest);
  for (const std::string_view recipient : {"csun", "pgarcia"}) {
    v1::SealedLabels* labels = event.approval.add_labels();
    labels->set_from(Bytes(party));
    labels->set_to(Bytes(recipient));
    labels->set_sealed("labels");
  }
  return event;
}

}  // namespace tallystick::agents

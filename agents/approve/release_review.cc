#include "agents/approve/release_review.h"

#include <algorithm>

#include "agents/approve/own_rows.h"
#include "agents/approve/standing.h"
#include "agents/encode/category_encoder.h"
#include "agents/submit/own_submission.h"
#include "agreements/measure_table.h"
#include "agreements/policy.h"
#include "agreements/release_answer.h"
#include "agreements/request.h"
#include "agreements/witness.h"
#include "base/file.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "proto/release_labels.h"

namespace tallystick::agents {
namespace {

using agreements::Agreement;
using agreements::Output;

Error Refuse(Literal rule, Literal message, Literal would_pass) {
  return Error(Code::kPermissionDenied, "release.refused", message)
      .Refused({rule, std::nullopt, would_pass});
}

// A request as this agent reads it from the person's own signed bytes.
struct ReadRequest {
  Agreement terms;
  agreements::SignedRequest request;
  agreements::RequestDefinition definition;
  const Output* output = nullptr;  // of `terms`
  // Of `terms`; null where all of the output's datasets are other parties'.
  const agreements::Dataset* own = nullptr;
  Bytes own_root;
  std::string own_submission;  // its id
};

// The submission with this root must have been made by this agent for this dataset under these very
// terms: data given under one agreement are counted under no other.
Result<std::string> FindOwnSubmission(const AgentHome& home, const ReadRequest& read,
                                      const agreements::CeremonyContext& context,
                                      const agreements::Dataset& dataset, ByteView root) {
  const auto refuse = [&] {
    return Error(Code::kPermissionDenied, "release.refused",
                 "the request does not run over this institution's submission")
        .Refused({"REL-OWN-ROOT", agreements::ClauseFor(read.terms, dataset.line),
                  "a request over the submission that this agent made"});
  };
  TS_ASSIGN_OR_RETURN(const std::optional<std::string> id, FindSubmissionByRoot(home, root));
  if (!id) return refuse();
  TS_ASSIGN_OR_RETURN(const bool withdrawn,
                      FileExists(home.SubmissionDirectory(*id) / "withdrawn"));
  if (withdrawn) return refuse();
  TS_ASSIGN_OR_RETURN(const v1::Signed signed_manifest, LoadManifest(home, *id));
  TS_ASSIGN_OR_RETURN(const auto manifest,
                      Parse<v1::Manifest>(signed_manifest.body(), kMaxManifestBytes));
  if (manifest.dataset() != dataset.id || manifest.party() != home.id() ||
      ByteView(manifest.agreement_digest()) != read.terms.digest.view() ||
      ByteView(manifest.chain_digest()) != context.chain.view() ||
      manifest.epoch() != context.epoch) {
    return refuse();
  }
  return *id;
}

Result<std::unique_ptr<ReadRequest>> ReadAndCheck(const AgentHome& home,
                                                  const v1::RequestState& state, Time now) {
  auto read = std::make_unique<ReadRequest>();
  TS_ASSIGN_OR_RETURN(read->terms, home.LoadSigned(ToHex(state.agreement_digest())));
  TS_RETURN_IF_ERROR(RequireInForce(home, read->terms));
  TS_ASSIGN_OR_RETURN(read->request, agreements::SignedRequest::Decode(state.request()));
  TS_ASSIGN_OR_RETURN(const auto context, home.LoadContext(ToHex(state.agreement_digest())));
  TS_RETURN_IF_ERROR(
      agreements::VerifyRequest(read->terms, context.chain, context.epoch, read->request));
  TS_ASSIGN_OR_RETURN(read->definition, agreements::ParseRequest(read->request.file, nullptr));
  const Date today = DateOf(now);
  TS_RETURN_IF_ERROR(
      agreements::MayRequest(read->terms, read->definition, read->request.person, today));
  read->output = read->terms.FindOutput(read->definition.output);
  TS_RETURN_IF_ERROR(agreements::MayRelease(read->terms, read->output->id, today));
  if (!read->output->Measures().empty()) TS_RETURN_IF_ERROR(RequireShare(home, read->terms));
  if (state.id() != read->request.Id() || state.output() != read->output->id) {
    return Refuse("REL-REQUEST", "the matcher calls the request something else than its signer did",
                  "the request as it was signed");
  }
  for (const auto& [dataset_id, root] : {std::pair(&read->output->right, &state.right_root()),
                                         std::pair(&read->output->left, &state.left_root())}) {
    const agreements::Dataset* dataset = read->terms.FindDataset(*dataset_id);
    if (dataset->party != home.id()) continue;
    TS_ASSIGN_OR_RETURN(read->own_submission,
                        FindOwnSubmission(home, *read, context, *dataset, *root));
    read->own = dataset;
    read->own_root = *root;
  }
  return read;
}

// The witnesses of a table must be those that the release names.
Result<agreements::WitnessSet> NamedWitnesses(ByteView encoded, ByteView digest) {
  if (crypto::Sha256(encoded).view() != digest) {
    return Refuse("REL-WITNESSES", "the witnesses are not those that the release names",
                  "the witnesses of the release");
  }
  return agreements::WitnessSet::Decode(encoded);
}

Error MissingWitnesses() {
  return Refuse("REL-WITNESSES", "there are no witnesses for each table of a measure",
                "the witnesses of the release");
}

Status CheckAsOwner(const agreements::RenderedTable& table, ByteView encoded,
                    const agreements::DisclosureRules& rules, const agreements::OwnCounts& own) {
  TS_ASSIGN_OR_RETURN(const auto witnesses, agreements::WitnessSet::Decode(encoded));
  return agreements::CheckWitnesses(table, witnesses, rules, &own);
}

// The codes that the matcher counted by must be this agent's own, in the order of its labels.
Status CheckCodes(const AgentHome& home, const ReadRequest& read, const v1::ReleaseBody& body,
                  const v1::ReleaseProposal& proposal) {
  const auto code_key = home.CodeKey(read.request.chain);
  for (int d = 0; d < body.dimensions_size(); ++d) {
    const v1::Dimension& dimension = body.dimensions(d);
    if (dimension.party() != home.id()) continue;
    std::vector<Bytes> codes;
    if (dimension.observation()) {
      TS_ASSIGN_OR_RETURN(const ObservationCodes both,
                          ObservationCodesOf(code_key, dimension.dataset(), dimension.element()));
      codes = {both.codes[both.observed], both.codes[both.not_observed]};
    } else {
      codes = SortedCodes(code_key, dimension.dataset(),
                          *read.terms.FindCategory({dimension.dataset(), dimension.element()}));
    }
    const auto shown = std::find_if(
        proposal.codes().begin(), proposal.codes().end(),
        [&](const v1::CodeList& it) { return it.dimension() == static_cast<std::uint32_t>(d); });
    if (shown == proposal.codes().end() ||
        !std::equal(shown->codes().begin(), shown->codes().end(), codes.begin(), codes.end())) {
      return Refuse("REL-CODES", "the table counts by other codes than this agent's",
                    "a table by the codes of this agent's submission");
    }
  }
  return Ok();
}

// Every table, as anybody reads it and as this institution does, which knows its own rows.
Status CheckTables(const AgentHome& home, const ReadRequest& read, const v1::ReleaseBody& body,
                   const agreements::AnswerTables& tables, const v1::ReleaseProposal& proposal) {
  const std::vector<agreements::ElementRef> measures = read.output->Measures();
  const int measure_count = static_cast<int>(measures.size());
  if (proposal.measure_witnesses_size() != measure_count) return MissingWitnesses();
  const agreements::DisclosureRules rules = agreements::RulesOf(read.terms);
  const agreements::DisclosureRules measure_rules = agreements::MeasureRules(rules);
  TS_ASSIGN_OR_RETURN(const auto witnesses,
                      NamedWitnesses(proposal.witnesses(), body.witnesses_digest()));
  TS_RETURN_IF_ERROR(agreements::CheckWitnesses(tables.counts, witnesses, rules, nullptr));
  for (int m = 0; m < measure_count; ++m) {
    const auto index = static_cast<std::size_t>(m);
    const agreements::RenderedTable& table = tables.measures[index];
    TS_RETURN_IF_ERROR(agreements::CheckMeasureTable(tables.counts, table, index));
    TS_ASSIGN_OR_RETURN(const auto own, NamedWitnesses(proposal.measure_witnesses(m),
                                                       body.measure_tables(m).witnesses_digest()));
    TS_RETURN_IF_ERROR(agreements::CheckWitnesses(table, own, measure_rules, nullptr));
  }
  if (read.own == nullptr) return Ok();  // it knows no more of the tables than an outsider
  if (proposal.own_measure_witnesses_size() != measure_count) return MissingWitnesses();
  TS_ASSIGN_OR_RETURN(const OwnRows rows,
                      OwnRows::Load(home, {read.terms, *read.output, read.definition, *read.own},
                                    read.request.chain, read.own_submission));
  TS_ASSIGN_OR_RETURN(const agreements::OwnCounts own, rows.ForCounts());
  TS_RETURN_IF_ERROR(CheckAsOwner(tables.counts, proposal.own_witnesses(), rules, own));
  for (int m = 0; m < measure_count; ++m) {
    const auto index = static_cast<std::size_t>(m);
    TS_ASSIGN_OR_RETURN(const auto of_measure, rows.ForMeasure(measures[index]));
    TS_RETURN_IF_ERROR(CheckAsOwner(tables.measures[index], proposal.own_measure_witnesses(m),
                                    measure_rules, of_measure));
  }
  return Ok();
}

}  // namespace

Result<v1::Verdict> ReviewRequest(const AgentHome& home, const v1::RequestState& state, Time now) {
  TS_ASSIGN_OR_RETURN(const auto read, ReadAndCheck(home, state, now));
  const crypto::Digest job =
      agreements::JobOf(read->request, state.left_root(), state.right_root());
  if (ByteView(state.job()) != job.view()) {
    return Refuse("REL-JOB", "the job is not that of the request and its submissions",
                  "the job as both sides compute it");
  }
  v1::Verdict verdict;
  verdict.set_request_id(state.id());
  verdict.set_job(state.job());
  verdict.set_approve(true);
  verdict.set_agreement_digest(state.agreement_digest());
  verdict.set_own_root(read->own_root);
  const auto code_key = home.CodeKey(read->request.chain);
  for (const agreements::FilterTerm& term : read->definition.filter) {
    if (read->terms.FindDataset(term.element.dataset)->party != home.id()) continue;
    v1::FilterCodes* filter = verdict.add_filters();
    filter->set_element(term.element.ToString());
    for (const std::string& value : term.values) {
      filter->add_codes(CategoryCode(code_key, term.element.dataset, term.element.element, value));
    }
  }
  // Which rows have a measure is as opaque as a category.
  for (const agreements::ElementRef& measure : read->output->Measures()) {
    if (read->terms.FindDataset(measure.dataset)->party != home.id()) continue;
    v1::FilterCodes* observed = verdict.add_filters();
    observed->set_element(measure.ToString());
    observed->add_codes(ObservedCode(code_key, measure.dataset, measure.element));
  }
  return verdict;
}

Result<std::unique_ptr<ReviewedRelease>> ReviewRelease(const AgentHome& home,
                                                       const v1::RequestState& state,
                                                       const v1::ReleaseProposal& proposal,
                                                       Time now) {
  TS_ASSIGN_OR_RETURN(auto read, ReadAndCheck(home, state, now));
  const crypto::Digest digest = crypto::Sha256(proposal.body());
  if (digest.view() != ByteView(state.release_digest())) {
    return Refuse("REL-DIGEST", "the matcher shows another release than it logged",
                  "the release that the log commits to");
  }
  TS_ASSIGN_OR_RETURN(const auto body, Parse<v1::ReleaseBody>(proposal.body(), kMaxReleaseBytes));
  if (body.left_root() != state.left_root() || body.right_root() != state.right_root()) {
    return Refuse("REL-BODY", "the release is over other submissions than the request",
                  "a release that answers the request as it was signed");
  }
  if (!body.statistics().empty()) {
    return Refuse("REL-BODY", "the release has statistics before the parties have read them",
                  "statistics that the parties add themselves");
  }
  TS_ASSIGN_OR_RETURN(const auto tables,
                      agreements::CheckAnswers(read->terms, read->request, body));
  TS_RETURN_IF_ERROR(CheckCodes(home, *read, body, proposal));
  TS_RETURN_IF_ERROR(CheckTables(home, *read, body, tables, proposal));
  auto reviewed = std::make_unique<ReviewedRelease>();
  TS_ASSIGN_OR_RETURN(reviewed->sums, ReadSums(*read->output, tables, proposal));
  reviewed->request_id = state.id();
  reviewed->context = {read->terms.digest, read->request.chain, read->request.epoch, {}};
  TS_ASSIGN_OR_RETURN(reviewed->context.job, crypto::Digest::FromBytes(body.job()));
  reviewed->release = digest;
  reviewed->has_measures = !body.measure_tables().empty();
  reviewed->terms = std::move(read->terms);
  reviewed->output = reviewed->terms.FindOutput(body.output());
  return reviewed;
}

Result<std::vector<v1::SealedLabels>> SealLabels(const AgentHome& home,
                                                 const ReviewedRelease& reviewed,
                                                 ByteView release_digest) {
  const Agreement& terms = reviewed.terms;
  const Output& output = *reviewed.output;
  const auto code_key = home.CodeKey(reviewed.context.chain);
  v1::Labels labels;
  for (std::size_t d = 0; d < output.dimensions.size(); ++d) {
    const agreements::ElementRef& element = output.dimensions[d];
    if (terms.FindDataset(element.dataset)->party != home.id()) continue;
    v1::LabelList* list = labels.add_lists();
    list->set_dimension(static_cast<std::uint32_t>(d));
    TS_ASSIGN_OR_RETURN(const auto by_ordinal, LabelsByOrdinal(code_key, terms, element));
    for (const std::string& label : by_ordinal) list->add_labels(label);
  }
  v1::Signed signed_labels;
  signed_labels.set_body(Serialise(labels));
  signed_labels.set_signature(home.identity().keys().signing.Sign(
      kLabelsDomain, LabelsMessage(release_digest, signed_labels.body())));
  signed_labels.set_signer(home.id());
  const Bytes plaintext = Serialise(signed_labels);
  std::vector<v1::SealedLabels> sealed;
  for (const std::string& recipient : output.recipients) {
    TS_ASSIGN_OR_RETURN(const auto key,
                        crypto::SealingPublicKey::FromBytes(terms.SealingKeyOf(recipient)));
    v1::SealedLabels entry;
    entry.set_from(home.id());
    entry.set_to(recipient);
    entry.set_sealed(crypto::SealAuthTo(key, home.identity().keys().sealing,
                                        LabelsInfo(release_digest, recipient), {}, plaintext));
    sealed.push_back(std::move(entry));
  }
  return sealed;
}

}  // namespace tallystick::agents

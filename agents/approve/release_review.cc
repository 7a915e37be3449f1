#include "agents/approve/release_review.h"

#include <algorithm>

#include "agents/approve/standing.h"
#include "agents/encode/category_encoder.h"
#include "agents/submit/own_submission.h"
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

// Labels of a category by ordinal: the order of their codes.
Result<std::vector<std::string>> LabelsByOrdinal(const crypto::SecretBytes<32>& code_key,
                                                 const Agreement& terms,
                                                 const agreements::ElementRef& element) {
  const agreements::Category* category = terms.FindCategory(element);
  if (category == nullptr) return Error(Code::kInternal, "release.category", "no such category");
  return OrdinalLabels(code_key, element.dataset, *category);
}

// What this institution submitted, by the table's own dimensions and after its own filter.
Result<agreements::OwnCounts> CountOwn(const AgentHome& home, const ReadRequest& read) {
  TS_ASSIGN_OR_RETURN(const OwnColumns columns, LoadOwnColumns(home, read.own_submission));
  const agreements::Dataset* dataset = read.own;
  const std::string& dataset_id = dataset->id;
  const auto column_of = [&](std::string_view name) -> const std::vector<std::uint16_t>* {
    for (std::size_t i = 0; i < dataset->categories.size(); ++i) {
      if (dataset->categories[i].name == name && i < columns.ordinals.size()) {
        return &columns.ordinals[i];
      }
    }
    return nullptr;
  };
  struct OwnFilter {
    const std::vector<std::uint16_t>* column;
    std::vector<bool> accepted;
  };
  std::vector<OwnFilter> filters;
  const auto code_key = home.CodeKey(read.request.chain);
  for (const agreements::FilterTerm& term : read.definition.filter) {
    if (term.element.dataset != dataset_id) continue;
    TS_ASSIGN_OR_RETURN(const auto labels, LabelsByOrdinal(code_key, read.terms, term.element));
    OwnFilter filter{column_of(term.element.element), std::vector<bool>(labels.size())};
    for (std::size_t i = 0; i < labels.size(); ++i) {
      filter.accepted[i] =
          std::find(term.values.begin(), term.values.end(), labels[i]) != term.values.end();
    }
    filters.push_back(std::move(filter));
  }
  agreements::OwnCounts own;
  own.side = dataset_id == read.output->left ? agreements::Side::kLeft : agreements::Side::kRight;
  std::vector<std::pair<const std::vector<std::uint16_t>*, std::size_t>> dimensions;
  std::size_t group_count = 1;
  for (const agreements::ElementRef& element : read.output->dimensions) {
    if (element.dataset != dataset_id) continue;
    const std::size_t values = read.terms.FindCategory(element)->values.size();
    dimensions.emplace_back(column_of(element.element), values);
    group_count *= values;
  }
  own.submitted.assign(group_count, 0);
  const std::size_t row_count = columns.ordinals.empty() ? 0 : columns.ordinals.front().size();
  for (std::size_t row = 0; row < row_count; ++row) {
    const bool kept = std::all_of(filters.begin(), filters.end(), [&](const OwnFilter& filter) {
      return filter.column != nullptr && filter.accepted[(*filter.column)[row]];
    });
    if (!kept) continue;
    std::size_t group = 0;
    for (const auto& [column, values] : dimensions) {
      if (column == nullptr)
        return Error(Code::kDataLoss, "release.columns", "a column is missing");
      group = group * values + (*column)[row];
    }
    ++own.submitted[group];
  }
  return own;
}

agreements::DisclosureRules RulesOf(const Agreement& terms) {
  agreements::DisclosureRules rules;
  rules.min_cell = terms.disclosure.min_cell;
  rules.min_denominator = terms.disclosure.min_denominator;
  rules.optimal = terms.disclosure.optimal;
  rules.clause = agreements::ClauseFor(terms, terms.disclosure.line);
  return rules;
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
  return verdict;
}

Status ReviewRelease(const AgentHome& home, const v1::RequestState& state,
                     const v1::ReleaseProposal& proposal, Time now) {
  TS_ASSIGN_OR_RETURN(const auto read, ReadAndCheck(home, state, now));
  if (crypto::Sha256(proposal.body()).view() != ByteView(state.release_digest())) {
    return Refuse("REL-DIGEST", "the matcher shows another release than it logged",
                  "the release that the log commits to");
  }
  TS_ASSIGN_OR_RETURN(const auto body, Parse<v1::ReleaseBody>(proposal.body(), kMaxReleaseBytes));
  if (body.left_root() != state.left_root() || body.right_root() != state.right_root()) {
    return Refuse("REL-BODY", "the release is over other submissions than the request",
                  "a release that answers the request as it was signed");
  }
  TS_ASSIGN_OR_RETURN(const auto table, agreements::CheckAnswers(read->terms, read->request, body));
  const agreements::DisclosureRules rules = RulesOf(read->terms);
  if (crypto::Sha256(proposal.witnesses()).view() != ByteView(body.witnesses_digest())) {
    return Refuse("REL-WITNESSES", "the witnesses are not those that the release names",
                  "the witnesses of the release");
  }
  TS_ASSIGN_OR_RETURN(const auto witnesses, agreements::WitnessSet::Decode(proposal.witnesses()));
  TS_RETURN_IF_ERROR(agreements::CheckWitnesses(table, witnesses, rules, nullptr));
  if (read->own == nullptr) return Ok();  // it knows no more of the table than an outsider
  TS_ASSIGN_OR_RETURN(const auto own_witnesses,
                      agreements::WitnessSet::Decode(proposal.own_witnesses()));
  TS_ASSIGN_OR_RETURN(const agreements::OwnCounts own, CountOwn(home, *read));
  return agreements::CheckWitnesses(table, own_witnesses, rules, &own);
}

Result<std::vector<v1::SealedLabels>> SealLabels(const AgentHome& home,
                                                 const v1::RequestState& state,
                                                 const v1::ReleaseProposal& proposal) {
  TS_ASSIGN_OR_RETURN(const Agreement terms, home.LoadSigned(ToHex(state.agreement_digest())));
  const Output* output = terms.FindOutput(state.output());
  if (output == nullptr) return Error(Code::kInternal, "release.output", "no such output");
  TS_ASSIGN_OR_RETURN(const auto context, home.LoadContext(ToHex(state.agreement_digest())));
  const auto code_key = home.CodeKey(context.chain);
  v1::Labels labels;
  for (std::size_t d = 0; d < output->dimensions.size(); ++d) {
    const agreements::ElementRef& element = output->dimensions[d];
    if (terms.FindDataset(element.dataset)->party != home.id()) continue;
    v1::LabelList* list = labels.add_lists();
    list->set_dimension(static_cast<std::uint32_t>(d));
    TS_ASSIGN_OR_RETURN(const auto by_ordinal, LabelsByOrdinal(code_key, terms, element));
    for (const std::string& label : by_ordinal) list->add_labels(label);
    // The codes the matcher counted by must be this agent's own, in this order.
    const auto codes = SortedCodes(code_key, element.dataset, *terms.FindCategory(element));
    const auto shown = std::find_if(
        proposal.codes().begin(), proposal.codes().end(),
        [&](const v1::CodeList& it) { return it.dimension() == static_cast<std::uint32_t>(d); });
    if (shown == proposal.codes().end() ||
        !std::equal(shown->codes().begin(), shown->codes().end(), codes.begin(), codes.end())) {
      return Refuse("REL-CODES", "the table counts by other codes than this agent's",
                    "a table by the codes of this agent's submission");
    }
  }
  v1::Signed signed_labels;
  signed_labels.set_body(Serialise(labels));
  signed_labels.set_signature(home.identity().keys().signing.Sign(
      kLabelsDomain, LabelsMessage(state.release_digest(), signed_labels.body())));
  signed_labels.set_signer(home.id());
  const Bytes plaintext = Serialise(signed_labels);
  std::vector<v1::SealedLabels> sealed;
  for (const std::string& recipient : output->recipients) {
    TS_ASSIGN_OR_RETURN(const auto key,
                        crypto::SealingPublicKey::FromBytes(terms.SealingKeyOf(recipient)));
    v1::SealedLabels entry;
    entry.set_from(home.id());
    entry.set_to(recipient);
    entry.set_sealed(crypto::SealAuthTo(key, home.identity().keys().sealing,
                                        LabelsInfo(state.release_digest(), recipient), {},
                                        plaintext));
    sealed.push_back(std::move(entry));
  }
  return sealed;
}

}  // namespace tallystick::agents

#include "client/release.h"

#include <algorithm>

#include "agreements/measure_table.h"
#include "agreements/release_answer.h"
#include "agreements/request.h"
#include "agreements/witness.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "proto/receipt.h"
#include "proto/release_labels.h"

namespace tallystick::client {
namespace {

constexpr std::size_t kMaxLabelsBytes = 8 * 1024 * 1024;

Error Refuse(Literal id, Literal message) { return Error(Code::kPermissionDenied, id, message); }

const v1::Signed* FindBy(const std::vector<v1::Signed>& list, std::string_view signer) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const v1::Signed& it) { return it.signer() == signer; });
  return found == list.end() ? nullptr : &*found;
}

Status CheckSignature(const std::vector<v1::Signed>& signatures, std::string_view signer,
                      ByteView key_bytes, const crypto::Digest& digest) {
  const v1::Signed* signature = FindBy(signatures, signer);
  if (signature == nullptr) {
    return Refuse("release.unsigned", "a signature of the release is missing");
  }
  TS_ASSIGN_OR_RETURN(const auto key, crypto::VerifyKey::FromBytes(key_bytes));
  if (!key.Verify(kReleaseDomain, digest.view(), signature->signature()).ok()) {
    return Refuse("release.signature", "a signature of the release does not hold");
  }
  return Ok();
}

// The labels of one party, after checking its signature and that there is one per ordinal.
Status CheckLabels(const Release& release, const agreements::Party& party,
                   const crypto::Digest& digest) {
  const v1::Signed* labels = FindBy(release.labels, party.id);
  TS_ASSIGN_OR_RETURN(const auto key, crypto::VerifyKey::FromBytes(party.signing_key));
  if (labels == nullptr ||
      !key.Verify(kLabelsDomain, LabelsMessage(digest.view(), labels->body()), labels->signature())
           .ok()) {
    return Refuse("release.labels", "the labels of a party are missing or not signed by it");
  }
  TS_ASSIGN_OR_RETURN(const auto lists, Parse<v1::Labels>(labels->body(), kMaxLabelsBytes));
  for (int d = 0; d < release.body.dimensions_size(); ++d) {
    const v1::Dimension& dimension = release.body.dimensions(d);
    if (dimension.party() != party.id || dimension.observation()) continue;
    const agreements::Category* category =
        release.agreement.FindCategory({dimension.dataset(), dimension.element()});
    const v1::LabelList* own = nullptr;
    for (const v1::LabelList& list : lists.lists()) {
      if (list.dimension() == static_cast<std::uint32_t>(d)) own = &list;
    }
    std::vector<std::string> sorted;
    if (own != nullptr) sorted.assign(own->labels().begin(), own->labels().end());
    std::sort(sorted.begin(), sorted.end());
    std::vector<std::string> declared;
    if (category != nullptr) declared = category->values;
    std::sort(declared.begin(), declared.end());
    if (sorted.empty() || sorted != declared) {
      return Refuse("release.labels", "the labels are not the values of the agreement");
    }
  }
  return Ok();
}

// A table against the witnesses that its digest names.
Status CheckTable(const agreements::RenderedTable& table, ByteView encoded, ByteView digest,
                  const agreements::DisclosureRules& rules) {
  if (crypto::Sha256(encoded).view() != digest) {
    return Refuse("release.witnesses", "the witnesses are not those that were signed");
  }
  TS_ASSIGN_OR_RETURN(const auto witnesses, agreements::WitnessSet::Decode(encoded));
  return agreements::CheckWitnesses(table, witnesses, rules, nullptr);
}

Status CheckTables(const Release& release, const agreements::SignedRequest& request) {
  const v1::ReleaseBody& body = release.body;
  TS_ASSIGN_OR_RETURN(const auto tables,
                      agreements::CheckAnswers(release.agreement, request, body));
  const agreements::DisclosureRules rules = agreements::RulesOf(release.agreement);
  TS_RETURN_IF_ERROR(CheckTable(tables.counts, release.witnesses, body.witnesses_digest(), rules));
  if (release.measure_witnesses.size() != tables.measures.size()) {
    return Refuse("release.witnesses", "the witnesses are not those that were signed");
  }
  for (std::size_t m = 0; m < tables.measures.size(); ++m) {
    const agreements::RenderedTable& table = tables.measures[m];
    TS_RETURN_IF_ERROR(agreements::CheckMeasureTable(tables.counts, table, m));
    TS_RETURN_IF_ERROR(CheckTable(table, release.measure_witnesses[m],
                                  body.measure_tables(static_cast<int>(m)).witnesses_digest(),
                                  agreements::MeasureRules(rules)));
  }
  return agreements::CheckStatistics(*release.agreement.FindOutput(body.output()), tables, body);
}

// The file shown with the release asks what the release answers, in whatever words.
Status CheckSameQuestion(const Release& release, const agreements::SignedRequest& request) {
  TS_ASSIGN_OR_RETURN(const auto answered, agreements::ParseRequest(request.file, nullptr));
  TS_ASSIGN_OR_RETURN(const auto shown, agreements::ParseRequest(release.request_file, nullptr));
  if (agreements::DefinitionDigest(release.agreement, answered) ==
      agreements::DefinitionDigest(release.agreement, shown)) {
    return Ok();
  }
  return Refuse("release.question", "the release answers another question than it is shown with");
}

// That the release was published, and not only signed by a party.
Status CheckReceipt(const Release& release, const crypto::Digest& digest) {
  TS_ASSIGN_OR_RETURN(const auto log_key,
                      crypto::VerifyKey::FromBytes(release.agreement.matcher.signing_key));
  TS_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                      VerifyReceipt(release.receipt, crypto::Sha256(digest.view()), log_key));
  if (release.receipt.event() != "release.published") {
    return Refuse("log.verify-event", "the receipt is of something else than the publication");
  }
  if (checkpoint.origin == release.matcher.log_origin()) return Ok();
  return Refuse("log.verify-origin", "the receipt is of another log than the release names");
}

// What was asked under the id that the reader knows, by the asker's own signature.
Result<agreements::SignedRequest> OpenAsked(const Release& release, ByteView encoded,
                                            std::string_view request_id) {
  TS_ASSIGN_OR_RETURN(auto asked, agreements::SignedRequest::Decode(encoded));
  TS_ASSIGN_OR_RETURN(const auto chain, crypto::Digest::FromBytes(release.body.chain_digest()));
  if (asked.Id() != request_id) {
    return Refuse("release.request", "the matcher answers another request than was asked for");
  }
  TS_RETURN_IF_ERROR(agreements::VerifyRequest(
      release.agreement, chain, static_cast<std::uint32_t>(release.body.epoch()), asked));
  return asked;
}

}  // namespace

Status CheckRelease(const Release& release) {
  const crypto::Digest digest = crypto::Sha256(release.body_bytes);
  if (ByteView(release.body.agreement_digest()) != release.agreement.digest.view()) {
    return Refuse("release.agreement", "the release is under another agreement");
  }
  TS_ASSIGN_OR_RETURN(const auto chain, crypto::Digest::FromBytes(release.body.chain_digest()));
  TS_ASSIGN_OR_RETURN(const auto request, agreements::SignedRequest::Decode(release.request));
  TS_RETURN_IF_ERROR(agreements::VerifyRequest(
      release.agreement, chain, static_cast<std::uint32_t>(release.body.epoch()), request));
  TS_RETURN_IF_ERROR(CheckTables(release, request));
  TS_RETURN_IF_ERROR(CheckSignature(release.signatures, release.body.matcher(),
                                    release.agreement.matcher.signing_key, digest));
  // A second set of labels in a party's name would be shown, and nobody would have signed it.
  if (release.labels.size() != release.agreement.parties.size()) {
    return Refuse("release.labels", "there is not exactly one set of labels for each party");
  }
  for (const agreements::Party& party : release.agreement.parties) {
    TS_RETURN_IF_ERROR(CheckSignature(release.signatures, party.id, party.signing_key, digest));
    TS_RETURN_IF_ERROR(CheckLabels(release, party, digest));
  }
  TS_RETURN_IF_ERROR(CheckReceipt(release, digest));
  return CheckSameQuestion(release, request);
}

Result<Release> OpenBundle(const v1::ReleaseBundle& bundle, const Identity& reader,
                           std::string_view request_id) {
  Release release;
  if (bundle.body().empty()) {
    return Error(Code::kPermissionDenied, "release.not-a-recipient",
                 "this member sees that there is a release, and not the table")
        .Refused({"AGR-NOT-RECIPIENT", std::nullopt, "being named as a recipient of the output"});
  }
  TS_ASSIGN_OR_RETURN(release.agreement,
                      agreements::ParseAgreement(bundle.agreement_text(), nullptr));
  release.body_bytes = bundle.body();
  TS_ASSIGN_OR_RETURN(release.body, Parse<v1::ReleaseBody>(bundle.body(), kMaxReleaseBytes));
  release.witnesses = bundle.witnesses();
  release.measure_witnesses.assign(bundle.measure_witnesses().begin(),
                                   bundle.measure_witnesses().end());
  release.request = bundle.state().request();
  TS_ASSIGN_OR_RETURN(auto asked, OpenAsked(release, bundle.asked(), request_id));
  release.request_file = std::move(asked.file);
  release.receipt = bundle.receipt();
  release.matcher = bundle.matcher();
  const crypto::Digest digest = crypto::Sha256(release.body_bytes);
  v1::Signed matcher_signature;
  matcher_signature.set_signer(release.body.matcher());
  matcher_signature.set_signature(bundle.state().matcher_signature());
  release.signatures.push_back(std::move(matcher_signature));
  for (const v1::PartyMessage& given : bundle.state().release_signatures()) {
    v1::Signed signature;
    signature.set_signer(given.party());
    signature.set_signature(given.message().signature());
    release.signatures.push_back(std::move(signature));
  }
  for (const v1::SealedLabels& sealed : bundle.state().labels()) {
    if (sealed.to() != reader.id()) continue;
    const agreements::Party* from = release.agreement.FindParty(sealed.from());
    if (from == nullptr) return Refuse("release.labels", "labels of someone who is no party");
    if (release.agreement.SealingKeyOf(reader.id()) != reader.keys().sealing.public_key().view()) {
      return Refuse("release.other-keys",
                    "the release is sealed to keys that this home does not have, because they were "
                    "lost or replaced: ask another recipient for it");
    }
    TS_ASSIGN_OR_RETURN(const auto from_key,
                        crypto::SealingPublicKey::FromBytes(from->sealing_key));
    TS_ASSIGN_OR_RETURN(
        const Bytes plaintext,
        crypto::OpenAuthSealed(reader.keys().sealing, from_key,
                               LabelsInfo(digest.view(), reader.id()), {}, sealed.sealed()));
    TS_ASSIGN_OR_RETURN(v1::Signed labels, Parse<v1::Signed>(plaintext, kMaxLabelsBytes));
    release.labels.push_back(std::move(labels));
  }
  TS_RETURN_IF_ERROR(CheckRelease(release));
  return release;
}

std::vector<std::string> LabelsOf(const Release& release, std::size_t d) {
  const v1::Dimension& dimension = release.body.dimensions(static_cast<int>(d));
  std::vector<std::string> labels;
  for (const v1::Signed& by_party : release.labels) {
    if (by_party.signer() != dimension.party()) continue;
    const auto lists = Parse<v1::Labels>(by_party.body(), kMaxLabelsBytes);
    TS_CHECK(lists.ok());
    for (const v1::LabelList& list : lists->lists()) {
      if (list.dimension() == d) labels.assign(list.labels().begin(), list.labels().end());
    }
  }
  if (dimension.with_not_linked()) labels.emplace_back("not linked");
  return labels;
}

}  // namespace tallystick::client

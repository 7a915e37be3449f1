#include "agreements/request.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agreements/internal/table_reader.h"
#include "agreements/internal/wire_reader.h"
#include "crypto/random.h"

namespace tallystick::agreements {
namespace {

void ReadFilter(TableReader& root, Problems& problems, RequestDefinition& definition) {
  const TomlNode* table = root.Table("filter");
  if (table == nullptr) return;
  TableReader reader(*table, "[filter]", problems);
  if (table->entries.size() > kMaxFilters) {
    problems.Error(table->line, table->column, "more than 64 filters");
    return;
  }
  for (const TomlEntry& entry : table->entries) {
    const auto dot = entry.key.find('.');
    if (entry.value.kind == TomlNode::Kind::kTable || dot == std::string::npos) {
      problems.Error(entry.line, entry.column,
                     Quoted(entry.key) +
                         " must name dataset and element, between quotes: \"dataset.element\"");
      continue;
    }
    FilterTerm term;
    term.element = {entry.key.substr(0, dot), entry.key.substr(dot + 1)};
    term.line = entry.line;
    for (Listed& value : reader.Strings(entry.key, kMaxCategoryValues)) {
      term.values.push_back(std::move(value.text));
    }
    definition.filter.push_back(std::move(term));
  }
}

// The values that restrict anything, sorted; empty when all declared values are named.
std::vector<std::string> Restricting(const Agreement& agreement, const FilterTerm& term) {
  const std::set<std::string> values(term.values.begin(), term.values.end());
  const Category* category = agreement.FindCategory(term.element);
  const bool everything =
      category != nullptr && std::all_of(category->values.begin(), category->values.end(),
                                         [&](const auto& value) { return values.contains(value); });
  if (everything) return {};
  return {values.begin(), values.end()};
}

Error Refuse(const Agreement& agreement, int line, Literal id, Literal message, Literal rule,
             Literal would_pass, std::string_view person) {
  return Error(Code::kPermissionDenied, id, message)
      .With("person", Name(person))
      .Refused({rule, ClauseFor(agreement, line), would_pass});
}

}  // namespace

const FilterTerm* RequestDefinition::FindFilter(const ElementRef& element) const {
  const auto found = std::find_if(filter.begin(), filter.end(),
                                  [&](const FilterTerm& term) { return term.element == element; });
  return found == filter.end() ? nullptr : &*found;
}

Result<RequestDefinition> ParseRequest(ByteView text, std::vector<Diagnostic>* diagnostics) {
  if (text.size() > kMaxRequestBytes) {
    return Error(Code::kInvalidArgument, "request.too-large",
                 "a request file has at most 262144 bytes")
        .With("bytes", text.size());
  }
  if (!IsUtf8(text)) {
    return Error(Code::kInvalidArgument, "request.not-utf8", "a request file is UTF-8 text");
  }
  Problems problems;
  RequestDefinition definition;
  const TomlNode root = ParseToml(text, problems);
  if (problems.empty()) {
    TableReader reader(root, "", problems);
    definition.lines = reader.lines();
    definition.agreement = reader.Text("agreement");
    definition.output = reader.LongId("output");
    definition.question = reader.Paragraph("question");
    ReadFilter(reader, problems, definition);
    reader.Finish();
  }
  if (!problems.empty()) {
    const auto sorted = problems.Sorted();
    if (diagnostics != nullptr) {
      diagnostics->insert(diagnostics->end(), sorted.begin(), sorted.end());
    }
    return Error(Code::kInvalidArgument, "request.invalid", "the request file has problems")
        .With("line", static_cast<std::uint64_t>(sorted.front().line))
        .With("problems", problems.count());
  }
  return definition;
}

crypto::Digest DefinitionDigest(const Agreement& agreement, const RequestDefinition& definition) {
  std::vector<const FilterTerm*> terms;
  for (const FilterTerm& term : definition.filter) terms.push_back(&term);
  std::sort(terms.begin(), terms.end(),
            [](const FilterTerm* a, const FilterTerm* b) { return a->element < b->element; });
  Bytes message;
  AppendLp(message, "tallystick/v1/request-definition");
  message += agreement.digest.view();
  AppendLp(message, definition.output);
  for (const FilterTerm* term : terms) {
    const std::vector<std::string> values = Restricting(agreement, *term);
    if (values.empty()) continue;
    AppendLp(message, term->element.dataset);
    AppendLp(message, term->element.element);
    AppendU32(message, static_cast<std::uint32_t>(values.size()));
    for (const std::string& value : values) AppendLp(message, value);
  }
  return crypto::Sha256(message);
}

SignedRequest SignedRequest::Make(const crypto::Digest& digest, const crypto::Digest& chain,
                                  std::uint32_t epoch, std::string person, Bytes file, Time time,
                                  const crypto::SigningKey& signing_key) {
  SignedRequest request;
  request.digest = digest;
  request.chain = chain;
  request.epoch = epoch;
  request.person = std::move(person);
  request.file = std::move(file);
  request.nonce = crypto::RandomBytes(kNonceSize);
  request.time = time;
  request.signature = signing_key.Sign(kDomain, request.Body());
  return request;
}

Bytes SignedRequest::Body() const {
  Bytes out;
  out += digest.view();
  out += chain.view();
  AppendU32(out, epoch);
  AppendLp(out, person);
  out += crypto::Sha256(file).view();
  AppendLp(out, file);
  out += nonce;
  AppendMoment(out, time);
  return out;
}

Bytes SignedRequest::Encode() const { return Body() + signature; }

Result<SignedRequest> SignedRequest::Decode(ByteView bytes) {
  WireReader reader(bytes);
  SignedRequest request;
  request.digest = reader.Hash();
  request.chain = reader.Hash();
  request.epoch = reader.U32();
  request.person = reader.Id();
  const crypto::Digest file_hash = reader.Hash();
  request.file = reader.Lp(kMaxRequestBytes);
  request.nonce = reader.Fixed(kNonceSize);
  request.time = reader.Moment();
  request.signature = reader.Fixed(crypto::kSignatureSize);
  if (!reader.Finished() || file_hash != crypto::Sha256(request.file)) {
    return Error(Code::kInvalidArgument, "request.malformed", "a signed request is malformed");
  }
  return request;
}

std::string SignedRequest::Id() const { return crypto::Sha256(Body()).hex().substr(0, 16); }

Status VerifyRequest(const Agreement& agreement, const crypto::Digest& chain, std::uint32_t epoch,
                     const SignedRequest& request) {
  if (request.digest != agreement.digest || request.chain != chain || request.epoch != epoch) {
    return Refuse(agreement, agreement.lines.Of("version", 0), "request.agreement",
                  "the request was signed for another agreement, version or epoch",
                  "AGR-REQUEST-AGREEMENT", "a request signed for the version now in force",
                  request.person);
  }
  const Person* person = agreement.FindPerson(request.person);
  if (person == nullptr) {
    return Refuse(agreement, 0, "request.person", "the request is by no person of the agreement",
                  "AGR-PERSON-UNKNOWN", "a request by a person the agreement names",
                  request.person);
  }
  const auto key = crypto::VerifyKey::FromBytes(person->signing_key);
  if (!key.ok()) {
    return Refuse(agreement, person->line, "request.person",
                  "the agreement has no signing key for this person", "AGR-PERSON-NO-KEY",
                  "an amendment that gives the person's signing key", request.person);
  }
  if (!key->Verify(SignedRequest::kDomain, request.Body(), request.signature).ok()) {
    return Refuse(agreement, person->line_of("signing_key"), "request.signature",
                  "the request is not signed with the person's key in the agreement",
                  "AGR-SIGNATURE", "a request signed with the key the agreement names",
                  request.person);
  }
  return Ok();
}

}  // namespace tallystick::agreements

#include "tests/unit/matcher/service/service_world.h"

#include <cstdio>
#include <map>
#include <utility>

#include "base/check.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "storage/memory_view.h"
#include "storage/reconcile.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kMembers[] = {"csun", "lausd", "ucla", "pgarcia",
                                         "rlee", "mchen", "nkim", "vsmith"};

const Cast& TheCast() {
  static const Cast* const cast = new Cast();
  return *cast;
}

Result<std::vector<storage::Mutation>> Decode(const storage::LogRecord& record,
                                              const storage::View&) {
  return MutationsOfPayload(record.payload);
}

}  // namespace

ServiceWorld::ServiceWorld()
    : clock_(Cast::Now()),
      disk_(1),
      authority_(crypto::CertificateAuthority::Create("test matcher", Cast::Now()).value()),
      service_(std::make_unique<MatcherService>(Parts())) {
  Populate();
  service_->Open();
}

void ServiceWorld::Restart() {
  service_.reset();
  destruction_.reset();
  registry_.reset();
  data_keys_.reset();
  chunks_.reset();
  service_ = std::make_unique<MatcherService>(Parts());
  service_->Open();
}

ServiceParts ServiceWorld::Parts() {
  chunks_ = storage::ChunkStore::Open(disk_, "/chunks").value();
  data_keys_ = storage::DataKeys::Open(disk_, "/keys").value();
  auto log = storage::CommitLog::Open(disk_, "/log", {}).value();
  auto view = std::make_unique<storage::MemoryView>();
  TS_CHECK(storage::ReconcileView(*log, *view, Decode).ok());
  registry_ =
      Registry::Start(std::move(log), std::move(view), Cast::Matcher(), clock_, [](const Error&) {
        TS_CHECK(false);
      }).value();
  ServiceParts parts;
  parts.registry = registry_.get();
  parts.chunks = chunks_.get();
  parts.data_keys = data_keys_.get();
  destruction_ = std::make_unique<DataDestruction>(*registry_, *data_keys_, *chunks_);
  parts.destruction = destruction_.get();
  parts.authority = &authority_;
  parts.sealing_key = &Cast::Member("unite-la").sealing_key;
  parts.clock = &clock_;
  parts.refusals = &refusals_;
  parts.check_disk = [this]() -> Status {
    if (!disk_is_full_) return Ok();
    return Error(Code::kExhausted, "storage.disk-floor", "the disk is too full");
  };
  parts.wake_pipeline = [] {};
  return parts;
}

const crypto::TlsKey& ServiceWorld::TlsKeyOf(std::string_view who) {
  static auto* const keys = new std::map<std::string, crypto::TlsKey, std::less<>>();
  const auto found = keys->find(who);
  if (found != keys->end()) return found->second;
  return keys->emplace(std::string(who), crypto::TlsKey::Generate()).first->second;
}

std::optional<crypto::PeerIdentity> ServiceWorld::PeerOf(std::string_view who) {
  if (who == "none") return std::nullopt;
  crypto::PeerIdentity peer;
  peer.uri =
      Cast::RoleOf(who) == v1::ROLE_INSTITUTION ? "tallystick:institution:" : "tallystick:person:";
  peer.uri += who;
  peer.spki_digest = TlsKeyOf(who).spki_digest();
  peer.not_after = Cast::Now() + std::chrono::days(90);
  peer.serial_hex = "01";
  return peer;
}

HttpRequest ServiceWorld::RequestOf(std::string_view who, Method method, std::string target,
                                    Bytes body) {
  HttpRequest request;
  request.method = method;
  request.target = std::move(target);
  request.body = std::move(body);
  request.peer = PeerOf(who);
  if (method != Method::kGet) {
    Bytes id;
    AppendU64(id, 0);
    AppendU64(id, ++request_count_);
    request.idempotency_id = ToHex(id);
    request.content_type = "application/x-protobuf";
  }
  return request;
}

HttpResponse ServiceWorld::Send(const HttpRequest& request) {
  HttpRequest head = request;
  head.body.clear();
  const auto admitted = service_->Admit(head);
  if (const auto* refused = std::get_if<HttpResponse>(&admitted)) return *refused;
  TS_CHECK(request.body.size() <= std::get<std::uint64_t>(admitted));
  return service_->Handle(request);
}

HttpResponse ServiceWorld::Post(std::string_view who, std::string target,
                                const google::protobuf::MessageLite& body) {
  return Send(RequestOf(who, Method::kPost, std::move(target), Serialise(body)));
}

ManifestFacts ServiceWorld::FactsOf(std::uint64_t number) {
  ManifestFacts facts;
  facts.number = number;
  if (number == 2) {
    facts.party = "lausd";
    facts.dataset = "hr";
  }
  if (number > 2) {
    facts.sequence = 2;
    const v1::Signed first = TheCast().Open(FactsOf(1)).manifest;
    facts.previous_manifest = Bytes(crypto::Sha256(first.body()).view());
  }
  return facts;
}

Bytes ServiceWorld::SealedChunk(const ManifestFacts& facts, std::uint32_t index) const {
  Bytes aad(TheCast().ManifestOf(facts).submission_id());
  AppendU32(aad, index);
  return crypto::SealTo(Cast::Member("unite-la").sealing_key.public_key(), kChunkSealInfo, aad,
                        TheCast().ChunksOf(facts)[index]);
}

const Cast& ServiceWorld::cast() const { return TheCast(); }

Bytes ServiceWorld::Do(std::string_view actor, decltype(Event::what) what) {
  Event event;
  event.actor = Cast::ActorOf(actor);
  event.what = std::move(what);
  Result<Bytes> answer = registry_->Submit(std::move(event));
  if (!answer.ok()) std::fprintf(stderr, "%s\n", answer.error().ToString().c_str());
  return std::move(answer).value();
}

v1::RequestState ServiceWorld::Reload(const v1::RequestState& request) const {
  return GetState<v1::RequestState>(registry_->view(), RequestViewKey(request.id())).value();
}

v1::RequestState ServiceWorld::Ask(std::string_view output, std::string_view nonce,
                                   std::string_view filter) {
  const Bytes answer =
      Do("pgarcia", Cast::Ask(TheCast().Request(output, nonce, "pgarcia", filter)));
  return Parse<v1::RequestState>(answer, kMaxStateBytes).value();
}

void ServiceWorld::Populate() {
  const Cast& cast = TheCast();
  for (const std::string_view id : kMembers) {
    Do(kOperator, Cast::Invite(id, Cast::Secret(id)));
    Do(id, Cast::Enrol(Cast::EnrolmentOf(id, Cast::Secret(id)), Cast::Member(id).signing_key,
                       TlsKeyOf(id).spki_digest()));
  }
  Do("csun", cast.Propose("csun"));
  for (const std::string_view party : {"csun", "lausd"}) Do(party, cast.Commit(party));
  for (const std::string_view party : {"csun", "lausd"}) Do(party, cast.Reveal(party));
  for (const std::string_view party : {"csun", "lausd"}) Do(party, cast.Confirm(party));
  Do("csun", cast.Open(FactsOf(1)));
  Do("csun", CommitSubmissionEvent{Cast::SubmissionId(1)});
  Do("lausd", cast.Open(FactsOf(2)));
  Do("lausd", CommitSubmissionEvent{Cast::SubmissionId(2)});
  for (const std::uint64_t number : {3, 4}) {
    const std::string space = SpaceOf(Cast::SubmissionId(number));
    Do("csun", cast.Open(FactsOf(number)));
    TS_CHECK(data_keys_->Create(space).ok());
    const std::vector<Bytes> chunks = cast.ChunksOf(FactsOf(number));
    for (std::size_t i = number == 3 ? 1 : 0; i < chunks.size(); ++i) {
      TS_CHECK(
          chunks_->Put(space, crypto::Sha256(chunks[i]), data_keys_->Get(space).value(), chunks[i])
              .ok());
    }
  }
  waiting_ = Ask("hired_by_pathway", "waiting");
  made_ = Ask("hired_by_pathway", "made");
  released_ = Ask("retention_by_pathway", "released");
  measured_ = Ask("retention_by_pathway", "measured",
                  "[filter]\n\"candidates.completion_year\" = [\"2019\"]\n");
  for (v1::RequestState* request : {&made_, &released_, &measured_}) {
    for (const std::string_view party : {"csun", "lausd"}) {
      Do(party, Cast::Verdict(party, *request));
    }
    Do(kService, request == &measured_ ? Cast::TableWithMeasure(*request) : Cast::Table(*request));
    *request = Reload(*request);
  }
  for (const std::string_view party : {"csun", "lausd"}) Do(party, Cast::Approve(party, released_));
  released_ = Reload(released_);
}

std::string ErrorIdOf(const HttpResponse& response) {
  if (response.status < 400) return "";
  const auto body = Parse<v1::ErrorBody>(response.body);
  return body.ok() ? body->id() : "?";
}

}  // namespace tallystick::matcher

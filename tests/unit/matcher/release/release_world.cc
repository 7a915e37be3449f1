#include "tests/unit/matcher/release/release_world.h"

#include <cstdio>
#include <utility>

#include "base/check.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/codec.h"
#include "storage/memory_view.h"

namespace tallystick::matcher {

ReleaseWorld::ReleaseWorld() : clock_(Cast::Now()), disk_(1) {
  chunks_ = storage::ChunkStore::Open(disk_, "/chunks").value();
  data_keys_ = storage::DataKeys::Open(disk_, "/keys").value();
  registry_ = Registry::Start(storage::CommitLog::Open(disk_, "/log", {}).value(),
                              std::make_unique<storage::MemoryView>(), Cast::Matcher(), clock_,
                              [](const Error&) { TS_CHECK(false); })
                  .value();
  const Cast& cast = TheCast();
  for (const std::string_view id : {"csun", "lausd", "pgarcia"}) {
    Must(kOperator, Cast::Invite(id, Cast::Secret(id)));
    Must(id, Cast::Enrol(id, Cast::Secret(id)));
  }
  Must("csun", cast.Propose("csun"));
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast.Commit(party));
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast.Reveal(party));
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast.Confirm(party));
  Upload(1);
  Upload(2);
}

const Cast& ReleaseWorld::TheCast() {
  static const Cast* const cast = new Cast();
  return *cast;
}

ManifestFacts ReleaseWorld::FactsOf(std::uint64_t number) {
  ManifestFacts facts;
  facts.number = number;
  facts.row_count = kRows;
  if (number == 2) {
    facts.party = "lausd";
    facts.dataset = "hr";
  }
  return facts;
}

void ReleaseWorld::Upload(std::uint64_t number) {
  const ManifestFacts facts = FactsOf(number);
  const std::string space = SpaceOf(Cast::SubmissionId(number));
  Must(facts.party, TheCast().Open(facts));
  TS_CHECK(data_keys_->Create(space).ok());
  const auto key = data_keys_->Get(space);
  for (const Bytes& chunk : TheCast().ChunksOf(facts)) {
    TS_CHECK(chunks_->Put(space, crypto::Sha256(chunk), *key, chunk).ok());
  }
  Must(facts.party, CommitSubmissionEvent{Cast::SubmissionId(number)});
}

Result<Bytes> ReleaseWorld::Do(std::string_view actor, decltype(Event::what) what) {
  Event event;
  event.actor = Cast::ActorOf(actor);
  event.what = std::move(what);
  return registry_->Submit(std::move(event));
}

void ReleaseWorld::Must(std::string_view actor, decltype(Event::what) what) {
  const Result<Bytes> answer = Do(actor, std::move(what));
  if (!answer.ok()) std::fprintf(stderr, "%s\n", answer.error().ToString().c_str());
  TS_CHECK(answer.ok());
}

v1::RequestState ReleaseWorld::Reload(const v1::RequestState& request) const {
  return GetState<v1::RequestState>(registry_->view(), RequestViewKey(request.id())).value();
}

v1::RequestState ReleaseWorld::Ask(std::string_view output, std::string_view nonce,
                                   std::string_view filter) {
  const auto request = TheCast().Request(output, nonce, "pgarcia", filter);
  Must("pgarcia", Cast::Ask(request));
  return GetState<v1::RequestState>(registry_->view(), RequestViewKey(request.Id())).value();
}

v1::RequestState ReleaseWorld::Approved(std::string_view output, std::string_view nonce) {
  const v1::RequestState request = Ask(output, nonce);
  for (const std::string_view party : {"csun", "lausd"}) {
    Must(party, Cast::Verdict(party, request));
  }
  return Reload(request);
}

PipelineParts ReleaseWorld::Parts() {
  PipelineParts parts;
  parts.registry = registry_.get();
  parts.chunks = chunks_.get();
  parts.data_keys = data_keys_.get();
  if (!destruction_) {
    destruction_ = std::make_unique<DataDestruction>(*registry_, *data_keys_, *chunks_);
  }
  parts.destruction = destruction_.get();
  parts.clock = &clock_;
  parts.refusals = &refusals_;
  parts.limits.thread_count = 1;
  return parts;
}

}  // namespace tallystick::matcher

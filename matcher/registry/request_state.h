// What the steps of requests (registry/requests.h) and of releases (registry/release_steps.h) do to
// a request's state alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "matcher/registry/state_reader.h"
#include "matcher/registry/step.h"

namespace tallystick::matcher {

// GetRequest fails with kNotFound "request.unknown".
Result<v1::RequestState> GetRequest(const storage::View& view, std::string_view id);

bool IsPartyOf(const v1::RequestState& request, std::string_view party);
bool IsAwaited(const v1::RequestState& request, std::string_view party);
void RemoveAwaiting(v1::RequestState& request, std::string_view party);
void AwaitAll(v1::RequestState& request);

// Whether it is released or refused.
bool IsDecided(const v1::RequestState& request);
void Refuse(v1::RequestState& request, const v1::RequestRefusal& refusal);

// A party's refusal as the request keeps it: short, and its own. kInvalidArgument
// "approval.refusal" over its limit.
Result<v1::RequestRefusal> RefusalOf(v1::RequestRefusal given, std::string_view party);

// The record of an event about `request`; the leaf commits to `subject`.
RecordBuilder RecordOf(std::string_view name, const Event& event, const v1::RequestState& request,
                       const v1::AgreementState& agreement, ByteView subject);

// Erases the table that waits for signatures, and what parties have given for its opening.
Status EraseProposal(const storage::View& view, const v1::RequestState& request,
                     RecordBuilder& record);
Status EraseOpenings(const storage::View& view, const v1::RequestState& request,
                     RecordBuilder& record);

// A released answer to the same definition, if there is one.
Result<std::optional<v1::RequestState>> Answered(const storage::View& view,
                                                 const std::string& definition_key);
// The same question over the same submissions has one answer, and costs nothing.
void AnswerAgain(v1::RequestState& request, const v1::RequestState& answered);
// The record of a request that was under way when another one with its definition was released.
Result<v1::Record> AnsweredMeanwhile(const storage::View& view, const Event& event,
                                     v1::RequestState& request, const v1::RequestState& answered,
                                     const v1::AgreementState& agreement);

}  // namespace tallystick::matcher

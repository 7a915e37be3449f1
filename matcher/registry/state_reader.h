// Typed reads of the view, and the builder of a record.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/domain.h"
#include "crypto/hash.h"
#include "matcher/registry/view_keys.h"
#include "proto/codec.h"
#include "storage/view.h"
#include "tallystick/v1/state.pb.h"

namespace tallystick::matcher {

// Values of the view are our own and were bounded when they were written.
inline constexpr std::size_t kMaxStateBytes = 8 * 1024 * 1024;

template <class Message>
Result<std::optional<Message>> FindState(const storage::View& view, ByteView key) {
  TS_ASSIGN_OR_RETURN(const std::optional<Bytes> value, view.Get(key));
  if (!value) return std::optional<Message>();
  TS_ASSIGN_OR_RETURN(Message message, Parse<Message>(*value, kMaxStateBytes));
  return std::optional<Message>(std::move(message));
}

// GetState is FindState that fails with kNotFound.
template <class Message>
Result<Message> GetState(const storage::View& view, ByteView key) {
  TS_ASSIGN_OR_RETURN(std::optional<Message> message, FindState<Message>(view, key));
  if (!message) return Error(Code::kNotFound, "registry.not-found", "there is no such thing here");
  return *std::move(message);
}

// ScanStates calls `visit` for every value under `prefix` in key order until it returns false.
template <class Message>
Status ScanStates(const storage::View& view, ByteView prefix,
                  const std::function<bool(const Message&)>& visit) {
  Status status;
  TS_RETURN_IF_ERROR(view.Scan(prefix, [&](ByteView, ByteView value) {
    Result<Message> message = Parse<Message>(value, kMaxStateBytes);
    if (!message.ok()) {
      status = std::move(message).error();
      return false;
    }
    return visit(*message);
  }));
  return status;
}

// FindMember returns the member's state where `id` is enrolled.
Result<std::optional<v1::MemberState>> FindMember(const storage::View& view, std::string_view id);

// VerifySigned checks that `message` is signed by the enrolled and unrevoked member `actor_id`
// under `domain`. Fails with kPermissionDenied.
Status VerifySigned(const storage::View& view, std::string_view actor_id, const v1::Signed& message,
                    crypto::Domain domain);

// FindAgreement returns an agreement by digest (64 hex digits).
Result<v1::AgreementState> GetAgreement(const storage::View& view, std::string_view digest_hex);

bool IsParty(const v1::AgreementState& agreement, std::string_view id);
bool IsPerson(const v1::AgreementState& agreement, std::string_view id);

// RecordBuilder collects the one record of an event.
class RecordBuilder {
 public:
  RecordBuilder(std::string_view event, Time now, std::string_view actor, ByteView salt);

  // `subject` is the thing recorded: the leaf commits to its SHA-256.
  RecordBuilder& Subject(std::string_view id, ByteView subject);
  RecordBuilder& Agreement(const v1::AgreementState& agreement);  // and whom it concerns
  RecordBuilder& Concerns(std::string_view member_id);
  RecordBuilder& Detail(ByteView detail);
  RecordBuilder& Put(Bytes view_key, const google::protobuf::MessageLite& value);
  RecordBuilder& PutBytes(Bytes view_key, Bytes value);
  RecordBuilder& Erase(Bytes view_key);

  // Hands the record over; the builder is empty afterwards.
  v1::Record Build();

 private:
  v1::Record record_;
};

}  // namespace tallystick::matcher

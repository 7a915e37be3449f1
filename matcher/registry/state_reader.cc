#include "matcher/registry/state_reader.h"

#include <algorithm>

#include "crypto/signature.h"

namespace tallystick::matcher {

Result<std::optional<v1::MemberState>> FindMember(const storage::View& view, std::string_view id) {
  return FindState<v1::MemberState>(view, MemberViewKey(id));
}

Status VerifySigned(const storage::View& view, std::string_view actor_id, const v1::Signed& message,
                    crypto::Domain domain) {
  TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, actor_id));
  if (!member || member->revoked() != 0) {
    return Error(Code::kPermissionDenied, "member.unknown", "not an enrolled member");
  }
  if (message.signer() != actor_id) {
    return Error(Code::kPermissionDenied, "member.signer",
                 "signed by someone else than the sender");
  }
  TS_ASSIGN_OR_RETURN(const auto verify_key,
                      crypto::VerifyKey::FromBytes(member->member().signing_key()));
  return verify_key.Verify(domain, message.body(), message.signature());
}

Result<v1::AgreementState> GetAgreement(const storage::View& view, std::string_view digest_hex) {
  TS_ASSIGN_OR_RETURN(auto found,
                      FindState<v1::AgreementState>(view, AgreementViewKey(digest_hex)));
  if (!found) return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
  return *std::move(found);
}

bool IsParty(const v1::AgreementState& agreement, std::string_view id) {
  return std::find(agreement.parties().begin(), agreement.parties().end(), id) !=
         agreement.parties().end();
}

bool IsPerson(const v1::AgreementState& agreement, std::string_view id) {
  return std::find(agreement.persons().begin(), agreement.persons().end(), id) !=
         agreement.persons().end();
}

RecordBuilder::RecordBuilder(std::string_view event, Time now, std::string_view actor,
                             ByteView salt) {
  record_.set_event(std::string(event));
  record_.set_time(now.time_since_epoch().count());
  record_.set_actor(std::string(actor));
  record_.set_salt(Bytes(salt));
}

RecordBuilder& RecordBuilder::Subject(std::string_view id, ByteView subject) {
  record_.set_subject_id(std::string(id));
  record_.set_subject(Bytes(crypto::Sha256(subject).view()));
  return *this;
}

RecordBuilder& RecordBuilder::Agreement(const v1::AgreementState& agreement) {
  record_.set_agreement(ToHex(agreement.digest()));
  for (const std::string& party : agreement.parties()) Concerns(party);
  for (const std::string& person : agreement.persons()) Concerns(person);
  return *this;
}

RecordBuilder& RecordBuilder::Concerns(std::string_view member_id) {
  const auto& concerned = record_.concerned();
  if (std::find(concerned.begin(), concerned.end(), member_id) == concerned.end()) {
    record_.add_concerned(std::string(member_id));
  }
  return *this;
}

RecordBuilder& RecordBuilder::Detail(ByteView detail) {
  record_.set_detail(Bytes(detail));
  return *this;
}

RecordBuilder& RecordBuilder::Put(Bytes view_key, const google::protobuf::MessageLite& value) {
  return PutBytes(std::move(view_key), Serialise(value));
}

RecordBuilder& RecordBuilder::PutBytes(Bytes view_key, Bytes value) {
  v1::MutationRecord* mutation = record_.add_mutations();
  mutation->set_key(std::move(view_key));
  mutation->set_value(std::move(value));
  return *this;
}

RecordBuilder& RecordBuilder::Erase(Bytes view_key) {
  v1::MutationRecord* mutation = record_.add_mutations();
  mutation->set_key(std::move(view_key));
  mutation->set_erase(true);
  return *this;
}

v1::Record RecordBuilder::Build() { return std::move(record_); }

}  // namespace tallystick::matcher

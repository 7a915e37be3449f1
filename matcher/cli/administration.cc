#include "matcher/cli/administration.h"

#include "base/log.h"
#include "crypto/random.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/state_reader.h"
#include "matcher/service/admin_socket.h"
#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/invitation.h"
#include "storage/backup.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kInvitationSecretBytes = 16;

Result<std::string> Invite(const v1::AdminRequest::Invite& request, Store& store,
                           const crypto::Digest& ca_spki_digest) {
  InviteEvent invite;
  invite.role = request.role();
  invite.id = request.id();
  invite.name = request.name();
  invite.secret = crypto::RandomBytes(kInvitationSecretBytes);
  invite.ttl = std::chrono::seconds(request.ttl_seconds());
  v1::Invitation invitation;
  invitation.set_url(store.registry->identity().description.url());
  invitation.set_ca_spki_digest(Bytes(ca_spki_digest.view()));
  invitation.set_secret(invite.secret);
  invitation.set_role(request.role());
  invitation.set_id(request.id());
  Event event;
  event.actor = Actor{std::string(kOperator), v1::ROLE_UNSPECIFIED};
  event.what = std::move(invite);
  TS_RETURN_IF_ERROR(store.registry->Submit(std::move(event)));
  return EncodeInvitation(invitation);
}

Status RevokeMember(const std::string& id, Store& store) {
  Event event;
  event.actor = Actor{std::string(kOperator), v1::ROLE_UNSPECIFIED};
  event.what = RevokeMemberEvent{id};
  TS_RETURN_IF_ERROR(store.registry->Submit(std::move(event)));
  return Ok();
}

Result<v1::MatcherStatus> StatusOf(const Config& config, Store& store, bool serving) {
  v1::MatcherStatus status;
  const storage::View& view = store.registry->view();
  status.set_version("0.1.0");
  status.set_id(config.id);
  status.set_url(store.registry->identity().description.url());
  status.set_log_size(store.registry->log_size());
  status.set_serving(serving);
  const Time now = SystemClock().Now();
  TS_RETURN_IF_ERROR(ScanStates<v1::MemberState>(view, "member/", [&](const auto& member) {
    if (member.member().role() == v1::ROLE_INSTITUTION) {
      status.set_institutions(status.institutions() + 1);
    } else {
      status.set_persons(status.persons() + 1);
    }
    return true;
  }));
  TS_RETURN_IF_ERROR(ScanStates<v1::AgreementState>(view, "agreement/", [&](const auto& agreement) {
    status.set_agreements(status.agreements() + 1);
    if (AsOf(agreement, now).phase() == v1::AGREEMENT_PHASE_ACTIVE) {
      status.set_active_agreements(status.active_agreements() + 1);
    }
    return true;
  }));
  TS_RETURN_IF_ERROR(ScanStates<v1::SubmissionState>(view, "submission/", [&](const auto& it) {
    if (it.committed() != 0) status.set_submissions(status.submissions() + 1);
    return true;
  }));
  TS_RETURN_IF_ERROR(ScanStates<v1::RequestState>(view, "request/", [&](const auto& request) {
    if (request.phase() == v1::REQUEST_PHASE_RELEASED) {
      status.set_releases(status.releases() + 1);
    } else if (request.phase() != v1::REQUEST_PHASE_REFUSED) {
      status.set_requests_waiting(status.requests_waiting() + 1);
    }
    return true;
  }));
  std::error_code error;
  status.set_free_bytes(std::filesystem::space(config.data_dir, error).available);
  return status;
}

Status Answer(const v1::AdminRequest& request, const Config& config, Store& store, bool serving,
              v1::AdminAnswer& answer) {
  switch (request.what_case()) {
    case v1::AdminRequest::kInvite: {
      TS_ASSIGN_OR_RETURN(const std::string code,
                          Invite(request.invite(), store, store.ca_spki_digest));
      answer.set_invitation_code(code);
      return Ok();
    }
    case v1::AdminRequest::kStatus: {
      TS_ASSIGN_OR_RETURN(*answer.mutable_status(), StatusOf(config, store, serving));
      return Ok();
    }
    case v1::AdminRequest::kRevokeMember:
      return RevokeMember(request.revoke_member(), store);
    case v1::AdminRequest::kBackupTo:
      TS_RETURN_IF_ERROR(store.registry->BackUp(*store.chunks, request.backup_to()));
      return Ok();
    default:
      return Error(Code::kInvalidArgument, "admin.unknown", "an unknown administrative request");
  }
}

}  // namespace

std::filesystem::path AdminSocketPath(const std::filesystem::path& home) {
  return home / "admin.sock";
}

v1::AdminAnswer Administer(const v1::AdminRequest& request, const Config& config, Store& store,
                           bool serving) {
  v1::AdminAnswer answer;
  const Status status = Answer(request, config, store, serving, answer);
  if (!status.ok()) *answer.mutable_error() = ToWire(status.error());
  return answer;
}

Result<v1::AdminAnswer> AskMatcher(const std::filesystem::path& home,
                                   const v1::AdminRequest& request) {
  const Result<Bytes> running = AskAdminSocket(AdminSocketPath(home), Serialise(request));
  if (running.ok()) {
    TS_ASSIGN_OR_RETURN(v1::AdminAnswer answer, Parse<v1::AdminAnswer>(*running));
    if (answer.has_error()) return FromWire(answer.error());
    return answer;
  }
  if (running.error().id() != "admin.nobody-listens") return running.error();
  TS_ASSIGN_OR_RETURN(const Config config, LoadConfig(home));
  TS_ASSIGN_OR_RETURN(const MatcherKeys keys, LoadMatcherKeys(home));
  const SystemClock clock;
  TS_ASSIGN_OR_RETURN(Store store, OpenStore(home, config, keys, clock, [](const Error&) {}));
  v1::AdminAnswer answer = Administer(request, config, store, false);
  if (answer.has_error()) return FromWire(answer.error());
  return answer;
}

}  // namespace tallystick::matcher

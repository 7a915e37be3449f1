// The authorisation matrix (P21): every route for every role, on one's own objects and on others',
// and with credentials that are not good any more. It is generated from Routes(): a route that
// nobody wrote expectations for fails.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "agreements/transition.h"
#include "matcher/service/route_table.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "tests/unit/matcher/service/service_world.h"

namespace tallystick::matcher {
namespace {

// How a call ends.
enum class End {
  kDone,    // 200
  kRole,    // 403 before any byte of the body: no certificate, or not for this role
  kHidden,  // 404, as if there were no such thing
  kDenied,  // 403 from the business
};

constexpr std::string_view kCallers[] = {"none", "csun",  "lausd", "ucla",  "pgarcia",
                                         "rlee", "mchen", "nkim",  "vsmith"};
constexpr std::size_t kCallerCount = std::size(kCallers);

struct Expectation {
  RouteId route;
  // In the order of kCallers. `D` done, `R` role, `H` hidden, `X` denied.
  std::string_view ends;
  // What `who` would send if it were allowed to: about csun's and lausd's agreement and its
  // submissions and requests, which are ucla's, rlee's, nkim's and vsmith's in no way.
  std::function<HttpRequest(ServiceWorld&, std::string_view who)> request;
};

End EndOf(char letter) {
  switch (letter) {
    case 'D':
      return End::kDone;
    case 'R':
      return End::kRole;
    case 'H':
      return End::kHidden;
    default:
      return End::kDenied;
  }
}

HttpRequest Post(ServiceWorld& world, std::string_view who, std::string target,
                 const google::protobuf::MessageLite& body) {
  return world.RequestOf(who, Method::kPost, std::move(target), Serialise(body));
}

// Whoever has no certificate signs as csun: it must not get that far.
std::string_view Signer(std::string_view who) { return who == "none" ? "csun" : who; }

Bytes CsrOf(std::string_view who) {
  return crypto::MakeCsr(ServiceWorld::TlsKeyOf(who), ServiceWorld::PeerOf(who)->uri).value();
}

HttpRequest EnrolRequest(ServiceWorld& world, std::string_view who) {
  // A member enrols again with its own keys, which changes nothing.
  v1::Enrolment body = Cast::EnrolmentOf(Signer(who), Cast::Secret(Signer(who)));
  body.set_csr_pem(CsrOf(Signer(who)));
  return Post(world, who, "/v1/enrol", Cast::Sign(Signer(who), kEnrolmentDomain, Serialise(body)));
}

HttpRequest OpenRequest(ServiceWorld& world, std::string_view who) {
  ManifestFacts facts = ServiceWorld::FactsOf(3);
  facts.number = 9;
  if (who == "lausd") {
    facts = ServiceWorld::FactsOf(2);
    facts.number = 9;
    facts.sequence = 2;
    const v1::Signed first = world.cast().Open(ServiceWorld::FactsOf(2)).manifest;
    facts.previous_manifest = Bytes(crypto::Sha256(first.body()).view());
  }
  v1::Manifest manifest = world.cast().ManifestOf(facts);
  if (who != "none") manifest.set_party(std::string(who));
  return Post(world, who, "/v1/submissions",
              Cast::Sign(Signer(who), kManifestDomain, Serialise(manifest)));
}

HttpRequest AskRequest(ServiceWorld& world, std::string_view who, std::string target) {
  const std::string_view person = who == "rlee" ? "rlee" : "pgarcia";
  v1::EncodedRequest encoded;
  encoded.set_request(world.cast().Request("hired_by_pathway", "matrix", person).Encode());
  return Post(world, who, std::move(target), encoded);
}

std::string AgreementTarget(const ServiceWorld& world, std::string_view suffix = "") {
  return "/v1/agreements/" + world.cast().digest_hex() + std::string(suffix);
}
std::string SubmissionTarget(std::uint64_t number, std::string_view suffix = "") {
  return "/v1/submissions/" + Cast::SubmissionId(number) + std::string(suffix);
}
std::string RequestTarget(const v1::RequestState& request, std::string_view suffix = "") {
  return "/v1/requests/" + request.id() + std::string(suffix);
}

auto Getting(std::function<std::string(const ServiceWorld&)> target) {
  return [target = std::move(target)](ServiceWorld& world, std::string_view who) {
    return world.RequestOf(who, Method::kGet, target(world));
  };
}
auto Getting(std::string target) {
  return Getting([target = std::move(target)](const ServiceWorld&) { return target; });
}

const std::vector<Expectation>& Expectations() {
  static const auto* const all = new std::vector<Expectation>{
      // callers:             none, csun, lausd, ucla, pgarcia, rlee, mchen, nkim, vsmith
      {RouteId::kEnrol, "DDDDDDDDD", EnrolRequest},
      {RouteId::kRenew, "RDDDDDDDD",
       [](ServiceWorld& world, std::string_view who) {
         v1::Renewal renewal;
         renewal.set_csr_pem(CsrOf(Signer(who)));
         return Post(world, who, "/v1/renew", renewal);
       }},
      {RouteId::kDirectory, "RDDDDDDDD", Getting("/v1/directory")},
      {RouteId::kStatus, "RDDDDDDDD", Getting("/v1/status")},
      {RouteId::kPropose, "RDDXRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         v1::Proposal proposal;
         proposal.set_text(
             agreements::Replaced(Cast::AgreementText(), "csun-lausd-2026", "csun-lausd-2027"));
         return Post(world, who, "/v1/agreements",
                     Cast::Sign(Signer(who), kProposalDomain, Serialise(proposal)));
       }},
      {RouteId::kListAgreements, "RDDDDDDDD", Getting("/v1/agreements")},
      {RouteId::kGetAgreement, "RDDHDHDHH",
       Getting([](const ServiceWorld& world) { return AgreementTarget(world); })},
      {RouteId::kAdvanceAgreement, "RDDHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         const auto suspend =
             world.cast().Transition(Signer(who), agreements::TransitionKind::kSuspend, 1);
         return Post(world, who, AgreementTarget(world, "/steps"), suspend.step);
       }},
      {RouteId::kListSubmissions, "RDDHRRDHR",
       Getting([](const ServiceWorld& world) { return AgreementTarget(world, "/submissions"); })},
      {RouteId::kOpenSubmission, "RDDXRRRRR", OpenRequest},
      {RouteId::kGetSubmission, "RDHHRRRRR", Getting(SubmissionTarget(1))},
      {RouteId::kPutChunk, "RDHHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         return world.RequestOf(who, Method::kPut, SubmissionTarget(3, "/chunks/0"),
                                world.SealedChunk(ServiceWorld::FactsOf(3), 0));
       }},
      {RouteId::kCommitSubmission, "RDHHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         return Post(world, who, SubmissionTarget(4, "/commit"), v1::Signed());
       }},
      {RouteId::kWithdrawSubmission, "RDHHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         const auto withdraw = Cast::Withdraw(Signer(who), Cast::SubmissionId(1));
         return Post(world, who, SubmissionTarget(1, "/withdraw"), withdraw.withdrawal);
       }},
      {RouteId::kCheckRequest, "RRRRDHRRR",
       [](ServiceWorld& world, std::string_view who) {
         return AskRequest(world, who, "/v1/requests/check");
       }},
      {RouteId::kSubmitRequest, "RRRRDHRRR",
       [](ServiceWorld& world, std::string_view who) {
         return AskRequest(world, who, "/v1/requests");
       }},
      {RouteId::kListRequests, "RDDDDDDDR", Getting("/v1/requests")},
      {RouteId::kGetRequest, "RDDHDHDHR",
       Getting([](const ServiceWorld& world) { return RequestTarget(world.waiting()); })},
      {RouteId::kVerdict, "RDDHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         return Post(world, who, RequestTarget(world.waiting(), "/verdict"),
                     Cast::Verdict(Signer(who), world.waiting()).verdict);
       }},
      {RouteId::kProposal, "RDDHRRRRR",
       Getting([](const ServiceWorld& world) { return RequestTarget(world.made(), "/proposal"); })},
      {RouteId::kOpening, "RDDHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         return Post(world, who, RequestTarget(world.measured(), "/opening"),
                     Cast::Opening(Signer(who), world.measured()).opening);
       }},
      {RouteId::kLedgerMark, "RDDDRRRRR", Getting("/v1/ledger")},
      {RouteId::kApproveRelease, "RDDHRRRRR",
       [](ServiceWorld& world, std::string_view who) {
         return Post(world, who, RequestTarget(world.made(), "/approval"),
                     Cast::Approve(Signer(who), world.made()).approval);
       }},
      {RouteId::kGetRelease, "RDDHDHDHR", Getting([](const ServiceWorld& world) {
         return RequestTarget(world.released(), "/release");
       })},
      {RouteId::kCheckpoint, "RDDDDDDDD", Getting("/v1/log/checkpoint")},
      {RouteId::kEntries, "RDDDDDDDD", Getting("/v1/log/entries/0")},
      {RouteId::kConsistency, "RDDDDDDDD", Getting("/v1/log/consistency/3/9")},
  };
  return *all;
}

class AuthorisationMatrix : public ::testing::TestWithParam<Route> {
 protected:
  AuthorisationMatrix() {
    for (const Expectation& expectation : Expectations()) {
      if (expectation.route == GetParam().id) expectation_ = &expectation;
    }
  }

  const Expectation* expectation_ = nullptr;
};

TEST_P(AuthorisationMatrix, EveryRoleGetsWhatItIsDueAndNothingElse) {
  ASSERT_NE(expectation_, nullptr) << "no expectations for " << GetParam().pattern;
  ASSERT_EQ(expectation_->ends.size(), kCallerCount);
  auto world = std::make_unique<ServiceWorld>();
  for (std::size_t i = 0; i < kCallerCount; ++i) {
    const std::string_view who = kCallers[i];
    SCOPED_TRACE(std::string(GetParam().pattern) + " as " + std::string(who));
    const End expected = EndOf(expectation_->ends[i]);
    const HttpRequest request = expectation_->request(*world, who);
    ASSERT_EQ(request.method, GetParam().method);
    const auto match = MatchRoute(request.method, request.target);
    ASSERT_TRUE(match && match->route->id == GetParam().id) << request.target;

    HttpRequest head = request;
    head.body.clear();
    const std::uint64_t records = world->registry().log_size();
    const auto admitted = world->service().Admit(head);
    if (expected == End::kRole) {
      const auto* refused = std::get_if<HttpResponse>(&admitted);
      ASSERT_NE(refused, nullptr);
      EXPECT_EQ(refused->status, 403u);
      EXPECT_TRUE(refused->close_after);
      EXPECT_EQ(ErrorIdOf(*refused), who == "none" ? "auth.certificate" : "auth.role");
      // Handle() decides by itself: a transport that forgot to ask changes nothing.
      EXPECT_EQ(world->service().Handle(request).status, 403u);
      EXPECT_EQ(world->registry().log_size(), records);
      continue;
    }
    ASSERT_TRUE(std::holds_alternative<std::uint64_t>(admitted));
    EXPECT_EQ(std::get<std::uint64_t>(admitted), GetParam().body_limit_bytes);
    EXPECT_LE(request.body.size(), GetParam().body_limit_bytes);
    const HttpResponse response = world->service().Handle(request);
    if (expected == End::kDone) {
      EXPECT_EQ(response.status, 200u) << ErrorIdOf(response);
      if (world->registry().log_size() != records || request.method == Method::kPut) {
        world = std::make_unique<ServiceWorld>();  // as it was, for the next one
      }
      continue;
    }
    EXPECT_EQ(response.status, expected == End::kHidden ? 404u : 403u) << ErrorIdOf(response);
    EXPECT_EQ(world->registry().log_size(), records) << "a refusal must leave nothing behind";
  }
}

// The same request about a thing that does not exist.
HttpRequest AboutNothing(HttpRequest request, RouteId route, std::string_view who) {
  const std::size_t begin = request.target.find('/', 4) + 1;
  const std::size_t end = std::min(request.target.find('/', begin), request.target.size());
  const std::string nothing(end - begin, '0');
  request.target.replace(begin, end - begin, nothing);
  if (route == RouteId::kWithdrawSubmission) {
    request.body = Serialise(Cast::Withdraw(who, nothing).withdrawal);
  }
  return request;
}

// Whether a thing is another's or does not exist must look the same.
TEST(Authorisation, WhatIsHiddenLooksLikeWhatIsMissing) {
  ServiceWorld world;
  int compared = 0;
  for (const Expectation& expectation : Expectations()) {
    for (std::size_t i = 0; i < kCallerCount; ++i) {
      if (EndOf(expectation.ends[i]) != End::kHidden) continue;
      const std::string_view who = kCallers[i];
      const HttpRequest request = expectation.request(world, who);
      if (MatchRoute(request.method, request.target)->arguments.empty()) continue;
      const HttpResponse hidden = world.Send(request);
      const HttpResponse missing = world.Send(AboutNothing(request, expectation.route, who));
      EXPECT_EQ(hidden.status, missing.status) << request.target << " as " << who;
      EXPECT_EQ(hidden.body, missing.body)
          << ErrorIdOf(hidden) << " and " << ErrorIdOf(missing) << " as " << who;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20);
}

// Credentials that were good once, or are somebody else's.
struct BadCredential {
  std::string_view name;
  std::string_view error;
  std::function<void(ServiceWorld&, std::string_view who, crypto::PeerIdentity&)> spoil;
};

const std::vector<BadCredential>& BadCredentials() {
  static const auto* const all = new std::vector<BadCredential>{
      {"revoked", "auth.revoked",
       [](ServiceWorld& world, std::string_view who, crypto::PeerIdentity&) {
         Event event;
         event.actor = Cast::ActorOf(kOperator);
         event.what = RevokeMemberEvent{std::string(who)};
         ASSERT_TRUE(world.registry().Submit(std::move(event)).ok());
       }},
      {"expired on an open connection", "auth.expired",
       [](ServiceWorld& world, std::string_view, crypto::PeerIdentity& peer) {
         peer.not_after = world.clock().Now();
       }},
      {"a valid chain with another key", "auth.unregistered-key",
       [](ServiceWorld&, std::string_view, crypto::PeerIdentity& peer) {
         peer.spki_digest = crypto::Sha256("another key");
       }},
      {"another member's key", "auth.unregistered-key",
       [](ServiceWorld&, std::string_view who, crypto::PeerIdentity& peer) {
         peer.spki_digest = ServiceWorld::TlsKeyOf(who == "csun" ? "lausd" : "csun").spki_digest();
       }},
      {"of the other kind", "auth.kind",
       [](ServiceWorld&, std::string_view who, crypto::PeerIdentity& peer) {
         const bool institution = Cast::RoleOf(who) == v1::ROLE_INSTITUTION;
         peer.uri =
             (institution ? "tallystick:person:" : "tallystick:institution:") + std::string(who);
       }},
      {"of nobody", "auth.unknown",
       [](ServiceWorld&, std::string_view, crypto::PeerIdentity& peer) {
         peer.uri = "tallystick:institution:nobody";
       }},
      {"of another system", "auth.uri",
       [](ServiceWorld&, std::string_view who, crypto::PeerIdentity& peer) {
         peer.uri = "https://example.org/" + std::string(who);
       }},
      {"of the operator", "auth.unknown",
       [](ServiceWorld&, std::string_view, crypto::PeerIdentity& peer) {
         peer.uri = "tallystick:person:operator";
       }},
  };
  return *all;
}

TEST_P(AuthorisationMatrix, BadCredentialsOpenNothing) {
  ASSERT_NE(expectation_, nullptr);
  for (const BadCredential& credential : BadCredentials()) {
    ServiceWorld world;
    for (const std::string_view who : kCallers) {
      if (who == "none") continue;
      SCOPED_TRACE(std::string(who) + ", " + std::string(credential.name));
      HttpRequest request = expectation_->request(world, who);
      credential.spoil(world, who, *request.peer);
      HttpRequest head = request;
      head.body.clear();
      const std::uint64_t records = world.registry().log_size();
      const auto admitted = world.service().Admit(head);
      const auto* refused = std::get_if<HttpResponse>(&admitted);
      ASSERT_NE(refused, nullptr);
      EXPECT_EQ(refused->status, 403u);
      EXPECT_EQ(ErrorIdOf(*refused), credential.error);
      const HttpResponse handled = world.service().Handle(request);
      EXPECT_EQ(handled.status, 403u);
      EXPECT_EQ(ErrorIdOf(handled), credential.error);
      EXPECT_EQ(world.registry().log_size(), records);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Routes, AuthorisationMatrix,
                         ::testing::ValuesIn(Routes().begin(), Routes().end()),
                         [](const ::testing::TestParamInfo<Route>& route) {
                           std::string name(route.param.method == Method::kGet    ? "Get"
                                            : route.param.method == Method::kPost ? "Post"
                                                                                  : "Put");
                           for (const char c : route.param.pattern) {
                             name += c == '*' ? 'X' : c == '/' ? '_' : c;
                           }
                           return name;
                         });

TEST(Routes, EveryOneHasItsExpectationsAndNoMore) {
  EXPECT_EQ(Expectations().size(), Routes().size());
  for (const Expectation& expectation : Expectations()) {
    EXPECT_TRUE(std::any_of(Routes().begin(), Routes().end(),
                            [&](const Route& route) { return route.id == expectation.route; }));
  }
}

TEST(Routes, WhatIsNotInTheTableDoesNotExist) {
  ServiceWorld world;
  for (const char* target :
       {"/", "/v1", "/v1/", "/v1/admin", "/v1/members", "/v1/agreements/", "/v1/agreements//steps",
        "/v1/agreements/x/steps/", "/v2/status", "/V1/status", "/v1/status/x",
        "/v1/submissions/a.b", "/v1/requests/a%2fb", "/v1/requests/a_b"}) {
    EXPECT_EQ(world.Get("csun", target).status, 404u) << target;
    EXPECT_EQ(world.Get("none", target).status, 404u) << target;
  }
  // The right path with another method.
  const HttpRequest request = world.RequestOf("csun", Method::kDelete, "/v1/submissions/x");
  EXPECT_EQ(world.Send(request).status, 404u);
  EXPECT_EQ(world.Get("csun", "/v1/requests/x/verdict").status, 404u);
}

}  // namespace
}  // namespace tallystick::matcher

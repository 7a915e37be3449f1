// A release as its readers get it: release.json, or else a signed body alone, which is checked with
// a request and an agreement that are genuine. Nothing here carries the parties' signatures.
#include "agreements/request.h"
#include "base/check.h"
#include "client/release.h"
#include "client/release_json.h"
#include "proto/codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

using client::Release;

const agreements::Agreement& FixedAgreement() {
  static const auto* const agreement = new agreements::Agreement(agreements::TestAgreement());
  return *agreement;
}

constexpr char kFile[] =
    "agreement = \"csun-lausd-2026\"\noutput = \"hired_by_pathway\"\nquestion = \"Who?\"\n";

// pgarcia's request, the same in every run.
Bytes GenuineRequest() {
  agreements::SignedRequest request;
  request.digest = FixedAgreement().digest;
  request.chain = FixedAgreement().digest;
  request.epoch = 1;
  request.person = "pgarcia";
  request.file = kFile;
  request.nonce = Bytes(agreements::SignedRequest::kNonceSize, 'n');
  request.signature = agreements::MakeTestMember("pgarcia").signing_key.Sign(
      agreements::SignedRequest::kDomain, request.Body());
  return request.Encode();
}

bool TryJson(ByteView input) {
  Result<Release> release = client::ReleaseFromJson(input);
  if (!release.ok()) {
    TS_CHECK(release.error().code() == Code::kInvalidArgument);
    return false;
  }
  const Bytes written = client::ReleaseToJson(*release);
  const Result<Release> again = client::ReleaseFromJson(written);
  TS_CHECK(again.ok() && client::ReleaseToJson(*again) == written);
  TS_CHECK(again->body_bytes == release->body_bytes && again->request == release->request);
  release->agreement = FixedAgreement();
  TS_CHECK(!client::CheckRelease(*release).ok());
  return true;
}

bool TryBody(ByteView input) {
  static const Bytes* const request = new Bytes(GenuineRequest());
  auto body = Parse<v1::ReleaseBody>(input, kMaxReleaseBytes);
  if (!body.ok()) return false;
  Release release;
  release.agreement = FixedAgreement();
  body->set_agreement_digest(Bytes(FixedAgreement().digest.view()));
  body->set_chain_digest(Bytes(FixedAgreement().digest.view()));
  body->set_epoch(1);
  release.body_bytes = Serialise(*body);
  release.body = *std::move(body);
  release.request = *request;
  release.request_file = kFile;
  TS_CHECK(!client::CheckRelease(release).ok());
  return true;
}

}  // namespace

bool FuzzOne(ByteView input) { return input.starts_with('{') ? TryJson(input) : TryBody(input); }

}  // namespace tallystick

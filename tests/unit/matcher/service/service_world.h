#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/tls.h"
#include "crypto/x509.h"
#include "matcher/audit/refusal_counter.h"
#include "matcher/registry/registry.h"
#include "matcher/service/matcher_service.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"
#include "tests/support/protocol_cast.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick::matcher {

// ServiceWorld is the matcher's service behind the transport: routes, registry, chunks and keys on
// a disk in memory. Who calls is what the transport would have proved.
//
// The whole cast is enrolled and the agreement is active. csun's submission 1 and lausd's
// submission 2 are committed, csun's 3 is open with every chunk but the first uploaded, csun's 4 is
// open and complete. pgarcia's requests are waiting(), made() and released(); and
// measured(), whose table waits for both openings.
class ServiceWorld {
 public:
  ServiceWorld();

  // What a member's certificate proves. "none": nullopt.
  static std::optional<crypto::PeerIdentity> PeerOf(std::string_view who);
  static const crypto::TlsKey& TlsKeyOf(std::string_view who);

  // A request of `who`, with a fresh idempotency id where the method changes something.
  HttpRequest RequestOf(std::string_view who, Method method, std::string target, Bytes body = {});
  // As the transport does it: Admit(), and Handle() where that lets the request in.
  HttpResponse Send(const HttpRequest& request);
  HttpResponse Get(std::string_view who, std::string target) {
    return Send(RequestOf(who, Method::kGet, std::move(target)));
  }
  HttpResponse Post(std::string_view who, std::string target,
                    const google::protobuf::MessageLite& body);

  // The sealed bytes of a chunk, as its agent would upload them.
  Bytes SealedChunk(const ManifestFacts& facts, std::uint32_t index) const;
  static ManifestFacts FactsOf(std::uint64_t number);

  const Cast& cast() const;
  MatcherService& service() { return *service_; }
  Registry& registry() { return *registry_; }
  storage::ChunkStore& chunks() { return *chunks_; }
  storage::DataKeys& data_keys() { return *data_keys_; }
  DataDestruction& destruction() { return *destruction_; }
  ManualClock& clock() { return clock_; }
  RefusalCounter& refusals() { return refusals_; }
  const crypto::CertificateAuthority& authority() const { return authority_; }
  void RefuseUploads() { disk_is_full_ = true; }
  // Stops the matcher and starts it again on the same disk.
  void Restart();

  const v1::RequestState& waiting() const { return waiting_; }
  const v1::RequestState& made() const { return made_; }
  const v1::RequestState& released() const { return released_; }
  const v1::RequestState& measured() const { return measured_; }

 private:
  Bytes Do(std::string_view actor, decltype(Event::what) what);
  v1::RequestState Ask(std::string_view output, std::string_view nonce,
                       std::string_view filter = "");
  v1::RequestState Reload(const v1::RequestState& request) const;
  void Populate();
  ServiceParts Parts();

  ManualClock clock_;
  storage::SimulatedFileSystem disk_;
  crypto::CertificateAuthority authority_;
  std::unique_ptr<storage::ChunkStore> chunks_;
  std::unique_ptr<storage::DataKeys> data_keys_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<DataDestruction> destruction_;
  RefusalCounter refusals_;
  std::unique_ptr<MatcherService> service_;
  bool disk_is_full_ = false;
  std::uint64_t request_count_ = 0;
  v1::RequestState waiting_, made_, released_, measured_;
};

// The error id in an answer, or "".
std::string ErrorIdOf(const HttpResponse& response);

}  // namespace tallystick::matcher

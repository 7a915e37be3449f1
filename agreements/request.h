// Requests: the question file a person writes, and its signed form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/domain.h"
#include "crypto/signature.h"

namespace tallystick::agreements {

inline constexpr std::size_t kMaxRequestBytes = 256 * 1024;
inline constexpr std::size_t kMaxFilters = 64;

struct FilterTerm {
  ElementRef element;
  std::vector<std::string> values;
  int line = 0;
};

// RequestDefinition is a parsed request file. Whether an agreement permits it: policy.h.
struct RequestDefinition {
  std::string agreement;  // an id, or 8 or more hex digits of a digest
  std::string output, question;
  std::vector<FilterTerm> filter;  // in the order of the file
  Lines lines;

  const FilterTerm* FindFilter(const ElementRef& element) const;
};

// Parses a request file (contract.md, "Request file"): its form only. Fails with kInvalidArgument
// "request.too-large", "request.not-utf8", "request.invalid".
Result<RequestDefinition> ParseRequest(ByteView text, std::vector<Diagnostic>* diagnostics);

// The same question has the same digest: agreement digest, output and the filter's terms and values
// in sorted order. A filter that names every declared value is no filter. The question's words do
// not count.
crypto::Digest DefinitionDigest(const Agreement& agreement, const RequestDefinition& definition);

// SignedRequest is a request as it travels: the file's exact bytes under a person's signature.
struct SignedRequest {
  static constexpr crypto::Domain kDomain{"tallystick/v1/request"};
  static constexpr std::size_t kNonceSize = 16;

  crypto::Digest digest;  // the agreement version it was checked against
  crypto::Digest chain;
  std::uint32_t epoch = 0;
  std::string person;
  Bytes file;
  Bytes nonce;
  Time time{};
  Bytes signature;

  // Draws the nonce and signs.
  static SignedRequest Make(const crypto::Digest& digest, const crypto::Digest& chain,
                            std::uint32_t epoch, std::string person, Bytes file, Time time,
                            const crypto::SigningKey& signing_key);

  Bytes Body() const;
  Bytes Encode() const;
  // Takes hostile bytes. Fails with kInvalidArgument "request.malformed".
  static Result<SignedRequest> Decode(ByteView bytes);

  // 16 lower-case hex digits: the first of the SHA-256 of what is signed.
  std::string Id() const;
};

// Checks the signature against the person's key in the agreement, whatever anyone else says about
// that key. Fails with kPermissionDenied "request.agreement" (made for another version, chain or
// epoch), "request.person" (rule AGR-PERSON-UNKNOWN or AGR-PERSON-NO-KEY), "request.signature"
// (rule AGR-SIGNATURE).
Status VerifyRequest(const Agreement& agreement, const crypto::Digest& chain, std::uint32_t epoch,
                     const SignedRequest& request);

}  // namespace tallystick::agreements

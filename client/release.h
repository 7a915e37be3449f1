// A release as its readers have it: signed body, signatures, labels, and what proves them.
#pragma once

#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/rendered_table.h"
#include "base/result.h"
#include "client/identity.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::client {

// Release is everything that a release directory is made of, checked.
struct Release {
  agreements::Agreement agreement;
  v1::ReleaseBody body;
  Bytes body_bytes;
  Bytes witnesses;
  std::vector<Bytes> measure_witnesses;  // by measure table
  Bytes request;                         // the SignedRequest behind it
  Bytes request_file;  // the file of whoever fetched it: its question may be worded otherwise
  std::vector<v1::Signed> signatures;  // of the matcher and of every party, over the digest
  std::vector<v1::Signed> labels;      // of every party: see proto/release_labels.h
  v1::Receipt receipt;
  v1::MatcherDescription matcher;
};

// CheckRelease verifies a release with nothing but itself: the agreement's digest, the signatures
// of the matcher and of every party by the keys in the agreement, the labels' signatures, the
// request's and that the release answers it, the receipt, the table's witnesses and minimums. Who
// trusts it has compared the agreement's fingerprint. Fails with kPermissionDenied "release.…" or
// "log.verify-…", or a disclosure rule.
Status CheckRelease(const Release& release);

// OpenBundle unseals the labels that are for `reader` and checks everything, also that it answers
// the request with this id: the id is made of the request's own bytes.
Result<Release> OpenBundle(const v1::ReleaseBundle& bundle, const Identity& reader,
                           std::string_view request_id);

// LabelsOf returns the labels of dimension `d` by ordinal; with "not linked" last where the
// dimension has it. REQUIRES: a checked release.
std::vector<std::string> LabelsOf(const Release& release, std::size_t d);

}  // namespace tallystick::client

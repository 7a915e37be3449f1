// One request's way from two submissions to a protected table.
#pragma once

#include <list>
#include <memory>
#include <stop_token>
#include <string>

#include "agreements/agreement.h"
#include "matcher/linkage/ladder.h"
#include "matcher/release/pipeline.h"
#include "tallystick/v1/state.pb.h"

namespace tallystick::matcher {

// LinkageCache keeps the linkages of the last few pairs of submissions.
//
// Thread safety: none.
class LinkageCache {
 public:
  std::shared_ptr<const Linkage> Find(const std::string& left, const std::string& right);
  void Keep(const std::string& left, const std::string& right,
            std::shared_ptr<const Linkage> linkage);
  // Forgets every linkage of a submission: its data were destroyed.
  void Forget(const std::string& submission);

 private:
  struct Entry {
    std::string left, right;
    std::shared_ptr<const Linkage> linkage;
  };
  std::list<Entry> entries_;  // most recent first
};

// RunReleaseJob links (or takes the linkage from `cache`), tallies and protects. Fails with a
// refusal (rule "SDC-…" or "AGR-…") when the request cannot be answered, with "linkage.cancelled"
// when stopped, and otherwise with what went wrong in the store.
Result<v1::StoredProposal> RunReleaseJob(const PipelineParts& parts,
                                         const v1::RequestState& request, LinkageCache& cache,
                                         std::stop_token stop);

}  // namespace tallystick::matcher

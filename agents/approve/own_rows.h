// The rows of this institution's own submission that a request is about, counted as a proposed
// release counts them: what it knows before it reads the tables.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agents/agent_home.h"
#include "agents/submit/own_submission.h"
#include "agreements/agreement.h"
#include "agreements/request.h"
#include "agreements/table_shape.h"

namespace tallystick::agents {

// Labels of a category by ordinal: the order of their codes under the agreement's code key.
Result<std::vector<std::string>> LabelsByOrdinal(const crypto::SecretBytes<32>& code_key,
                                                 const agreements::Agreement& terms,
                                                 const agreements::ElementRef& element);

// Thread safety: immutable.
class OwnRows {
 public:
  // What the rows are asked for. All of it outlives the object.
  struct Question {
    const agreements::Agreement& terms;
    const agreements::Output& output;  // of `terms`
    const agreements::RequestDefinition& definition;
    const agreements::Dataset& own;  // of `terms`, one of the output's two
  };

  // Load reads the submission's columns and leaves out what the request's own filter does. `chain`
  // is the agreement's.
  static Result<OwnRows> Load(const AgentHome& home, const Question& question,
                              const crypto::Digest& chain, const std::string& submission_id);

  // For the output's table of counts: by own categories and own observations.
  Result<agreements::OwnCounts> ForCounts() const;
  // For the table of one of the output's measures: by own categories, and where the measure is an
  // own one, of the rows that have it.
  Result<agreements::OwnCounts> ForMeasure(const agreements::ElementRef& measure) const;

 private:
  struct Dimension {
    std::vector<std::uint16_t> ordinals;  // by row
    std::size_t values = 0;
  };

  OwnRows(const Question& question, OwnColumns columns)
      : question_(question), columns_(std::move(columns)) {}

  Status Filter(const crypto::SecretBytes<32>& code_key);
  Result<const std::vector<std::uint16_t>*> CategoryColumn(std::string_view name) const;
  Result<const std::vector<bool>*> ObservedColumn(std::string_view measure) const;
  Result<std::vector<Dimension>> CategoryDimensions() const;
  agreements::OwnCounts Count(const std::vector<Dimension>& dimensions,
                              const std::vector<bool>* observed) const;

  Question question_;
  OwnColumns columns_;
  std::vector<bool> kept_;  // by row: whether the filter keeps it
};

}  // namespace tallystick::agents

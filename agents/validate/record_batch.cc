#include "agents/validate/record_batch.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace tallystick::agents {

void RecordBatch::Clear() {
  rows_.clear();
  ends_.clear();
  PlaintextAccess::Edit(text_).clear();
  byte_count_ = 0;
}

void RecordBatch::Append(std::string_view field) {
  std::string& text = PlaintextAccess::Edit(text_);
  if (text.size() + field.size() > text.capacity()) {
    // Not the string's own growth: that would leave the old bytes behind, readable.
    Plaintext<std::string> larger;
    std::string& target = PlaintextAccess::Edit(larger);
    target.reserve(std::max(2 * kTargetBytes, 2 * (text.size() + field.size())));
    target = text;
    std::swap(text, target);
  }
  text += field;
}

void RecordBatch::Add(std::uint64_t row, std::span<const CsvField> fields,
                      std::span<const std::uint32_t> columns) {
  TS_CHECK(columns.size() == field_count_);
  rows_.push_back(row);
  for (const std::uint32_t column : columns) {
    Append(PlaintextAccess::Read(fields[column]));
    ends_.push_back(PlaintextAccess::Read(text_).size());
  }
  byte_count_ = PlaintextAccess::Read(text_).size();
}

void RecordBatch::Read(std::size_t index, std::vector<CsvField>& fields) const {
  const std::string_view text = PlaintextAccess::Read(text_);
  const std::size_t first = index * field_count_;
  std::size_t begin = first == 0 ? 0 : ends_[first - 1];
  fields.clear();
  for (std::size_t i = first; i < first + field_count_; ++i) {
    fields.emplace_back(text.substr(begin, ends_[i] - begin));
    begin = ends_[i];
  }
}

}  // namespace tallystick::agents

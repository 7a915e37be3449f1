#include "agents/encode/category_encoder.h"

#include <algorithm>
#include <utility>

#include "crypto/hmac.h"

namespace tallystick::agents {
namespace {

Bytes CodeOf(const crypto::HmacSha256& hmac, std::string_view dataset, std::string_view column,
             std::string_view label) {
  Bytes message;
  AppendLp(message, dataset);
  AppendLp(message, column);
  AppendLp(message, label);
  return Bytes(hmac.Compute(message).view().substr(0, kCategoryCodeBytes));
}

using CodedLabel = std::pair<Bytes, std::string_view>;

std::vector<CodedLabel> SortedLabels(const crypto::SecretBytes<32>& code_key,
                                     std::string_view dataset,
                                     const agreements::Category& category) {
  const crypto::HmacSha256 hmac(code_key);
  std::vector<CodedLabel> coded;
  coded.reserve(category.values.size());
  for (const std::string& label : category.values) {
    coded.emplace_back(CodeOf(hmac, dataset, category.name, label), label);
  }
  std::sort(coded.begin(), coded.end());
  return coded;
}

}  // namespace

Bytes CategoryCode(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                   std::string_view column, std::string_view label) {
  return CodeOf(crypto::HmacSha256(code_key), dataset, column, label);
}

std::vector<Bytes> SortedCodes(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                               const agreements::Category& category) {
  std::vector<Bytes> codes;
  for (auto& [code, label] : SortedLabels(code_key, dataset, category)) {
    codes.push_back(std::move(code));
  }
  return codes;
}

Result<std::vector<std::string>> OrdinalLabels(const crypto::SecretBytes<32>& code_key,
                                               std::string_view dataset,
                                               const agreements::Category& category) {
  const std::vector<CodedLabel> coded = SortedLabels(code_key, dataset, category);
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < coded.size(); ++i) {
    if (i > 0 && coded[i].first == coded[i - 1].first) {
      return Error(Code::kInternal, "encode.code-collision",
                   "two values of a category have the same code under this agent's key");
    }
    labels.emplace_back(coded[i].second);
  }
  return labels;
}

Bytes ObservedCode(const crypto::SecretBytes<32>& code_key, std::string_view dataset,
                   std::string_view measure) {
  return CategoryCode(code_key, dataset, measure, kObservedLabel);
}

Result<ObservationCodes> ObservationCodesOf(const crypto::SecretBytes<32>& code_key,
                                            std::string_view dataset, std::string_view measure) {
  agreements::Category observation;
  observation.name = std::string(measure);
  observation.values = {std::string(kObservedLabel), std::string(kNotObservedLabel)};
  TS_ASSIGN_OR_RETURN(const auto labels, OrdinalLabels(code_key, dataset, observation));
  const std::uint16_t observed = labels[0] == kObservedLabel ? 0 : 1;
  return ObservationCodes{SortedCodes(code_key, dataset, observation), observed,
                          static_cast<std::uint16_t>(1 - observed)};
}

}  // namespace tallystick::agents

// Labels of a release: each agent seals those of its own dimensions to each recipient.
#pragma once

#include "base/bytes.h"
#include "proto/domains.h"

namespace tallystick {

// LabelsInfo is the HPKE info (auth mode) of a recipient's labels: label, release digest,
// recipient.
inline Bytes LabelsInfo(ByteView release_digest, std::string_view recipient) {
  Bytes info;
  AppendLp(info, kLabelsSealInfo);
  AppendLp(info, release_digest);
  AppendLp(info, recipient);
  return info;
}

// LabelsMessage is what an agent signs for the labels of its dimensions (a serialised v1::Labels),
// so that a release can be read offline years later and nobody can swap its labels.
inline Bytes LabelsMessage(ByteView release_digest, ByteView labels) {
  Bytes message;
  AppendLp(message, release_digest);
  AppendLp(message, labels);
  return message;
}

}  // namespace tallystick

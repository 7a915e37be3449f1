// Key shares as a dishonest party would make them, for tests that everybody refuses them.
#pragma once

#include "agreements/ceremony.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {

// WithShare returns `keys` with another share, and a proof of it that holds.
CeremonyKeys WithShare(const CeremonyKeys& keys, const crypto::Scalar& share);

// CommitTo is the commitment of `keys` to any share and proof, signed by `member`.
Commitment CommitTo(const CeremonyKeys& keys, const TestMember& member, ByteView share,
                    ByteView proof);

// The reveal of `keys`, over `commitments`, with any share and proof, signed by `member`.
Reveal RevealOf(const Agreement& agreement, const CeremonyKeys& keys, const TestMember& member,
                const std::vector<Commitment>& commitments, ByteView share, ByteView proof);

// A proof that holds for `share` and nothing else in this context, by `party`.
Bytes ProofOf(const CeremonyContext& context, std::string_view party, const crypto::Scalar& share);

}  // namespace tallystick::agreements

// This agent's part in opening the sums of a release that it has reviewed (protocol.md, section 6).
// Its ledger stands between the two: what leaves was recorded first.
#pragma once

#include "agents/agent_home.h"
#include "agents/approve/release_review.h"
#include "agents/open/opening_ledger.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

// OpenLedger opens the home's ledger of openings. The caller holds the home's Guard().
Result<OpeningLedger> OpenLedger(const AgentHome& home);

// CheckLedger compares the home's ledger with what the matcher has of its last opening. Fails as
// OpeningLedger::CheckMark(), and then nothing may be opened.
Status CheckLedger(const AgentHome& home, client::MatcherClient& matcher);

// AcceptLedger records that a person knows of the openings that this home's ledger lacks. Returns
// whether there were any.
Result<bool> AcceptLedger(const AgentHome& home, client::MatcherClient& matcher, Time now);

// MakeOpening returns this agent's signed opening of the sums: its partial decryptions, sealed to
// each other party. They are in the ledger before it returns; made again, after a crash too, it is
// the same bytes. Fails with rule REL-LEDGER when other sums of the job were opened before. The
// caller holds the home's Guard().
Result<v1::Signed> MakeOpening(const AgentHome& home, const ReviewedRelease& reviewed, Time now);

// ReadStatistics returns the statistics that every party's partial decryptions open: a serialised
// v1::ReleaseBody with nothing else. They are in the ledger before it returns. Fails as OpenSums()
// and ProvenPartials::Open(), and with rule REL-LEDGER for sums that this agent has not opened. The
// caller holds the home's Guard(). Cost: the table of logarithms is made once, in about a second.
Result<Bytes> ReadStatistics(const AgentHome& home, const ReviewedRelease& reviewed,
                             const v1::ReleaseProposal& proposal);

}  // namespace tallystick::agents

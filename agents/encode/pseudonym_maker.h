#pragma once

#include "agents/normalise/match_key_message.h"
#include "agents/normalise/row.h"
#include "agents/normalise/token_maker.h"
#include "agents/plaintext.h"
#include "crypto/random.h"
#include "crypto/secret.h"
#include "proto/column_chunk.h"

namespace tallystick::agents {

// PseudonymMaker makes a row's pseudonym: 16 bytes of HMAC under the agent's own pseudonym key, of
// the person's strongest identifiers. It is the same in every submission in which the same ones are
// known, so that row sets can be compared; nobody links on it. The strongest are the first of these
// lists that the row has completely:
//
//   SSN · last four of it, birth date, family name · birth date, given name, family name ·
//   educator id · e-mail address · phone number, family name · given name, family name, postcode ·
//   birth date, family name · the identifier of kind other
//
// A row that has none gets a random one. Each list has a key of its own, derived with HKDF; the
// message is that of a match key with these parts (match_key_message.h).
//
// Thread safety: none; one for each worker.
class PseudonymMaker {
 public:
  explicit PseudonymMaker(const crypto::SecretBytes<32>& pseudonym_key);

  Pseudonym Make(const Plaintext<NormalisedRow>& row);

 private:
  TokenMaker maker_;
  MatchKeyMessages messages_;
  crypto::RandomStream random_;
};

}  // namespace tallystick::agents

// The three messages of the key ceremony (protocol.md section 2). They travel through the matcher
// as opaque bytes and are stored by it; every one is signed by the party that made it.
//
// Encodings are our own: fixed fields, lp() strings, then the signature. Decoding takes hostile
// bytes: it bounds everything and accepts one spelling only, and checks no signature.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/domain.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

inline constexpr std::size_t kMaxCeremonyMessageBytes = 16 * 1024;

// CeremonyContext is what a ceremony is for. No message of one is good in another.
struct CeremonyContext {
  crypto::Digest digest;  // the agreement version signed
  crypto::Digest chain;   // the first version's digest: see ChainDigest()
  std::uint32_t epoch = 1;

  friend bool operator==(const CeremonyContext&, const CeremonyContext&) = default;
};

// Commitment binds a party to its contribution and its share before it sees the others'.
struct Commitment {
  static constexpr crypto::Domain kDomain{"tallystick/v1/ceremony-commit"};

  CeremonyContext context;
  std::string party;
  Bytes one_time_key;                // 65 bytes: contributions are sealed to it
  crypto::Digest contribution_hash;  // of contribution and blinding
  crypto::Digest share_hash;         // of P_i and its proof
  Bytes signature;

  Bytes Body() const;  // what is signed
  Bytes Encode() const;
  static Result<Commitment> Decode(ByteView bytes);
};

// Reveal opens a commitment: to the counterparts the contribution, to everyone the share.
struct Reveal {
  static constexpr crypto::Domain kDomain{"tallystick/v1/ceremony-reveal"};

  struct Sealed {
    std::string to;
    Bytes bytes;  // HPKE auth mode: contribution ‖ blinding
  };

  CeremonyContext context;
  std::string party;
  crypto::Digest commitments;  // CommitmentsDigest() of the set it answers
  Bytes share;                 // P_i, 65 bytes
  Bytes proof;                 // crypto::kSchnorrProofSize bytes
  std::vector<Sealed> sealed;  // one for each counterpart, in the order of their ids
  Bytes signature;

  Bytes Body() const;
  Bytes Encode() const;
  static Result<Reveal> Decode(ByteView bytes);
};

// Confirmation shows each counterpart that the party derived the same secret and joint key, and
// normalises alike.
struct Confirmation {
  static constexpr crypto::Domain kDomain{"tallystick/v1/ceremony-confirm"};

  struct Tag {
    std::string to;
    crypto::Digest tag;
  };

  CeremonyContext context;
  std::string party;
  crypto::Digest normaliser;  // in clear, so that a difference can be named
  std::vector<Tag> tags;      // one for each counterpart, in the order of their ids
  Bytes signature;

  Bytes Body() const;
  Bytes Encode() const;
  static Result<Confirmation> Decode(ByteView bytes);
};

// A digest of a whole set of commitments, which must be in the order of party ids.
crypto::Digest CommitmentsDigest(const std::vector<Commitment>& commitments);

// DecodeAll decodes what all parties sent, where each entry of `list` has the bytes of one message.
// Fails as Message::Decode() does.
template <class Message, class List>
Result<std::vector<Message>> DecodeAll(const List& list) {
  std::vector<Message> messages;
  for (const auto& entry : list) {
    TS_ASSIGN_OR_RETURN(Message message, Message::Decode(entry.bytes()));
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace tallystick::agreements

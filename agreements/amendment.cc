#include "agreements/amendment.h"

#include <algorithm>

#include "crypto/base64.h"

namespace tallystick::agreements {
namespace {

bool SameParties(const Agreement& a, const Agreement& b) {
  return a.parties.size() == b.parties.size() &&
         std::all_of(a.parties.begin(), a.parties.end(), [&](const Party& party) {
           const Party* other = b.FindParty(party.id);
           return other != nullptr && other->signing_key == party.signing_key &&
                  other->sealing_key == party.sealing_key;
         });
}

bool SameIdentifiers(const Agreement& a, const Agreement& b) {
  const auto same = [](const Identifier& x, const Identifier& y) {
    return x.name == y.name && x.kind == y.kind && x.required == y.required;
  };
  return a.datasets.size() == b.datasets.size() &&
         std::all_of(a.datasets.begin(), a.datasets.end(), [&](const Dataset& dataset) {
           const Dataset* other = b.FindDataset(dataset.id);
           return other != nullptr && other->party == dataset.party &&
                  std::equal(dataset.identifiers.begin(), dataset.identifiers.end(),
                             other->identifiers.begin(), other->identifiers.end(), same);
         });
}

bool SameLinkage(const Agreement& a, const Agreement& b) {
  const auto same = [](const MatchKey& x, const MatchKey& y) {
    return x.name == y.name && x.parts == y.parts;
  };
  return a.linkage.protocol == b.linkage.protocol && a.linkage.padding == b.linkage.padding &&
         std::equal(a.linkage.ladder.begin(), a.linkage.ladder.end(), b.linkage.ladder.begin(),
                    b.linkage.ladder.end(), same);
}

Error ByHand(const Agreement& agreement, std::string_view key) {
  return Error(Code::kFailedPrecondition, "agreement.rotate-by-hand",
               "the file spells this in a way that cannot be changed safely: write the amendment "
               "by hand (agreement export), with the next version and what it replaces")
      .With("agreement", Name(agreement.id))
      .With("key", Name(key));
}

// A line of a text without its end, and where it starts.
struct Line {
  std::size_t begin = 0;
  std::string_view text;  // of the whole
};

// Line `number`, from 1. REQUIRES: the text has it.
Line LineAt(std::string_view text, int number) {
  std::size_t begin = 0;
  for (int at = 1; at < number; ++at) begin = text.find('\n', begin) + 1;
  std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return {begin, line};
}

// Where the value of a `key = value` line starts; npos where the line is not of this form.
std::size_t ValueAt(std::string_view line, std::string_view key) {
  const auto skip = [&](std::size_t at) {
    return std::min(line.find_first_not_of(" \t", at), line.size());
  };
  std::size_t at = skip(0);
  if (line.substr(at, key.size()) != key) return std::string_view::npos;
  at = skip(at + key.size());
  if (at == line.size() || line[at] != '=') return std::string_view::npos;
  return skip(at + 1);
}

// Replaces `from`, which must stand exactly once.
Status ReplaceOnly(const Agreement& agreement, std::string_view key, std::string_view from,
                   std::string_view to, Bytes& text) {
  const std::size_t at = text.find(from);
  if (at == Bytes::npos || text.find(from, at + 1) != Bytes::npos) return ByHand(agreement, key);
  text.replace(at, from.size(), to);
  return Ok();
}

// After the version, or in its own place where there is one.
Status SetReplaces(const Agreement& current, Bytes& text) {
  const int line_number = current.lines.Of("replaces", 0);
  if (line_number == 0) {
    const Line version = LineAt(text, current.lines.Of("version", 1));
    const std::size_t end = version.begin + version.text.size();
    const bool windows = ByteView(text).substr(end, 1) == "\r";
    text.insert(end,
                (windows ? "\r\n" : "\n") + ("replaces = \"sha256:" + current.digest.hex()) + "\"");
    return Ok();
  }
  const Line line = LineAt(text, line_number);
  const std::string before = "sha256:" + current.replaces->hex();
  const std::size_t value = ValueAt(line.text, "replaces");
  if (value == std::string_view::npos || line.text.substr(value + 1, before.size()) != before) {
    return ByHand(current, "replaces");
  }
  text.replace(line.begin + value + 1, before.size(), "sha256:" + current.digest.hex());
  return Ok();
}

Status SetVersion(const Agreement& current, Bytes& text) {
  const Line line = LineAt(text, current.lines.Of("version", 1));
  const std::string before = std::to_string(current.version);
  const std::size_t value = ValueAt(line.text, "version");
  if (value == std::string_view::npos || line.text.substr(value, before.size()) != before) {
    return ByHand(current, "version");
  }
  text.replace(line.begin + value, before.size(), std::to_string(current.version + 1));
  return Ok();
}

}  // namespace

Result<crypto::Digest> ChainDigest(const Agreement& agreement,
                                   const std::optional<crypto::Digest>& predecessor_chain) {
  if (!agreement.replaces) return agreement.digest;
  if (!predecessor_chain) {
    return Error(Code::kFailedPrecondition, "agreement.predecessor-unknown",
                 "the version that this agreement amends is not known here")
        .With("agreement", Name(agreement.id));
  }
  return *predecessor_chain;
}

Status CheckAmendment(const Agreement& previous, const Agreement& next) {
  if (next.replaces != previous.digest || next.id != previous.id ||
      next.version != previous.version + 1) {
    return Error(Code::kInvalidArgument, "agreement.amendment",
                 "an amendment keeps the id, adds 1 to the version, and names the digest of the "
                 "version before")
        .With("agreement", Name(next.id))
        .With("version", static_cast<std::uint64_t>(next.version));
  }
  return Ok();
}

Result<Bytes> RotationText(const Agreement& current, const std::optional<PartyKeys>& renewed,
                           int attempt) {
  Bytes text = current.text;
  // What it replaces first: the line numbers are those of the text as it was.
  TS_RETURN_IF_ERROR(SetReplaces(current, text));
  TS_RETURN_IF_ERROR(SetVersion(current, text));
  if (renewed) {
    const Party* party = current.FindParty(renewed->party);
    if (party == nullptr) {
      return Error(Code::kInvalidArgument, "agreement.party-unknown",
                   "the agreement has no such party")
          .With("party", Name(renewed->party));
    }
    TS_RETURN_IF_ERROR(ReplaceOnly(current, "signing_key", crypto::Base64(party->signing_key),
                                   crypto::Base64(renewed->signing_key), text));
    TS_RETURN_IF_ERROR(ReplaceOnly(current, "sealing_key", crypto::Base64(party->sealing_key),
                                   crypto::Base64(renewed->sealing_key), text));
  }
  if (attempt > 1) {
    if (!text.ends_with('\n')) text += '\n';
    text += "# rotation of version " + std::to_string(current.version) + ", attempt " +
            std::to_string(attempt) + "\n";
  }
  // Whatever the edits met, what leaves here is an amendment of `current`.
  const Result<Agreement> next = ParseAgreement(text, nullptr);
  if (!next.ok() || !CheckAmendment(current, *next).ok() ||
      (!renewed && NeedsNewEpoch(current, *next))) {
    return ByHand(current, "version");
  }
  return text;
}

bool NeedsNewEpoch(const Agreement& previous, const Agreement& next) {
  return !SameParties(previous, next) || !SameIdentifiers(previous, next) ||
         !SameLinkage(previous, next);
}

}  // namespace tallystick::agreements

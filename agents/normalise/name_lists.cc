#include "agents/normalise/name_lists.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace tallystick::agents {
namespace {

// linkage.md gives these three lists in full.
constexpr auto kTitles = std::to_array<std::string_view>({"dr", "mr", "mrs", "ms", "prof", "rev"});
constexpr auto kSuffixes =
    std::to_array<std::string_view>({"esq", "ii", "iii", "iv", "jr", "md", "phd", "sr", "v"});
constexpr auto kParticles = std::to_array<std::string_view>(
    {"al", "bin", "da",  "de", "del", "den", "der", "di",  "do",  "dos", "du",
     "e",  "el",  "ibn", "la", "las", "le",  "los", "ter", "van", "von", "y"});

// linkage.md names the first ones; the others are what registries and exports write where a name is
// missing (FNU and LNU: first and last name unknown; NMN: no middle name).
constexpr auto kPlaceholders = std::to_array<std::string_view>({"anon",         "anonymous",
                                                                "asdf",         "asdfasdf",
                                                                "baby",         "babyboy",
                                                                "babygirl",     "babyone",
                                                                "babytwo",      "confidential",
                                                                "deceased",     "declined",
                                                                "delete",       "deleted",
                                                                "donotuse",     "dummy",
                                                                "duplicate",    "empty",
                                                                "example",      "familyname",
                                                                "firstname",    "firstnameunknown",
                                                                "fname",        "fnu",
                                                                "givenname",    "invalid",
                                                                "lastname",     "lastnameunknown",
                                                                "lname",        "lnu",
                                                                "middlename",   "missing",
                                                                "na",           "nameunknown",
                                                                "newborn",      "nfn",
                                                                "nln",          "nmi",
                                                                "nmn",          "nofirstname",
                                                                "nolastname",   "nomiddlename",
                                                                "noname",       "none",
                                                                "nosurname",    "notapplicable",
                                                                "notavailable", "notgiven",
                                                                "notknown",     "notprovided",
                                                                "notreported",  "null",
                                                                "refused",      "surname",
                                                                "tba",          "tbd",
                                                                "test",         "testing",
                                                                "testrecord",   "teststudent",
                                                                "unk",          "unknown",
                                                                "unnamed",      "withheld",
                                                                "xx",           "xxx",
                                                                "xxxx",         "xxxxx",
                                                                "xxxxxx",       "xxxxxxx",
                                                                "xxxxxxxx",     "zzz",
                                                                "zzzz",         "zzzzz"});

static_assert(std::is_sorted(kTitles.begin(), kTitles.end()));
static_assert(std::is_sorted(kSuffixes.begin(), kSuffixes.end()));
static_assert(std::is_sorted(kParticles.begin(), kParticles.end()));
static_assert(std::is_sorted(kPlaceholders.begin(), kPlaceholders.end()));

template <class List>
bool Holds(const List& list, std::string_view word) {
  return std::binary_search(list.begin(), list.end(), word);
}

template <class List>
void UpdateWith(crypto::Sha256Hasher& hasher, const List& list) {
  Bytes bytes;
  AppendU32(bytes, static_cast<std::uint32_t>(list.size()));
  for (const std::string_view word : list) AppendLp(bytes, word);
  hasher.Update(bytes);
}

}  // namespace

bool IsTitle(std::string_view word) { return word.size() <= 4 && Holds(kTitles, word); }
bool IsSuffix(std::string_view word) { return word.size() <= 3 && Holds(kSuffixes, word); }
bool IsParticle(std::string_view word) { return word.size() <= 3 && Holds(kParticles, word); }
bool IsPlaceholder(std::string_view name) { return Holds(kPlaceholders, name); }

void UpdateWithNameLists(crypto::Sha256Hasher& hasher) {
  UpdateWith(hasher, kTitles);
  UpdateWith(hasher, kSuffixes);
  UpdateWith(hasher, kParticles);
  UpdateWith(hasher, kPlaceholders);
}

}  // namespace tallystick::agents

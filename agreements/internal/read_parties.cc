#include <utility>

#include "agreements/internal/agreement_reader.h"

namespace tallystick::agreements {
namespace {

bool IsHttpsUrl(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.size() > 256) return false;
  const std::string_view host = url.substr(kScheme.size(), url.find('/', kScheme.size()));
  return !host.empty() && host.front() != '/' && url.find_first_of(" @?#\\\"") == url.npos;
}

}  // namespace

AgreementReader::AgreementReader(const TomlNode& root, const ParseOptions& options,
                                 Problems& problems, Agreement& agreement)
    : root_(root, "", problems), options_(options), problems_(problems), agreement_(agreement) {}

void AgreementReader::ReadAll() {
  ReadHeader();
  ReadMatcher();
  ReadPurpose();
  ReadTerm();
  ReadParties();
  ReadDatasets();
  ReadLinkage();
  ReadPersons();
  ReadOutputs();
  ReadDisclosure();
  ReadRetention();
  ReadGovernance();
  root_.Finish();
}

void AgreementReader::ReadHeader() {
  agreement_.lines = root_.lines();
  root_.Choice("schema", {"tallystick/agreement/1"}, Need::kRequired);
  agreement_.id = root_.Id("id");
  agreement_.title = root_.Text("title");
  agreement_.version =
      static_cast<int>(root_.Integer("version", 1, 10'000, Need::kRequired).value_or(1));

  const std::string replaces = root_.Text("replaces", Need::kOptional);
  if (!replaces.empty()) {
    constexpr std::string_view kPrefix = "sha256:";
    const auto digest = crypto::Digest::FromHex(std::string_view(replaces).substr(
        replaces.starts_with(kPrefix) ? kPrefix.size() : replaces.size()));
    if (digest.ok()) {
      agreement_.replaces = *digest;
    } else {
      root_.Complain("replaces", "`replaces` must be \"sha256:\" and 64 hex digits");
    }
  }
  if (agreement_.version == 1 && !replaces.empty()) {
    root_.Complain("replaces", "version 1 replaces nothing: raise `version` or drop `replaces`");
  }
  if (agreement_.version > 1 && replaces.empty()) {
    root_.Complain("version",
                   "a version above 1 names the one it amends: replaces = \"sha256:...\"");
  }
}

void AgreementReader::ReadKeys(TableReader& reader, Bytes& signing_key, Bytes& sealing_key,
                               Need need) {
  if (options_.lenient) {
    reader.Any("signing_key");
    reader.Any("sealing_key");
    return;
  }
  signing_key = reader.SigningKey("signing_key", need);
  sealing_key = reader.SealingKey("sealing_key", need);
}

void AgreementReader::ReadMatcher() {
  const TomlNode* table = root_.Table("matcher", UnlessLenient());
  if (table == nullptr) return;
  TableReader reader(*table, "[matcher]", problems_);
  MatcherParty& matcher = agreement_.matcher;
  matcher.line = reader.line();
  matcher.id = reader.Id("id", UnlessLenient());
  matcher.url = reader.Text("url", UnlessLenient());
  if (!matcher.url.empty() && !IsHttpsUrl(matcher.url)) {
    reader.Complain("url", "`url` must start with https:// and name a host");
  }
  ReadKeys(reader, matcher.signing_key, matcher.sealing_key, Need::kRequired);
  reader.Finish();
}

void AgreementReader::ReadParties() {
  for (const TomlNode* table : root_.Tables("party", kMaxParties, Need::kRequired)) {
    TableReader reader(*table, "[[party]]", problems_);
    Party party;
    party.line = reader.line();
    party.id = reader.Id("id");
    party.name = reader.Text("name", UnlessLenient());
    ReadKeys(reader, party.signing_key, party.sealing_key, Need::kRequired);
    reader.Finish();

    if (!party.id.empty() && agreement_.FindParty(party.id) != nullptr) {
      reader.Complain("id", "a second party " + Quoted(party.id));
    }
    if (!party.id.empty() && party.id == agreement_.matcher.id) {
      reader.Complain("id", "the matcher cannot be a party: it must not hold its keys");
    }
    // A shared key would let one side stand in for another.
    for (const Party& other : agreement_.parties) {
      if (!party.signing_key.empty() && party.signing_key == other.signing_key) {
        reader.Complain("signing_key", "the same signing key as party " + Quoted(other.id));
      }
      if (!party.sealing_key.empty() && party.sealing_key == other.sealing_key) {
        reader.Complain("sealing_key", "the same sealing key as party " + Quoted(other.id));
      }
    }
    if (!party.signing_key.empty() && party.signing_key == agreement_.matcher.signing_key) {
      reader.Complain("signing_key", "the same signing key as the matcher");
    }
    if (!party.sealing_key.empty() && party.sealing_key == agreement_.matcher.sealing_key) {
      reader.Complain("sealing_key", "the same sealing key as the matcher");
    }
    agreement_.parties.push_back(std::move(party));
  }
  if (root_.Has("party") && agreement_.parties.size() == 1) {
    root_.Complain("party", "an agreement is between two parties or more");
  }
}

void AgreementReader::ReadPersons() {
  for (const TomlNode* table : root_.Tables("person", kMaxPersons, Need::kOptional)) {
    TableReader reader(*table, "[[person]]", problems_);
    Person person;
    person.line = reader.line();
    person.lines = reader.lines();
    person.id = reader.Id("id");
    person.role = reader.Choice("role", {"researcher", "compliance", "convener"}, Need::kRequired)
                      .value_or("");
    person.irb = reader.Text("irb", Need::kOptional);
    ReadKeys(reader, person.signing_key, person.sealing_key, Need::kOptional);
    person.valid_from = reader.Day("valid_from");
    person.valid_to = reader.Day("valid_to");
    reader.Finish();

    if (person.valid_from && person.valid_to && *person.valid_from > *person.valid_to) {
      reader.Complain("valid_to", "`valid_to` is before `valid_from`");
    }
    if (!person.id.empty()) {
      if (agreement_.FindPerson(person.id) != nullptr) {
        reader.Complain("id", "a second person " + Quoted(person.id));
      }
      if (agreement_.FindParty(person.id) != nullptr || person.id == agreement_.matcher.id) {
        reader.Complain("id", Quoted(person.id) +
                                  " is an institution: a recipient's id must be "
                                  "one or the other");
      }
    }
    agreement_.persons.push_back(std::move(person));
  }
}

}  // namespace tallystick::agreements

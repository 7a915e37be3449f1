// The agreement as both sides read it. Everything a program decides about data is decided from
// this structure, on the institutions' premises and at the matcher alike.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/match_key.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

// A `line` below is the element's line in the file, from 1; 0 where the file has no such element
// and the default applies.

// Lines remembers where the keys of one table stand.
class Lines {
 public:
  void Add(std::string_view key, int line) { lines_.insert_or_assign(std::string(key), line); }
  // The key's line, else `otherwise` (the table's own line).
  int Of(std::string_view key, int otherwise) const {
    const auto found = lines_.find(key);
    return found == lines_.end() ? otherwise : found->second;
  }

 private:
  std::map<std::string, int, std::less<>> lines_;
};

// Identifier is a column that identifies a person. It never leaves the premises.
struct Identifier {
  std::string name;
  IdentifierKind kind = IdentifierKind::kOther;
  std::string ceds, label, definition;
  bool required = false;
  int line = 0;
};

// Category is a column with a declared, closed list of values.
struct Category {
  std::string name;
  std::vector<std::string> values;
  bool sensitive = false;
  std::string ceds, label, definition;
  int line = 0;
};

// Measure is a number, stored as round((v - min) · scale), 0..2^20.
struct Measure {
  std::string name;
  double min = 0, max = 0, scale = 1;
  std::string ceds, label, definition;
  int line = 0;
};

struct Dataset {
  std::string id, party, unit, population, legal_basis;
  std::vector<Identifier> identifiers;
  std::vector<Category> categories;
  std::vector<Measure> measures;
  int line = 0;
  Lines lines;

  const Identifier* FindIdentifier(std::string_view name) const;
  const Category* FindCategory(std::string_view name) const;
  const Measure* FindMeasure(std::string_view name) const;
  bool HasKind(IdentifierKind kind) const;
  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

struct Party {
  std::string id, name;
  Bytes signing_key;  // Ed25519, 32 bytes
  Bytes sealing_key;  // P-256, uncompressed point, 65 bytes
  int line = 0;
};

struct MatcherParty {
  std::string id, url;
  Bytes signing_key;  // 32
  Bytes sealing_key;  // 65
  int line = 0;
};

struct Person {
  std::string id, role, irb;
  Bytes signing_key;  // 32; empty when not given: the person cannot sign a request
  Bytes sealing_key;  // 65; empty when not given: the person cannot read labels
  std::optional<Date> valid_from, valid_to;  // both inclusive
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

struct Purpose {
  std::string code, statement, scope;
  int line = 0;
};

// Term's dates are inclusive, in days of UTC.
struct Term {
  Date effective{}, expires{};
  std::optional<Date> review;
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

enum class LinkageProtocol { kExact, kClk, kDoubleMasked };

struct Linkage {
  LinkageProtocol protocol = LinkageProtocol::kExact;
  std::vector<MatchKey> ladder;  // as written or the default; see LadderOf() for one dataset's
  bool padding = true;
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

// ElementRef is "candidates.pathway".
struct ElementRef {
  std::string dataset, element;

  std::string ToString() const { return dataset + "." + element; }
  friend auto operator<=>(const ElementRef&, const ElementRef&) = default;
};

enum class MeasureStat { kSum, kMean, kSd };
std::string_view StatName(MeasureStat stat);  // "mean"

// MeasureRef is "candidates.clinical_hours:mean".
struct MeasureRef {
  ElementRef element;
  MeasureStat stat = MeasureStat::kMean;
};

enum class Cohort { kLinked, kLeft, kRight };
std::string_view CohortName(Cohort cohort);  // "linked"

// Output is a table the agreement permits.
struct Output {
  std::string id, title;
  // The two datasets it is about: what `datasets` says, else those its elements belong to, else
  // the agreement's only two; in the order of the file unless `datasets` says otherwise.
  std::string left, right;
  Cohort cohort = Cohort::kLinked;
  std::vector<ElementRef> dimensions;  // 1..6 categories; with the measures at most 6
  std::vector<MeasureRef> measures;
  std::vector<ElementRef> filters;      // categories a request may restrict
  std::vector<std::string> recipients;  // ids of parties and persons
  int line = 0;
  Lines lines;

  // The measures that it publishes a statistic of, each once, in the order of the file.
  std::vector<ElementRef> Measures() const;
  bool Publishes(const ElementRef& measure, MeasureStat stat) const;
  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

struct Disclosure {
  int min_cell = 11;         // 3..100
  int min_denominator = 20;  // >= min_cell; left out: 20 or min_cell, whichever is more
  bool optimal = true;       // complementary suppression: "optimal", else "heuristic"
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

struct Retention {
  std::optional<Date> submissions_until, releases_until;  // inclusive
  int max_submissions = 12;                               // per dataset and term
  int destroy_within_days = 30;
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

struct Governance {
  bool manual_approval = false;
  int breach_notice_hours = 0;  // 0: not said
  std::string reidentification, redisclosure;
  int line = 0;
  Lines lines;

  int line_of(std::string_view key) const { return lines.Of(key, line); }
};

// Agreement is a parsed agreement file. Its identity is `digest`, of the file's exact bytes.
//
// Thread safety: immutable once parsed; share it as const.
struct Agreement {
  Bytes text;
  crypto::Digest digest;
  std::string id;
  int version = 0;
  std::string title;
  std::optional<crypto::Digest> replaces;
  MatcherParty matcher;
  Purpose purpose;
  Term term;
  std::vector<Party> parties;
  std::vector<Dataset> datasets;
  Linkage linkage;
  std::vector<Output> outputs;
  Disclosure disclosure;
  Retention retention;
  Governance governance;
  std::vector<Person> persons;
  Lines lines;  // of the keys before the first table

  const Party* FindParty(std::string_view party) const;
  const Dataset* FindDataset(std::string_view dataset) const;
  const Output* FindOutput(std::string_view output) const;
  const Person* FindPerson(std::string_view person) const;
  // nullptr when the dataset or its category is not there.
  const Category* FindCategory(const ElementRef& ref) const;
  const Measure* FindMeasure(const ElementRef& ref) const;
  std::vector<const Dataset*> DatasetsOf(std::string_view party) const;
  // The sealing key of a party or person; empty when there is none.
  ByteView SealingKeyOf(std::string_view recipient) const;
};

// Diagnostic is one problem in an agreement or request file. Its text may quote the file, which
// never holds a person's data.
struct Diagnostic {
  enum Severity { kError, kWarning };

  Severity severity = kError;
  int line = 0, column = 0;  // from 1; 0: the file as a whole
  std::string message;

  // "agreement.toml:12:3: error: unknown key `min_cel`; did you mean `min_cell`?"
  std::string ToString(std::string_view file) const;
};

struct ParseOptions {
  // For tallystick-lab: keys of matcher, parties and persons are ignored and may be absent, and
  // so may [matcher], [purpose], [term], [[output]] and [[person]]. Such an agreement must never
  // be signed.
  bool lenient = false;
};

inline constexpr std::size_t kMaxAgreementBytes = 256 * 1024;
inline constexpr std::size_t kMaxDiagnostics = 200;
inline constexpr std::size_t kMaxParties = 16;
inline constexpr std::size_t kMaxDatasets = 32;
inline constexpr std::size_t kMaxElements = 256;  // per dataset and sort
inline constexpr std::size_t kMaxCategoryValues = 65'000;
inline constexpr std::size_t kMaxOutputs = 256;
inline constexpr std::size_t kMaxDimensions = 6;
inline constexpr std::size_t kMaxPersons = 256;
inline constexpr std::size_t kMaxMatchKeys = 32;
inline constexpr std::size_t kMaxTextBytes = 4'096;  // of one string in the file

// Parses an agreement (contract.md, "Agreement file") and checks that it makes sense: every
// reference resolves, keys have their form, limits are kept, and what it asks for is offered by
// this version. Problems are appended to `*diagnostics` (may be null), at most kMaxDiagnostics.
// Fails with kInvalidArgument "agreement.too-large", "agreement.not-utf8" or "agreement.invalid"
// (fields: line of the first problem, number of problems).
Result<Agreement> ParseAgreement(ByteView text, std::vector<Diagnostic>* diagnostics,
                                 const ParseOptions& options = {});

// The place in the agreement's file, for a refusal.
Clause ClauseFor(const Agreement& agreement, int line);

// Whether the dataset has what every part of the key needs. `ssn:last4` is served by the kinds ssn
// and ssn-last4; variants need the name itself, preferred and previous names only add to it.
bool Serves(const Dataset& dataset, const MatchKey& match_key);

// The agreement's match keys that `dataset` can serve, in ladder order: the token columns of its
// submissions.
std::vector<MatchKey> LadderOf(const Agreement& agreement, const Dataset& dataset);

// The keys both datasets can serve, in ladder order: the passes of their linkage.
std::vector<MatchKey> LadderFor(const Agreement& agreement, const Dataset& left,
                                const Dataset& right);

}  // namespace tallystick::agreements

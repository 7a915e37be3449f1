#include "matcher/disclosure/disclosure_control.h"

#include <deque>
#include <vector>

#include "base/check.h"
#include "matcher/disclosure/complementary.h"
#include "matcher/disclosure/linear_program.h"
#include "matcher/disclosure/sensitive_cells.h"
#include "matcher/disclosure/witness_search.h"

namespace tallystick::matcher {
namespace {

using agreements::OwnCounts;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;
using agreements::WitnessSet;

// How often a pattern that the audit does not pass is widened.
constexpr int kMaxRounds = 6;
// Above this many cells, trying several orders costs more than it saves.
constexpr std::size_t kMaxCellsForSeveralOrders = 2'000;

constexpr Literal kFewerCategories = "a table with fewer or broader categories";

struct Audited {
  RenderedTable table;
  Bytes rendered;
  std::vector<WitnessSet> witnesses;  // by attacker
  std::vector<std::size_t> failing;   // cells; none: it passes
  bool insider = false;               // an institution is who can bound one

  void Add(const Attacker& attacker, const std::vector<std::size_t>& cells) {
    insider |= !cells.empty() && attacker.prior.is_institution();
    failing.insert(failing.end(), cells.begin(), cells.end());
  }
};

// The cells to widen for the attacker to be left in this doubt; none when it is.
Result<std::vector<std::size_t>> CellsToWiden(const Doubt& doubt, const SensitiveCells& model,
                                              const RenderedTable& table, WitnessSearch& search) {
  using Cells = std::vector<std::size_t>;
  const std::size_t number = doubt.number;
  if (number < model.cell_count()) {
    const bool left = table[number].is_suppressed() && search.lowest(number) <= doubt.low &&
                      search.highest(number) >= doubt.high;
    return left ? Cells{} : Cells{number};
  }
  // A hidden number is the rest of a cell besides one part. Its sum follows the margins' sums.
  const Sum& sum = model.sums[model.sums.size() - model.numbers.size() + number];
  const std::size_t part = sum.parts.front();
  TS_ASSIGN_OR_RETURN(const bool high,
                      search.CanDiffer(sum.total, part, static_cast<std::int64_t>(doubt.high)));
  if (!high) return Cells{part};
  if (doubt.low >= model.numbers[number]) return Cells{};
  TS_ASSIGN_OR_RETURN(const bool low,
                      search.CanDiffer(part, sum.total, -static_cast<std::int64_t>(doubt.low)));
  return low ? Cells{} : Cells{part};
}

// Audits the bytes a reader would get, once for each attacker.
Result<Audited> Audit(const SensitiveCells& model, const std::vector<bool>& suppressed,
                      const DisclosureRules& rules, const Deadline& deadline) {
  const Bytes rendered = Render(model, suppressed).Encode();
  TS_ASSIGN_OR_RETURN(RenderedTable table, RenderedTable::Decode(rendered));
  Audited audited{std::move(table), rendered, {}, {}, false};
  // Witnesses come first, from what each attacker sees, and then the doubts that only the matcher
  // knows of: those must leave no trace in the witnesses.
  std::deque<WitnessSearch> searches;
  for (const Attacker& attacker : model.attackers) {
    WitnessSearch& search = searches.emplace_back(audited.table, attacker.prior, rules, deadline);
    if (searches.size() > 1) search.Adopt(searches.front());
    TS_ASSIGN_OR_RETURN(const std::vector<std::size_t> failing, search.Run());
    audited.Add(attacker, failing);
    audited.witnesses.push_back(search.witnesses());
  }
  for (std::size_t a = 0; a < searches.size() && audited.failing.empty(); ++a) {
    for (const Doubt& doubt : model.attackers[a].doubts) {
      TS_ASSIGN_OR_RETURN(const std::vector<std::size_t> failing,
                          CellsToWiden(doubt, model, audited.table, searches[a]));
      audited.Add(model.attackers[a], failing);
    }
  }
  return audited;
}

// All cells that share a line with `cell` and may be suppressed.
void AddLines(const SensitiveCells& model, std::size_t cell, std::vector<bool>& also) {
  const TableShape& shape = model.shape;
  for (std::size_t d = 0; d < shape.rank(); ++d) {
    for (std::uint32_t v = 0; v < shape.extent(d); ++v) {
      const std::size_t other = shape.With(cell, d, v);
      if (model.may_suppress[other]) also[other] = true;
    }
  }
}

// Zeros that are suppressed where readers take suppressed counts to be positive.
std::vector<std::size_t> MisplacedZeros(const SensitiveCells& model, const RenderedTable& table,
                                        const DisclosureRules& rules) {
  const std::vector<bool> may_be_zero = agreements::CellsThatMayBeZero(table, rules);
  std::vector<std::size_t> cells;
  for (const std::size_t cell : table.suppressed()) {
    if (model.numbers[cell] == 0 && !may_be_zero[cell]) cells.push_back(cell);
  }
  return cells;
}

// Suppresses and audits until the audit passes. What the search promises holds over the rationals;
// where the integers do not follow, more is suppressed. `also` is suppressed from the start.
Result<Audited> Protect(const SensitiveCells& model, const DisclosureRules& rules,
                        CellWeight weight, std::vector<bool> also, const Deadline& deadline) {
  bool insider = false;
  for (int round = 0; round < kMaxRounds; ++round) {
    TS_ASSIGN_OR_RETURN(const std::vector<bool> suppressed,
                        SuppressComplementary(model, rules, weight, also, deadline));
    TS_ASSIGN_OR_RETURN(Audited audited, Audit(model, suppressed, rules, deadline));
    if (audited.failing.empty()) {
      audited.failing = MisplacedZeros(model, audited.table, rules);
      if (audited.failing.empty()) return audited;
    }
    insider = audited.insider;
    for (const std::size_t cell : audited.failing) AddLines(model, cell, also);
  }
  return Error(Code::kPermissionDenied, "disclosure.audit-failed",
               "a suppressed count could be bounded too tightly")
      .Refused({insider ? Literal("SDC-INSIDER") : Literal("SDC-NARROW"), rules.clause,
                kFewerCategories});
}

Status CheckRules(const DisclosureRules& rules) {
  if (rules.min_cell < 3 || rules.min_cell > 100 || rules.min_denominator < rules.min_cell) {
    return Error(Code::kInvalidArgument, "disclosure.rules",
                 "min_cell is 3 to 100 and min_denominator at least min_cell");
  }
  return Ok();
}

// The best of several orders where there is time for them.
Result<Audited> ProtectBest(const SensitiveCells& model, const DisclosureRules& rules, bool several,
                            const std::vector<bool>& also, const Deadline& deadline) {
  TS_ASSIGN_OR_RETURN(Audited best, Protect(model, rules, CellWeight::kLogOfCount, also, deadline));
  for (const CellWeight weight : {CellWeight::kOne, CellWeight::kCount}) {
    if (!several || best.table.suppressed().empty()) break;
    TS_ASSIGN_OR_RETURN(Audited other, Protect(model, rules, weight, also, deadline));
    if (other.table.suppressed().size() < best.table.suppressed().size()) best = std::move(other);
  }
  return best;
}

void AppendLine(Bytes& out, std::string_view key, std::string_view value) {
  out.append(key).append(" ").append(value).append("\n");
}

}  // namespace

Result<ProtectedTable> DisclosureControl::Review(Tally&& tally) const {
  return Review(std::move(tally), {});
}

Result<ProtectedTable> DisclosureControl::Review(Tally&& tally,
                                                 const std::vector<bool>& withheld) const {
  const Deadline deadline(limits_.time);
  TS_RETURN_IF_ERROR(CheckRules(rules_));
  TS_ASSIGN_OR_RETURN(const TableShape shape, TableShape::Create(tally.cohort, tally.dimensions));
  if (shape.cell_count() > limits_.max_cells) {
    return Error(Code::kPermissionDenied, "disclosure.too-large",
                 "the table has more cells than can be audited")
        .With("cells", shape.cell_count())
        .With("limit", limits_.max_cells)
        .Refused({"SDC-METHOD", rules_.clause, kFewerCategories});
  }
  TS_ASSIGN_OR_RETURN(SensitiveCells model, FindSensitiveCells(tally, rules_));
  std::vector<bool> also(model.cell_count(), false);
  TS_CHECK(withheld.empty() || withheld.size() == also.size());
  for (std::size_t cell = 0; cell < withheld.size(); ++cell) {
    if (!withheld[cell] || model.shape.IsImpossible(cell)) continue;
    also[cell] = true;
    model.may_suppress[cell] = true;
  }

  const bool several = rules_.optimal && model.cell_count() <= kMaxCellsForSeveralOrders;
  Result<Audited> protection = ProtectBest(model, rules_, several, also, deadline);
  if (!protection.ok() && !withheld.empty() &&
      protection.error().code() == Code::kPermissionDenied) {
    for (std::size_t cell = 0; cell < also.size(); ++cell) {
      also[cell] = !model.shape.IsImpossible(cell);
      model.may_suppress[cell] = also[cell];
    }
    protection = ProtectBest(model, rules_, several, also, deadline);
  }
  if (!protection.ok()) return protection.error();
  Audited best = *std::move(protection);

  // The last word has the checker that readers use, and which knows no solver.
  const OwnCounts left{Side::kLeft, std::move(tally.submitted_left)};
  const OwnCounts right{Side::kRight, std::move(tally.submitted_right)};
  TS_CHECK(best.witnesses.size() == 3);
  const std::vector<const OwnCounts*> knowledge{nullptr, &left, &right};  // by attacker
  for (std::size_t a = 0; a < knowledge.size(); ++a) {
    TS_RETURN_IF_ERROR(CheckWitnesses(best.table, best.witnesses[a], rules_, knowledge[a]));
  }
  ProtectedTable result(std::move(best.table));
  result.rendered_ = std::move(best.rendered);
  result.witnesses_ = std::move(best.witnesses[0]);
  result.witnesses_left_ = std::move(best.witnesses[1]);
  result.witnesses_right_ = std::move(best.witnesses[2]);
  DisclosureRecord& record = result.record_;
  record.method = several ? "lp-heuristic, best of several orders" : "lp-heuristic";
  record.protection_level = "full";
  record.solver = LinearProgram::SolverName();
  record.min_cell = rules_.min_cell;
  record.min_denominator = rules_.min_denominator;
  record.zeros_sensitive = rules_.zeros_sensitive;
  record.group_disclosure = rules_.group_disclosure;
  record.cell_count = result.table_.cells().size();
  record.suppressed_count = result.suppressed_count();
  for (const Attacker& attacker : model.attackers) record.attackers.push_back(attacker.name);
  record.table_digest = crypto::Sha256(result.rendered_);
  record.witness_digest = result.witnesses_.digest();
  record.witness_left_digest = result.witnesses_left_.digest();
  record.witness_right_digest = result.witnesses_right_.digest();
  return result;
}

Bytes DisclosureRecord::Encode() const {
  Bytes out;
  AppendLine(out, "schema", "tallystick/disclosure-record/1");
  AppendLine(out, "method", method);
  AppendLine(out, "protection-level", protection_level);
  AppendLine(out, "solver", solver);
  AppendLine(out, "min-cell", std::to_string(min_cell));
  AppendLine(out, "min-denominator", std::to_string(min_denominator));
  AppendLine(out, "zeros", zeros_sensitive ? "sensitive" : "shown");
  AppendLine(out, "group-disclosure", group_disclosure ? "all categories" : "sensitive categories");
  AppendLine(out, "cells", std::to_string(cell_count));
  AppendLine(out, "suppressed", std::to_string(suppressed_count));
  for (const std::string& attacker : attackers) AppendLine(out, "attacker", attacker);
  AppendLine(out, "table-sha256", table_digest.hex());
  AppendLine(out, "witnesses-sha256", witness_digest.hex());
  AppendLine(out, "witnesses-left-sha256", witness_left_digest.hex());
  AppendLine(out, "witnesses-right-sha256", witness_right_digest.hex());
  return out;
}

}  // namespace tallystick::matcher

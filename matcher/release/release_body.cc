#include "matcher/release/release_body.h"

#include "matcher/disclosure/shares.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kEngine = "tallystick disclosure control 1";

void AddRule(v1::ReleaseBody& body, const ReleaseFacts& facts, std::string_view rule,
             std::string value, std::string_view setting) {
  v1::RuleApplied* applied = body.add_rules();
  applied->set_rule(std::string(rule));
  applied->set_value(std::move(value));
  applied->set_clause_agreement(facts.terms->id);
  applied->set_clause_line(facts.terms->disclosure.line_of(setting));
}

// A filtered table is over part of the submissions: shares of the whole would say something about
// the rest, so they are told only for tables without a filter.
void SetQuality(v1::ReleaseBody& body, const ReleaseFacts& facts) {
  constexpr int kNotTold = -1;
  v1::LinkageQuality* quality = body.mutable_quality();
  quality->set_linked_share_left(kNotTold);
  quality->set_linked_share_right(kNotTold);
  quality->set_ambiguous_share_left(kNotTold);
  quality->set_ambiguous_share_right(kNotTold);
  if (!facts.definition->filter.empty()) return;
  // A share bounds the count behind it, so it is told only where the table's total is.
  const agreements::RenderedTable& table = facts.table->table();
  if (table[table.shape().cell_count() - 1].is_suppressed()) return;
  const std::uint64_t linked = facts.linkage->pairs.size();
  quality->set_linked_share_left(
      PublishableShare(linked, facts.left_row_count, *facts.rules).value_or(kNotTold));
  quality->set_linked_share_right(
      PublishableShare(linked, facts.right_row_count, *facts.rules).value_or(kNotTold));
  quality->set_ambiguous_share_left(
      PublishableShare(facts.linkage->ambiguous_left_count, facts.left_row_count, *facts.rules)
          .value_or(kNotTold));
  quality->set_ambiguous_share_right(
      PublishableShare(facts.linkage->ambiguous_right_count, facts.right_row_count, *facts.rules)
          .value_or(kNotTold));
  for (std::size_t pass = 0; pass < facts.match_keys.size(); ++pass) {
    v1::KeyQuality* by_key = quality->add_by_key();
    by_key->set_name(facts.match_keys[pass]);
    by_key->set_share_of_links(
        PublishableShare(facts.linkage->passes[pass].linked_count, linked, *facts.rules)
            .value_or(kNotTold));
  }
}

void SetTables(v1::ReleaseBody& body, const ReleaseFacts& facts) {
  const agreements::Output& output = *facts.output;
  const std::vector<agreements::ElementRef> measures = output.Measures();
  const auto& shape = facts.table->table().shape();
  for (std::size_t d = 0; d < shape.rank(); ++d) {
    const bool observation = shape.dimensions()[d].observation;
    const agreements::ElementRef& element =
        observation ? measures[d - output.dimensions.size()] : output.dimensions[d];
    v1::Dimension* dimension = body.add_dimensions();
    dimension->set_dataset(element.dataset);
    dimension->set_element(element.element);
    dimension->set_party(facts.terms->FindDataset(element.dataset)->party);
    dimension->set_value_count(shape.dimensions()[d].cardinality);
    dimension->set_with_not_linked(shape.dimensions()[d].with_not_linked);
    dimension->set_observation(observation);
  }
  body.set_table(facts.table->rendered());
  body.set_witnesses_digest(Bytes(facts.table->record().witness_digest.view()));
  for (std::size_t m = 0; m < facts.measures.size(); ++m) {
    v1::MeasureTable* table = body.add_measure_tables();
    table->set_element(measures[m].ToString());
    table->set_table(facts.measures[m]->rendered());
    table->set_witnesses_digest(Bytes(facts.measures[m]->record().witness_digest.view()));
  }
  if (facts.openings_root) body.set_openings_root(Bytes(facts.openings_root->view()));
}

}  // namespace

v1::ReleaseBody MakeReleaseBody(const ReleaseFacts& facts) {
  const v1::RequestState& request = *facts.request;
  const DisclosureRecord& record = facts.table->record();
  v1::ReleaseBody body;
  body.set_request_id(request.id());
  body.set_request_digest(Bytes(crypto::Sha256(request.request()).view()));
  body.set_agreement_digest(request.agreement_digest());
  body.set_chain_digest(facts.agreement->chain_digest());
  body.set_epoch(request.epoch());
  body.set_job(request.job());
  body.set_output(facts.output->id);
  body.set_cohort(std::string(agreements::CohortName(facts.output->cohort)));
  body.set_left_root(request.left_root());
  body.set_right_root(request.right_root());
  SetTables(body, facts);
  AddRule(body, facts, "minimum cell", std::to_string(record.min_cell), "min_cell");
  AddRule(body, facts, "minimum denominator", std::to_string(record.min_denominator),
          "min_denominator");
  AddRule(body, facts, "complementary suppression", record.method, "complementary");
  body.set_suppressed_cells(record.suppressed_count);
  for (const std::string& attacker : record.attackers) body.add_attackers(attacker);
  body.set_engine(std::string(kEngine));
  body.set_solver(record.solver);
  body.set_protection_level(record.protection_level);
  SetQuality(body, facts);
  body.set_log_position(facts.log_position);
  body.set_created(facts.now.time_since_epoch().count());
  body.set_matcher(facts.matcher_id);
  for (const agreements::FilterTerm& term : facts.definition->filter) {
    v1::FilterLabels* filter = body.add_filters();
    filter->set_element(term.element.ToString());
    for (const std::string& value : term.values) filter->add_labels(value);
  }
  return body;
}

}  // namespace tallystick::matcher

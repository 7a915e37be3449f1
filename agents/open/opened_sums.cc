#include "agents/open/opened_sums.h"

#include <algorithm>

#include "agreements/measure_table.h"
#include "agreements/statistics.h"
#include "proto/codec.h"

namespace tallystick::agents {
namespace {

using agreements::MeasureStat;

Error OtherSums(Literal message) {
  return Error(Code::kPermissionDenied, "opening.refused", message)
      .Refused({"REL-SUMS", std::nullopt,
                "one sum for each published cell and measure, as the output allows"});
}

// What anybody could see of a sum is not told: neither which cell nor what was found.
Error NoSuchSum() {
  return Error(Code::kPermissionDenied, "opening.refused",
               "a sum is not over as many rows as the table says, or out of the measure's range")
      .Refused({"REL-SUM", std::nullopt, "sums over the rows that the table counts"});
}

// Fails where every party's part is not there once.
Status RequireEveryParty(const agreements::Agreement& agreement,
                         std::span<const ProvenPartials> partials, std::size_t ciphertext_count) {
  bool complete = partials.size() == agreement.parties.size();
  for (const agreements::Party& party : agreement.parties) {
    complete =
        complete && std::count_if(partials.begin(), partials.end(), [&](const auto& it) {
                      return it.party() == party.id && it.points().size() == ciphertext_count;
                    }) == 1;
  }
  if (complete) return Ok();
  return Error(Code::kFailedPrecondition, "opening.incomplete",
               "a sum is opened with the partial decryptions of every party, or not at all");
}

class SumReader {
 public:
  SumReader(std::span<const ProvenPartials> partials, const crypto::DiscreteLogTable& logarithms)
      : partials_(partials), logarithms_(logarithms) {}

  // The next ciphertext's number.
  Result<std::uint64_t> Read(const crypto::Ciphertext& ciphertext, std::uint64_t rows) {
    std::vector<crypto::Point> parts;
    for (const ProvenPartials& partials : partials_) parts.push_back(partials.points()[next_]);
    ++next_;
    const auto found =
        logarithms_.Find(crypto::WithoutRows(crypto::Combine(ciphertext, parts), rows));
    if (!found.ok()) return NoSuchSum();
    return *found;
  }

 private:
  std::span<const ProvenPartials> partials_;
  const crypto::DiscreteLogTable& logarithms_;
  std::size_t next_ = 0;
};

void AddStatistics(const agreements::Output& output, const agreements::ElementRef& element,
                   const agreements::Measure& measure, const SumToOpen& cell,
                   const agreements::MeasureSums& sums, v1::ReleaseBody& body) {
  v1::CellStatistics* entry = body.add_statistics();
  entry->set_measure(cell.measure);
  entry->set_cell(cell.cell);
  for (const auto& [stat, target] : {std::pair(MeasureStat::kSum, entry->mutable_sum()),
                                     std::pair(MeasureStat::kMean, entry->mutable_mean()),
                                     std::pair(MeasureStat::kSd, entry->mutable_sd())}) {
    if (output.Publishes(element, stat)) {
      *target = agreements::PublishedStatistic(measure, stat, sums);
    }
  }
}

}  // namespace

Result<std::vector<SumToOpen>> ReadSums(const agreements::Output& output,
                                        const agreements::AnswerTables& tables,
                                        const v1::ReleaseProposal& proposed) {
  const std::vector<agreements::ElementRef> measures = output.Measures();
  std::vector<SumToOpen> sums;
  std::size_t ciphertext_count = 0;
  for (std::size_t m = 0; m < measures.size(); ++m) {
    const bool with_squares = output.Publishes(measures[m], MeasureStat::kSd);
    for (const std::size_t cell : agreements::CellsToOpen(tables.measures[m])) {
      if (static_cast<std::size_t>(proposed.sums_size()) <= sums.size()) {
        return OtherSums("there are fewer sums than the tables call for");
      }
      const v1::EncryptedSum& given = proposed.sums(static_cast<int>(sums.size()));
      if (given.measure() != m || given.cell() != cell) {
        return OtherSums("a sum is of a cell that has no statistics to open");
      }
      if (given.count() != tables.measures[m][cell].count()) {
        return OtherSums("a sum is over another number of rows than is published");
      }
      if (given.squares().empty() == with_squares) {
        return OtherSums(
            "the output publishes a standard deviation and there are no squares, or "
            "there are squares and it does not");
      }
      const auto sum = crypto::Ciphertext::FromBytes(given.sum());
      if (!sum.ok()) return OtherSums("a sum is no ciphertext");
      SumToOpen read{given.measure(), given.cell(), given.count(), *sum, std::nullopt};
      if (with_squares) {
        const auto squares = crypto::Ciphertext::FromBytes(given.squares());
        if (!squares.ok()) return OtherSums("a sum of squares is no ciphertext");
        read.squares = *squares;
      }
      ciphertext_count += with_squares ? 2 : 1;
      sums.push_back(read);
    }
  }
  if (static_cast<std::size_t>(proposed.sums_size()) != sums.size()) {
    return OtherSums("there are more sums than the tables call for");
  }
  if (ciphertext_count > kMaxOpenedCiphertexts) {
    return OtherSums("there are more sums than one release may open");
  }
  return sums;
}

std::vector<crypto::Ciphertext> CiphertextsOf(std::span<const SumToOpen> sums) {
  std::vector<crypto::Ciphertext> ciphertexts;
  for (const SumToOpen& sum : sums) {
    ciphertexts.push_back(sum.sum);
    if (sum.squares) ciphertexts.push_back(*sum.squares);
  }
  return ciphertexts;
}

Result<Bytes> OpenSums(const agreements::Agreement& agreement, const agreements::Output& output,
                       std::span<const SumToOpen> sums, std::span<const ProvenPartials> partials,
                       const crypto::DiscreteLogTable& logarithms) {
  TS_RETURN_IF_ERROR(RequireEveryParty(agreement, partials, CiphertextsOf(sums).size()));
  const std::vector<agreements::ElementRef> measures = output.Measures();
  SumReader reader(partials, logarithms);
  v1::ReleaseBody body;
  for (const SumToOpen& cell : sums) {
    const agreements::ElementRef& element = measures[cell.measure];
    const agreements::Measure* measure = agreement.FindMeasure(element);
    if (measure == nullptr) return Error(Code::kInternal, "opening.measure", "no such measure");
    agreements::MeasureSums found;
    found.count = cell.count;
    TS_ASSIGN_OR_RETURN(found.sum, reader.Read(cell.sum, cell.count));
    if (cell.squares) {
      TS_ASSIGN_OR_RETURN(found.squares, reader.Read(*cell.squares, cell.count));
    }
    if (!agreements::CheckSums(*measure, found).ok()) return NoSuchSum();
    AddStatistics(output, element, *measure, cell, found, body);
  }
  return Serialise(body);
}

}  // namespace tallystick::agents

#include "storage/reconcile.h"

namespace tallystick::storage {

Status ReconcileView(const CommitLog& log, MutableView& view, const DecodeRecord& decode) {
  const std::uint64_t next_sequence = log.next_sequence();
  if (view.applied() > next_sequence) {
    return Error(Code::kDataLoss, "storage.rollback",
                 "the view knows records that the log lacks: the log is an older copy, or was cut")
        .With("applied", view.applied())
        .With("next_sequence", next_sequence);
  }
  return log.ReadRange(
      view.applied(), next_sequence, [&view, &decode](const LogRecord& record) -> Status {
        TS_ASSIGN_OR_RETURN(const std::vector<Mutation> mutations, decode(record, view));
        return view.Apply(record.sequence + 1, mutations);
      });
}

}  // namespace tallystick::storage

#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "storage/commit_log.h"
#include "storage/view.h"

namespace tallystick::storage {

// DecodeRecord says what a record does to the view that all records before it have made. It must
// depend on nothing else, or a rebuilt view would differ.
using DecodeRecord =
    std::function<Result<std::vector<Mutation>>(const LogRecord& record, const View& before)>;

// ReconcileView replays into `view` the records that it lacks. Fails with
//   kDataLoss storage.rollback  the view has applied records that the log does not have: the log
//                               is an older copy, or lost its tail. Fields: applied, next_sequence
// and with the errors of `decode`, log and view. A new view is built whole, so this is also how a
// view is rebuilt. Cost: about 10 µs a record.
Status ReconcileView(const CommitLog& log, MutableView& view, const DecodeRecord& decode);

}  // namespace tallystick::storage

#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace tallystick::agents {

// The number of threads for an option where 0 means one for each processor, at most 16.
unsigned ThreadCount(unsigned wanted);

// RunJobs calls job(0) to job(job_count - 1), in this order of starting, on `thread_count` threads.
// After a failure no further job is started, and one of the failures is returned.
Status RunJobs(unsigned thread_count, std::size_t job_count,
               const std::function<Status(std::size_t)>& job);

}  // namespace tallystick::agents

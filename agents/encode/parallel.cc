#include "agents/encode/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace tallystick::agents {

unsigned ThreadCount(unsigned wanted) {
  constexpr unsigned kMost = 16;
  if (wanted == 0) wanted = std::thread::hardware_concurrency();
  return std::clamp(wanted, 1u, kMost);
}

Status RunJobs(unsigned thread_count, std::size_t job_count,
               const std::function<Status(std::size_t)>& job) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  Status outcome = Ok();
  const auto work = [&] {
    for (std::size_t i = next++; i < job_count; i = next++) {
      Status done = job(i);
      if (done.ok()) continue;
      next = job_count;
      const std::scoped_lock lock(mutex);
      outcome = std::move(done);
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t helpers = std::min<std::size_t>(thread_count, job_count);
  for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  return outcome;
}

}  // namespace tallystick::agents

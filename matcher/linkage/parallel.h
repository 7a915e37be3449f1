#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace tallystick::matcher {

// ThreadCount returns `wanted`, or the number of processors when it is 0; at least 1.
inline unsigned ThreadCount(unsigned wanted) {
  return std::max(1U, wanted != 0 ? wanted : std::thread::hardware_concurrency());
}

// ForEachTask calls `run(task)` once for each task below `task_count` and returns when all are
// done. Tasks start in order, up to `thread_count` at a time; the caller's thread is one of them.
// `run` must be safe to call from several threads at once, and must not throw.
template <class Run>
void ForEachTask(unsigned thread_count, std::size_t task_count, const Run& run) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t task = next++; task < task_count; task = next++) run(task);
  };
  std::vector<std::jthread> others;
  const std::size_t other_count = std::min<std::size_t>(thread_count, task_count);
  for (std::size_t i = 1; i < other_count; ++i) others.emplace_back(work);
  work();
}

}  // namespace tallystick::matcher

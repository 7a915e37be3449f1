#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tallystick::matcher {

// WorkerPool runs tasks on its threads, from a queue that can be full: a server that takes work
// faster than it does it must say so instead of growing.
//
// Thread safety: any method from any thread; Stop() and the destructor not from a worker.
class WorkerPool {
 public:
  // `max_queued` counts tasks that no thread has begun. REQUIRES: thread_count > 0.
  WorkerPool(std::size_t thread_count, std::size_t max_queued);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when the queue is full or the pool has stopped; the task is then dropped. A task must not
  // throw.
  bool TrySubmit(std::function<void()> task);

  // Whether TrySubmit() would now be refused.
  bool IsFull() const;

  // Drops what is queued, waits for what runs.
  void Stop();

 private:
  void Run();

  const std::size_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;  // guarded by mutex_, as all below
  std::size_t idle_count_ = 0;
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tallystick::matcher

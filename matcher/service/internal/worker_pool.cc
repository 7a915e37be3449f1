#include "matcher/service/internal/worker_pool.h"

#include <utility>

#include "base/check.h"

namespace tallystick::matcher {

WorkerPool::WorkerPool(std::size_t thread_count, std::size_t max_queued)
    : max_queued_(max_queued), idle_count_(thread_count) {
  TS_CHECK(thread_count > 0);
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TrySubmit(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= max_queued_ + idle_count_) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

bool WorkerPool::IsFull() const {
  const std::lock_guard lock(mutex_);
  return stopped_ || queue_.size() >= max_queued_ + idle_count_;
}

void WorkerPool::Stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (stopped_) return;
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    --idle_count_;
    lock.unlock();
    task();
    task = nullptr;  // what it holds goes before the next one starts
    lock.lock();
    ++idle_count_;
  }
}

}  // namespace tallystick::matcher

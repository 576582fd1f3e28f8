#include "util/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include <sched.h>

namespace cartwheel::util {

void parallel_for(std::size_t count,
                  std::size_t threads,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr first;
  std::size_t first_index = count;
  auto keep_thrown = [&](std::size_t i) {
    std::scoped_lock lock(mutex);
    if (i < first_index) {
      first_index = i;
      first = std::current_exception();
    }
  };
  auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        next = count;
        keep_thrown(i);
      }
    }
  };
  {
    std::vector<std::jthread> others;
    others.reserve(std::min(threads, count));
    for (std::size_t i = 1; i < std::min(threads, count); ++i) {
      others.emplace_back(run);
    }
    run();
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

std::size_t available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace cartwheel::util

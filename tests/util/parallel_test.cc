#include "util/parallel.h"

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::util {
namespace {

TEST(ParallelFor, DoesEachOnce) {
  for (std::size_t threads : {0U, 1U, 2U, 7U}) {
    std::vector<std::atomic<int>> done(1000);
    parallel_for(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    for (const std::atomic<int>& count : done) {
      ASSERT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, DoesNothingForNone) {
  parallel_for(0, 4, [](std::size_t) { FAIL(); });
}

TEST(ParallelFor, OneThreadIsTheCallersAndInOrder) {
  std::vector<std::size_t> order;
  std::thread::id caller = std::this_thread::get_id();
  parallel_for(5, 1, [&](std::size_t i) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(i);
  });
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
}

TEST(ParallelFor, UsesNoMoreThreadsThanAsked) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  parallel_for(200, 3, [&](std::size_t) {
    std::scoped_lock lock(mutex);
    seen.insert(std::this_thread::get_id());
  });
  EXPECT_LE(seen.size(), 3U);
}

TEST(ParallelFor, ThrowsTheLowestFailureAndBeginsNoMore) {
  std::atomic<int> begun = 0;
  try {
    parallel_for(100000, 4, [&](std::size_t i) {
      ++begun;
      if (i >= 10) {
        throw Error(ErrorKind::malformed, std::to_string(i));
      }
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "10");
  }
  EXPECT_LE(begun, 20);
}

TEST(AvailableThreads, IsOneAtLeast) { EXPECT_GE(available_threads(), 1U); }

}  // namespace
}  // namespace cartwheel::util

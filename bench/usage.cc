#include "usage.h"

#include <cstdio>

#include <sys/resource.h>

namespace cartwheel::bench {

Usage usage() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return {.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime),
          .user_seconds = seconds(used.ru_utime),
          .peak_memory = static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

void print_result(const char* name, const Stopwatch& watch, std::uint64_t in, std::uint64_t out) {
  double wall = watch.seconds();
  Usage used = usage();
  std::printf(
      "{\"name\":\"%s\",\"wall_s\":%.3f,\"cpu_s\":%.3f,\"user_s\":%.3f,\"peak_mib\":%.1f,"
      "\"in_bytes\":%llu,\"out_bytes\":%llu}\n",
      name,
      wall,
      used.cpu_seconds,
      used.user_seconds,
      static_cast<double>(used.peak_memory) / (1 << 20),
      static_cast<unsigned long long>(in),
      static_cast<unsigned long long>(out));
}

}  // namespace cartwheel::bench

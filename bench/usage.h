#pragma once

#include <chrono>
#include <cstdint>

namespace cartwheel::bench {

// What this process has used since it was started.
struct Usage {
  double cpu_seconds = 0;  // all threads, user and system
  double user_seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes, of resident memory
};
Usage usage();

// Wall time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// One line of JSON: {"name":…,"wall_s":…,"cpu_s":…,"peak_mib":…,"in_bytes":…,"out_bytes":…}.
void print_result(const char* name, const Stopwatch& watch, std::uint64_t in, std::uint64_t out);

}  // namespace cartwheel::bench

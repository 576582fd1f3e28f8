#pragma once

#include <cstddef>
#include <functional>

namespace cartwheel::util {

// Calls work(i) once for each i in 0 … count-1, on at most `threads` threads (the caller's is one
// of them), lowest first. After an exception no further i is begun; the exception of the lowest i
// is thrown again here. Results go into slot i of the caller's own vector, so that the order of
// output never depends on the order of completion.
void parallel_for(std::size_t count,
                  std::size_t threads,
                  const std::function<void(std::size_t)>& work);

// Threads that this process may use well: the CPUs of its affinity mask, at least 1.
std::size_t available_threads();

}  // namespace cartwheel::util

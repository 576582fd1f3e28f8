#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cartwheel::util {

// What is told to the person who waits. Thread-safe. The command line's implementations draw bars,
// print lines or JSON on stderr; Silent does nothing.
class Progress {
 public:
  virtual ~Progress() = default;
  // A named piece of work begins: verb ("fetch", "layer", "write"), what it is about (a file name),
  // and how many bytes it will be, when that is known. The identity is (verb, name).
  virtual void begin(const std::string& verb,
                     const std::string& name,
                     std::optional<std::uint64_t> total) = 0;
  virtual void advance(const std::string& verb, const std::string& name, std::uint64_t bytes) = 0;
  virtual void end(const std::string& verb, const std::string& name) = 0;
  // A line that stays: something the user should know now.
  virtual void note(const std::string& line) = 0;
  // The same, as a warning.
  virtual void warn(const std::string& line) = 0;
};

Progress& silent_progress();

}  // namespace cartwheel::util

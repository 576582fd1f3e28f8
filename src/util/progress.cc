#include "util/progress.h"

namespace cartwheel::util {

namespace {

class Silent : public Progress {
 public:
  void begin(const std::string& /*verb*/,
             const std::string& /*name*/,
             std::optional<std::uint64_t> /*total*/) override {}
  void advance(const std::string& /*verb*/,
               const std::string& /*name*/,
               std::uint64_t /*bytes*/) override {}
  void end(const std::string& /*verb*/, const std::string& /*name*/) override {}
  void note(const std::string& /*line*/) override {}
  void warn(const std::string& /*line*/) override {}
};

}  // namespace

Progress& silent_progress() {
  static Silent silent;
  return silent;
}

}  // namespace cartwheel::util

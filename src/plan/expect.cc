#include <fmt/format.h>

#include "core/platform.h"
#include "plan/make_plan.h"
#include "settings/settings.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

std::map<std::string, std::string> parse_expect(const std::string& text) {
  std::map<std::string, std::string> out;
  for (std::string_view part : util::split(text, ',')) {
    std::size_t equals = part.find('=');
    std::string_view platform = util::trim(part.substr(0, equals));
    std::string_view accelerator =
        equals == std::string_view::npos ? "" : util::trim(part.substr(equals + 1));
    if (platform.empty() || accelerator.empty()) {
      throw util::Error(
          util::ErrorKind::usage,
          fmt::format("--expect '{}': wanted PLATFORM=ACCELERATOR as amd64=cuda,arm64=cpu", text));
    }
    util::in_context(fmt::format("--expect '{}'", text), [&] {
      std::string name = core::Platform::parse(platform).str();
      if (!out.emplace(name, settings::expected_accelerator(accelerator)).second) {
        throw util::Error(util::ErrorKind::usage, fmt::format("{} stands in it twice", name));
      }
    });
  }
  return out;
}

}  // namespace cartwheel::plan

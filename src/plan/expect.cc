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

std::map<std::string, std::vector<std::string>> parse_expect_gpu(
    const std::vector<std::string>& texts) {
  std::map<std::string, std::vector<std::string>> out;
  for (const std::string& text : texts) {
    std::size_t equals = text.find('=');
    std::string platform = equals == std::string::npos ? "" : text.substr(0, equals);
    util::in_context(fmt::format("--expect-gpu '{}'", text), [&] {
      std::string name = platform.empty() ? "" : core::Platform::parse(platform).str();
      out[name].push_back(
          settings::expected_gpu(equals == std::string::npos ? text : text.substr(equals + 1)));
    });
  }
  return out;
}

}  // namespace cartwheel::plan

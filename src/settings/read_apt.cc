#include <algorithm>

#include <fmt/format.h>

#include "core/platform.h"
#include "settings/read_settings.h"

namespace cartwheel::settings {

namespace {

// Debian Policy, section 5.6.1.
bool is_package_name(const std::string& name) {
  return name.size() >= 2 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == std::string::npos &&
         name.front() != '.' && name.front() != '-' && name.front() != '+';
}

void check_name(const TableReader& table, const std::string& key, const std::string& name) {
  if (!is_package_name(name)) {
    table.fail(key, fmt::format("'{}' is no name of a Debian package", name));
  }
}

}  // namespace

void read_apt(TableReader& table, Settings& settings) {
  auto apt = table.texts_by_name("apt");
  if (!apt.empty()) {
    settings.apt.clear();
    for (auto& [platform, names] : apt) {
      std::string key = platform.empty() ? "all" : platform;
      if (key != "all") {
        try {
          key = core::Platform::parse(platform).str();
        } catch (const util::Error& error) {
          table.fail("apt", fmt::format("wanted 'all' or a platform: {}", error.what()));
        }
      }
      for (const std::string& name : names) {
        check_name(table, "apt", name);
      }
      settings.apt[key] = std::move(names);
    }
  }
  if (auto prefer = table.text_map("apt-prefer")) {
    for (const auto& [name, provider] : *prefer) {
      check_name(table, "apt-prefer", provider);
    }
    settings.apt_prefer = std::move(*prefer);
  }
  if (auto scripts = table.text_map("apt-scripts")) {
    settings.apt_skips_scripts.clear();
    for (const auto& [name, what] : *scripts) {
      if (what != "skip") {
        table.fail("apt-scripts", fmt::format("'{}': wanted \"skip\", found \"{}\"", name, what));
      }
      settings.apt_skips_scripts.push_back(name);
    }
  }
}

}  // namespace cartwheel::settings

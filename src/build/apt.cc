#include "build/apt.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "build/image_layers.h"
#include "build/pins.h"
#include "plan/jit.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

base::AptRequest apt_request(const settings::Settings& settings, const core::Platform& platform) {
  std::set<std::string> roots;
  for (const std::string& key : {std::string("all"), platform.str()}) {
    const auto names = settings.apt.find(key);
    if (names != settings.apt.end()) {
      roots.insert(names->second.begin(), names->second.end());
    }
  }
  for (const std::string& name : plan::jit_packages(settings)) {
    roots.insert(name);
  }
  base::AptRequest request;
  request.roots.assign(roots.begin(), roots.end());
  request.prefer = settings.apt_prefer;
  request.skips_scripts = settings.apt_skips_scripts;
  std::ranges::sort(request.skips_scripts);
  return request;
}

void add_automatic_packages(settings::Settings& settings,
                            const plan::Needs& needs,
                            const lock::AptPin* pinned,
                            const core::Platform& platform) {
  std::vector<std::string> names;
  if (settings.apt_auto && needs.checked) {
    names.insert(names.end(), needs.apt.begin(), needs.apt.end());
  } else if (settings.apt_auto && pinned != nullptr) {
    names.insert(names.end(), pinned->roots.begin(), pinned->roots.end());
  }
  if (!names.empty()) {
    std::vector<std::string>& into = settings.apt[platform.str()];
    into.insert(into.end(), names.begin(), names.end());
    std::ranges::sort(into);
    into.erase(std::unique(into.begin(), into.end()), into.end());
  }
}

const lock::AptPin* find_apt(const lock::BaseLock& lock,
                             const std::string& base,
                             const core::Platform& platform,
                             const std::string& variant) {
  const auto found = std::ranges::find_if(lock.apt, [&](const lock::AptPin& pin) {
    return pin.base == base && pin.platform == platform && pin.variant == variant;
  });
  return found == lock.apt.end() ? nullptr : &*found;
}

const lock::AptPin* find_apt(const lock::BaseLock& lock,
                             const base::AptRequest& request,
                             const lock::BasePin& base,
                             const std::string& variant) {
  const lock::AptPin* pin = find_apt(lock, base.name, base.platform, variant);
  return pin != nullptr && pin->digest == base::apt_digest(request, base) ? pin : nullptr;
}

bool lacks_shell(const settings::Settings& settings,
                 const lock::BaseLock& lock,
                 const core::Platform& platform,
                 const std::string& variant) {
  const lock::BasePin* base = find_pin(lock, settings.base, platform);
  if (base == nullptr || base->kind == "image") {
    return false;
  }
  const auto has_shell = [](const std::vector<lock::BasePackage>& packages) {
    return std::ranges::find(packages, "dash", &lock::BasePackage::name) != packages.end();
  };
  const base::AptRequest request = apt_request(settings, platform);
  if (request.roots.empty()) {
    return !has_shell(base->packages);
  }
  const lock::AptPin* apt = find_apt(lock, request, *base, variant);
  return apt != nullptr && !has_shell(base->packages) && !has_shell(apt->packages);
}

std::optional<AptLayer> apt_layer(const settings::Settings& settings,
                                  const lock::BaseLock& lock,
                                  const lock::BasePin& pin,
                                  const std::string& variant,
                                  const base::Context& context,
                                  const std::shared_ptr<store::Store>& store) {
  const base::AptRequest request = apt_request(settings, pin.platform);
  if (request.roots.empty()) {
    return std::nullopt;
  }
  const lock::AptPin* apt = find_apt(lock, request, pin, variant);
  if (apt == nullptr) {
    throw Error(ErrorKind::internal,
                fmt::format("the Debian packages for {} are not pinned", pin.platform.str()));
  }
  std::string created;
  for (const lock::BaseRelease& release : apt->releases) {
    created = std::max(created, release.date);
  }
  std::vector<std::pair<std::string, std::string>> packages;
  packages.reserve(apt->packages.size());
  for (const lock::BasePackage& package : apt->packages) {
    packages.emplace_back(package.name, package.version);
  }
  return AptLayer{
      .stacked = debian_layer(base::apt_layer(request, pin, *apt, settings.compression, context),
                              fmt::format("cartwheel: debian: {} ({} packages)",
                                          util::join(request.roots, ", "),
                                          packages.size()),
                              packages,
                              store),
      .created = created};
}

}  // namespace cartwheel::build

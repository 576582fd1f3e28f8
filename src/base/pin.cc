#include <algorithm>

#include <fmt/format.h>

#include "base/composed.h"
#include "base/scratch_file.h"
#include "base/suites.h"
#include "base/unpack.h"
#include "base/versions.h"
#include "debian/closure.h"
#include "debian/version.h"
#include "elf/elf.h"
#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

const lock::BasePackage& package_of(const std::vector<lock::BasePackage>& packages,
                                    const std::string& name) {
  const auto found = std::find_if(
      packages.begin(), packages.end(), [&](const auto& package) { return package.name == name; });
  if (found == packages.end()) {
    throw Error(ErrorKind::refused,
                fmt::format("the packages of the base do not include '{}'", name));
  }
  return *found;
}

// The largest GLIBCXX version that the pinned libstdc++6 defines; "" when it is not among the
// packages.
std::string libstdcxx_version(const std::vector<lock::BasePackage>& packages,
                              const Definition& definition,
                              const Context& context) {
  const auto found = std::find_if(packages.begin(), packages.end(), [](const auto& package) {
    return package.name == "libstdc++6";
  });
  if (found == packages.end()) {
    return "";
  }
  fetch_packages({*found}, definition, context);
  ScratchFile scratch(context.store.root());
  const UnpackedPackage package = unpack(*open_package(*found, context), *found, {}, scratch);
  for (const auto& [path, node] : package.entries) {
    const debian::Extent* extent = std::get_if<debian::Extent>(&node.content);
    if (node.kind != debian::Node::Kind::file || extent == nullptr ||
        path.find("/libstdc++.so.6") == std::string::npos) {
      continue;
    }
    const auto read = [&, file = *extent](std::uint64_t offset, std::size_t length) {
      return scratch.read(file, offset, length);
    };
    const auto elf =
        util::in_context("/" + path, [&] { return elf::read_elf(extent->size, read); });
    if (elf) {
      return largest_version(elf->versions_defined, "GLIBCXX_");
    }
  }
  return "";
}

facts::BaseFacts facts_of(const std::vector<lock::BasePackage>& packages,
                          const Definition& definition,
                          const Context& context) {
  facts::BaseFacts facts;
  facts.glibc = debian::upstream_version(package_of(packages, "libc6").version);
  facts.python = debian::upstream_version(
      package_of(packages, fmt::format("python{}-minimal", definition.python)).version);
  facts.python_path = definition.python_path;
  facts.libstdcxx = libstdcxx_version(packages, definition, context);
  facts.parents = composed_parents();
  if (facts.glibc != definition.glibc || !facts.python.starts_with(definition.python + ".")) {
    throw Error(
        ErrorKind::refused,
        fmt::format("wanted glibc {} and Python {}, as the definition says; found {} and {}",
                    definition.glibc,
                    definition.python,
                    facts.glibc,
                    facts.python));
  }
  return facts;
}

}  // namespace

std::string largest_version(const std::vector<std::string>& versions, std::string_view prefix) {
  std::string largest;
  for (const std::string& version : versions) {
    // "GLIBCXX_3.4.30", but not "GLIBCXX_DEBUG_MESSAGE_LENGTH", "GLIBC_PRIVATE"
    if (version.starts_with(prefix) && version.size() > prefix.size() &&
        version.find_first_not_of("0123456789.", prefix.size()) == std::string::npos) {
      std::string number = version.substr(prefix.size());
      if (largest.empty() || debian::compare_versions(largest, number) < 0) {
        largest = std::move(number);
      }
    }
  }
  return largest;
}

lock::BasePin pin_composed(const Definition& definition,
                           const core::Platform& platform,
                           const Context& context) {
  const Suites suites = read_suites(definition, platform, context);
  lock::BasePin pin;
  pin.platform = platform;
  pin.kind = "composed";
  pin.name = definition.name;
  pin.digest = definition.text_digest;
  pin.releases = suites.releases;
  const debian::ClosureRequest request{.roots = definition.packages,
                                       .omit = {definition.omit.begin(), definition.omit.end()},
                                       .prefer = definition.prefer};
  for (const debian::Package* package : debian::closure(suites.index, request)) {
    pin.packages.push_back({.name = package->name,
                            .version = package->version,
                            .arch = package->architecture,
                            .sha256 = package->sha256,
                            .size = package->size,
                            .path = package->filename,
                            .suite = package->suite});
  }
  pin.facts = facts_of(pin.packages, definition, context);
  return pin;
}

}  // namespace cartwheel::base

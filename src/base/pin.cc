#include <algorithm>

#include <fmt/format.h>

#include "base/composed.h"
#include "base/library_facts.h"
#include "base/scratch_file.h"
#include "base/suites.h"
#include "base/versions.h"
#include "debian/closure.h"
#include "debian/version.h"
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

// The packages are unpacked as for the image: what the loader finds there is what ldconfig would
// find.
facts::BaseFacts facts_of(const lock::BasePin& pin,
                          const Definition& definition,
                          const Context& context) {
  const std::vector<lock::BasePackage>& packages = pin.packages;
  facts::BaseFacts facts;
  facts.glibc = debian::upstream_version(package_of(packages, "libc6").version);
  facts.python = debian::upstream_version(
      package_of(packages, fmt::format("python{}-minimal", definition.python)).version);
  facts.python_path = definition.python_path;
  facts.suite = definition.suite;
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
  ScratchFile scratch(context.store.root());
  const debian::System system = composed_system(pin, definition, scratch, context);
  set_library_facts(facts, system.tree, pin.platform);
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
  pin.facts = facts_of(pin, definition, context);
  return pin;
}

}  // namespace cartwheel::base

#include <algorithm>

#include <fmt/format.h>

#include "base/composed.h"
#include "base/library_facts.h"
#include "base/package_files.h"
#include "base/python_archive.h"
#include "base/python_version.h"
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

// "3.11.2", from the package or the archive that brings it; "" for a base without Python.
std::string full_python_version(const lock::BasePin& pin,
                                const Definition& definition,
                                const debian::Tree& tree) {
  if (definition.python.empty()) {
    return "";
  }
  if (!pin.archive) {
    return std::string(debian::upstream_version(
        package_of(pin.packages, fmt::format("python{}-minimal", definition.python)).version));
  }
  std::string version = python_version(tree, definition.python_path.substr(1), definition.python);
  if (version.empty()) {
    throw Error(
        ErrorKind::refused,
        fmt::format("cannot tell the version of '{}' in its archive", definition.python_path));
  }
  return version;
}

// The packages are unpacked as for the image: what the loader finds there is what ldconfig would
// find.
facts::BaseFacts facts_of(const lock::BasePin& pin,
                          const Definition& definition,
                          const Context& context) {
  const std::vector<lock::BasePackage>& packages = pin.packages;
  facts::BaseFacts facts;
  facts.glibc = debian::upstream_version(package_of(packages, "libc6").version);
  ScratchFile scratch(context.store.root());
  debian::System system = composed_system(pin, definition, scratch, context);
  if (pin.archive) {
    add_python(definition, pin.platform, scratch, context, system.tree);
    debian::update_ld_so_cache(system);
  }
  facts.python = full_python_version(pin, definition, system.tree);
  facts.python_path = definition.python_path;
  facts.suite = definition.suite;
  facts.parents = composed_parents();
  const bool is_that_python =
      definition.python.empty() || facts.python.starts_with(definition.python + ".");
  if (facts.glibc != definition.glibc || !is_that_python) {
    throw Error(
        ErrorKind::refused,
        fmt::format("wanted glibc {} and Python {}, as the definition says; found {} and {}",
                    definition.glibc,
                    definition.python,
                    facts.glibc,
                    facts.python));
  }
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
  if (!definition.python_archives.empty()) {
    pin.kind = "archive";
    pin.archive = archive_for(definition, platform);
  }
  pin.name = definition.name;
  pin.digest = definition.text_digest;
  pin.releases = suites.releases;
  debian::ClosureRequest request{.roots = definition.packages,
                                 .omit = {definition.omit.begin(), definition.omit.end()},
                                 .prefer = definition.prefer};
  request.omit.insert(definition.omit_here.begin(), definition.omit_here.end());
  for (const debian::Package* package : debian::closure(suites.index, request)) {
    pin.packages.push_back(pinned_package(*package));
  }
  pin.facts = facts_of(pin, definition, context);
  return pin;
}

}  // namespace cartwheel::base

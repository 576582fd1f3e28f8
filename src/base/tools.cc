#include "base/tools.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/busybox.h"
#include "base/composed.h"
#include "base/layer_key.h"
#include "base/package_files.h"
#include "base/scratch_file.h"
#include "base/suites.h"
#include "base/unpack.h"
#include "layer/tree_layer.h"
#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr const char* kDefaultBase = "debian12-python3.11";
constexpr const char* kBusyboxPath = "usr/bin/busybox";  // in the package

// What fetch_packages() needs to know of where the package lies.
Definition definition_of(const lock::ToolPin& pin) {
  Definition definition;
  definition.name = pin.package.name;
  definition.archives[pin.package.suite] = pin.archive;
  return definition;
}

// The text of a file of the package, or nothing.
std::optional<std::string> text_of(const UnpackedPackage& package,
                                   const std::string& path,
                                   const ScratchFile& scratch) {
  for (const auto& [name, node] : package.entries) {
    const debian::Extent* extent = std::get_if<debian::Extent>(&node.content);
    if (name == path && node.kind == debian::Node::Kind::file && extent != nullptr) {
      return scratch.read(*extent, 0, extent->size);
    }
  }
  return std::nullopt;
}

std::string binary_of(const UnpackedPackage& package,
                      const std::string& path,
                      const ScratchFile& scratch) {
  std::optional<std::string> text = text_of(package, path, scratch);
  if (!text) {
    throw Error(ErrorKind::refused,
                fmt::format("package '{}' {} holds no '/{}'",
                            package.installed.name,
                            package.installed.version,
                            path));
  }
  return std::move(*text);
}

std::vector<layer::TreeEntry> entries_of(const lock::ToolPin& pin,
                                         const std::string& shell,
                                         const Context& context) {
  fetch_packages({pin.package}, definition_of(pin), {pin.release}, context);
  ScratchFile scratch(context.store.root());
  const UnpackedPackage package =
      unpack(*open_package(pin.package, context), pin.package, {}, scratch);
  std::vector<layer::TreeEntry> entries;
  if (pin.package.name == kBusybox) {
    entries = busybox_entries(binary_of(package, kBusyboxPath, scratch), shell);
  } else {
    const std::string path = std::string(kTiniPath).substr(1);
    entries.push_back(layer::text_entry(path, binary_of(package, path, scratch), 0755));
  }
  const std::string copyright = fmt::format("usr/share/doc/{}/copyright", pin.package.name);
  if (std::optional<std::string> text = text_of(package, copyright, scratch)) {
    entries.push_back(layer::text_entry(copyright, *text));
  }
  entries.push_back(
      layer::text_entry("var/lib/dpkg/status.d/" + pin.package.name, package.installed.control));
  return entries;
}

}  // namespace

lock::ToolPin pin_tool(const std::string& name,
                       const std::string& base,
                       const core::Platform& platform,
                       const Context& context) {
  return util::in_context(fmt::format("package '{}' for {}", name, platform.str()), [&] {
    const Definition definition =
        find_definition(is_image_reference(base) ? kDefaultBase : base, context.project);
    const Suites suites = read_suites(definition, platform, context);
    const debian::Package* package = suites.index.find(name);
    if (package == nullptr) {
      throw Error(ErrorKind::not_found, fmt::format("is in no suite of '{}'", definition.name));
    }
    const auto suite = std::ranges::find(definition.suites, package->suite);
    return lock::ToolPin{
        .platform = platform,
        .package = {.name = package->name,
                    .version = package->version,
                    .arch = package->architecture,
                    .sha256 = package->sha256,
                    .size = package->size,
                    .path = package->filename,
                    .suite = package->suite},
        .archive = definition.archives.at(package->suite),
        .release = suites.releases.at(static_cast<std::size_t>(suite - definition.suites.begin()))};
  });
}

memo::LayerRecord tool_layer(const lock::ToolPin& pin,
                             const std::string& shell,
                             core::Compression compression,
                             const Context& context) {
  const std::string key = tool_layer_key(pin, shell, compression);
  memo::LayerMemo memo(context.store);
  if (std::optional<memo::LayerRecord> known = memo.find(key)) {
    return *known;
  }
  memo::LayerRecord record =
      layer::make_tree_layer(entries_of(pin, shell, context), "deb", compression, context.store);
  record.packages.push_back(
      {.name = pin.package.name, .version = pin.package.version, .wheel = ""});
  memo.put(key, record);
  return record;
}

}  // namespace cartwheel::base

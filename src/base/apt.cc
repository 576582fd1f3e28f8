#include "base/apt.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/composed.h"
#include "base/layer_key.h"
#include "base/library_facts.h"
#include "base/package_files.h"
#include "base/scratch_file.h"
#include "base/suites.h"
#include "base/unpack.h"
#include "debian/closure.h"
#include "layer/tree_layer.h"
#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

// The package as the index would have it: what it depends on stands in its own control file.
debian::Package package_of(const lock::BasePackage& pinned,
                           const Definition& definition,
                           const std::vector<lock::BaseRelease>& releases,
                           const Context& context) {
  fetch_packages({pinned}, definition, releases, context);
  ScratchFile scratch(context.store.root());
  const UnpackedPackage unpacked = unpack(*open_package(pinned, context), pinned, {}, scratch);
  const std::string place = fmt::format("package '{}'", pinned.name);
  debian::Package package =
      debian::parse_control(debian::parse_paragraph(unpacked.installed.control, place), place);
  package.filename = pinned.path;
  package.size = pinned.size;
  package.sha256 = pinned.sha256;
  package.suite = pinned.suite;
  return package;
}

// Makes the pinned versions the candidates of their names.
void keep_pinned(debian::PackageIndex& index,
                 const std::vector<lock::BasePackage>& packages,
                 const Definition& definition,
                 const std::vector<lock::BaseRelease>& releases,
                 const Context& context) {
  for (const lock::BasePackage& pinned : packages) {
    const debian::Package* newest = index.find(pinned.name);
    if (newest == nullptr || newest->sha256 != pinned.sha256) {
      index.put(package_of(pinned, definition, releases, context));
    }
  }
}

std::vector<const debian::Package*> closure_of(const debian::PackageIndex& index,
                                               const debian::ClosureRequest& request) {
  try {
    return debian::closure(index, request);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::refused) {
      throw;
    }
    throw Error(error.kind(),
                fmt::format("{} (the versions pinned in cartwheel.lock are kept: 'cartwheel base "
                            "update' takes newer ones)",
                            error.what()));
  }
}

debian::ClosureRequest closure_request(const AptRequest& request,
                                       const lock::BasePin& base,
                                       const Definition& definition) {
  debian::ClosureRequest wanted;
  wanted.roots = request.roots;
  wanted.prefer = definition.prefer;
  for (const auto& [name, provider] : request.prefer) {
    wanted.prefer[name] = provider;
  }
  wanted.omit = {definition.omit.begin(), definition.omit.end()};
  for (const std::string& root : request.roots) {
    wanted.omit.erase(root);
  }
  for (const lock::BasePackage& package : base.packages) {
    wanted.installed.push_back(package.name);
  }
  return wanted;
}

bool differs(const debian::Node& left, const debian::Node& right) {
  return left.kind != right.kind || left.mode != right.mode || left.uid != right.uid ||
         left.gid != right.gid || left.target != right.target || left.content != right.content;
}

// What of a tree is not in the one below it, or otherwise; with the folders that it lies in, since
// a layer gives folders that it does not have the mode 0755.
debian::Tree difference(const debian::Tree& whole, const debian::Tree& below) {
  debian::Tree result;
  for (const auto& [path, node] : whole.nodes()) {
    const debian::Node* old = below.find(path);
    if (old != nullptr && !differs(*old, node)) {
      continue;
    }
    result.put(path, node);
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos;
         slash = path.rfind('/', slash - 1)) {
      const std::string folder = path.substr(0, slash);
      const debian::Node* above = whole.find(folder);
      if (result.find(folder) != nullptr) {
        break;
      }
      if (above != nullptr) {
        result.put(folder, *above);
      }
    }
  }
  for (const auto& [path, node] : below.nodes()) {
    if (whole.find(path) == nullptr) {
      throw Error(ErrorKind::refused,
                  fmt::format("the packages' scripts remove '/{}' of the base", path));
    }
  }
  return result;
}

// The base, unpacked but not configured, and where its files lie.
debian::System unpacked_base(const lock::BasePin& base,
                             const AptRequest& request,
                             const Definition& definition,
                             ScratchFile& scratch,
                             const Context& context) {
  debian::System system = empty_system(base.platform, scratch);
  system.skips_scripts_of = {request.skips_scripts.begin(), request.skips_scripts.end()};
  add_packages(system, base.packages, definition, scratch, context);
  return system;
}

// What the base with the packages provides to wheels.
facts::BaseFacts facts_of(const AptRequest& request,
                          const lock::BasePin& base,
                          const lock::AptPin& pin,
                          const Definition& definition,
                          const Context& context) {
  fetch_packages(base.packages, definition, base.releases, context);
  fetch_packages(pin.packages, definition, pin.releases, context);
  ScratchFile scratch(context.store.root());
  debian::System system = unpacked_base(base, request, definition, scratch, context);
  add_packages(system, pin.packages, definition, scratch, context);
  finish_base(system, base, definition, scratch, context);
  facts::BaseFacts facts = base.facts;
  set_library_facts(facts, system.tree, base.platform);
  return facts;
}

memo::LayerRecord make_apt_layer(const AptRequest& request,
                                 const lock::BasePin& base,
                                 const lock::AptPin& pin,
                                 core::Compression compression,
                                 const Context& context) {
  const Definition definition = find_definition(base.name, context.project);
  fetch_packages(base.packages, definition, base.releases, context);
  fetch_packages(pin.packages, definition, pin.releases, context);
  const std::string work = fmt::format("Debian packages {}", pin.platform.str());
  context.progress.begin("base", work, std::nullopt);
  ScratchFile scratch(context.store.root());
  debian::System below = unpacked_base(base, request, definition, scratch, context);
  debian::System whole = below;
  add_packages(whole, pin.packages, definition, scratch, context);
  finish_base(whole, base, definition, scratch, context);
  finish_base(below, base, definition, scratch, context);
  memo::LayerRecord record =
      layer::make_tree_layer(layer_entries(difference(whole.tree, below.tree), scratch),
                             "debian",
                             compression,
                             context.store);
  for (const lock::BasePackage& package : pin.packages) {
    record.packages.push_back({.name = package.name, .version = package.version, .wheel = ""});
  }
  context.progress.end("base", work);
  return record;
}

}  // namespace

std::string apt_digest(const AptRequest& request, const lock::BasePin& base) {
  nlohmann::json key;
  key["base"] = base.digest;
  key["prefer"] = request.prefer;
  key["roots"] = request.roots;
  key["packages"] = nlohmann::json::array();
  for (const lock::BasePackage& package : base.packages) {
    key["packages"].push_back(package.sha256.hex());
  }
  return core::Digest::of(key.dump()).str();
}

lock::AptPin pin_apt(const AptRequest& request,
                     const lock::BasePin& base,
                     const lock::AptPin* old,
                     const Context& context) {
  return util::in_context(fmt::format("apt for {}", base.platform.str()), [&] {
    if (is_image_reference(base.name)) {
      throw Error(ErrorKind::refused,
                  fmt::format("base '{}' is an image: packages can be added to a base that is "
                              "composed of packages (cartwheel base list)",
                              base.name));
    }
    const Definition definition = find_definition(base.name, context.project);
    Suites suites = read_suites(definition, base.platform, context);
    keep_pinned(suites.index, base.packages, definition, base.releases, context);
    if (old != nullptr) {
      keep_pinned(suites.index, old->packages, definition, old->releases, context);
    }
    lock::AptPin pin;
    pin.platform = base.platform;
    pin.base = base.name;
    pin.digest = apt_digest(request, base);
    pin.roots = request.roots;
    pin.releases = suites.releases;
    for (const debian::Package* package :
         closure_of(suites.index, closure_request(request, base, definition))) {
      pin.packages.push_back(pinned_package(*package));
    }
    pin.facts = facts_of(request, base, pin, definition, context);
    return pin;
  });
}

memo::LayerRecord apt_layer(const AptRequest& request,
                            const lock::BasePin& base,
                            const lock::AptPin& pin,
                            core::Compression compression,
                            const Context& context) {
  const std::string key = apt_layer_key(base, pin, request.skips_scripts, compression);
  memo::LayerMemo memo(context.store, context.verify_memo);
  if (std::optional<memo::LayerRecord> known = memo.find(key)) {
    return *known;
  }
  memo::LayerRecord record = util::in_context(fmt::format("apt for {}", pin.platform.str()), [&] {
    return make_apt_layer(request, base, pin, compression, context);
  });
  memo.put(key, record);
  return record;
}

}  // namespace cartwheel::base

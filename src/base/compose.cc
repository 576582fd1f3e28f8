#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/composed.h"
#include "base/layer_key.h"
#include "base/package_files.h"
#include "base/python_archive.h"
#include "base/scratch_file.h"
#include "base/unpack.h"
#include "debian/system.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
#include "store/recipe.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kLongestList = 4096;  // bytes of an annotation

// docs/formats.md section 9: all of them, or how many there are.
std::string package_list(const std::vector<lock::BasePackage>& packages) {
  std::string list;
  for (const lock::BasePackage& package : packages) {
    list += (list.empty() ? "" : ",") + package.name + "==" + package.version;
  }
  return list.size() <= kLongestList ? list : fmt::format("{} packages", packages.size());
}

void append_line(debian::Tree& tree, const std::string& path, const std::string& line) {
  tree.put(path, debian::Node::file(tree.text(path) + line));
}

void add_user(debian::Tree& tree) {
  append_line(tree,
              "etc/passwd",
              fmt::format("nonroot:*:{0}:{0}:nonroot:/{1}:/usr/sbin/nologin\n", kUser, kHome));
  append_line(tree, "etc/group", fmt::format("nonroot:*:{}:\n", kUser));
  tree.ensure_directory("home");
  tree.put(std::string(kHome), debian::Node::directory(0755, kUser, kUser));
}

// "python3" and "python" beside the interpreter: Debian has them in packages that bring nothing
// else.
void link_python(debian::Tree& tree, const std::string& python_path) {
  if (python_path.empty()) {
    return;  // a base without Python
  }
  const std::string path = python_path.substr(1);
  const debian::Node* python = tree.find(path);
  if (python == nullptr || python->kind != debian::Node::Kind::file) {
    throw Error(ErrorKind::refused, fmt::format("no package brings '{}'", python_path));
  }
  const std::size_t slash = path.rfind('/') + 1;
  const std::string name = path.substr(slash);
  for (const char* link : {"python3", "python"}) {
    if (name != link && tree.find(path.substr(0, slash) + link) == nullptr) {
      tree.put(path.substr(0, slash) + link, debian::Node::symlink(name));
    }
  }
}

// What lies in a tree, so that what is added later can be told: the texts that were made here, and
// the other paths.
using Snapshot = std::map<std::string, std::string>;

std::string content_of(const debian::Node& node) {
  const std::string* text = std::get_if<std::string>(&node.content);
  return text == nullptr ? "" : *text;
}

Snapshot snapshot_of(const debian::Tree& tree) {
  Snapshot snapshot;
  for (const auto& [path, node] : tree.nodes()) {
    snapshot.emplace(path, content_of(node));
  }
  return snapshot;
}

// What of the tree is not in `below`: paths and the contents of what was made here.
std::vector<layer::TreeEntry> layer_entries(const debian::Tree& tree,
                                            const Snapshot& below,
                                            const ScratchFile& scratch) {
  std::vector<layer::TreeEntry> entries;
  entries.reserve(tree.nodes().size() - below.size());
  for (const auto& [path, node] : tree.nodes()) {
    const auto old = below.find(path);
    if (old != below.end() && old->second == content_of(node)) {
      continue;
    }
    layer::TreeEntry entry;
    entry.entry = {
        .path = path, .mode = node.mode, .uid = node.uid, .gid = node.gid, .target = node.target};
    switch (node.kind) {
      case debian::Node::Kind::directory:
        entry.entry.kind = archive::EntryKind::directory;
        break;
      case debian::Node::Kind::symlink:
        entry.entry.kind = archive::EntryKind::symlink;
        break;
      case debian::Node::Kind::file:
        entry.entry.kind = archive::EntryKind::file;
        entry.entry.size = node.size();
        entry.open = [&node = node, &scratch]() -> std::unique_ptr<util::Source> {
          if (const debian::Extent* extent = std::get_if<debian::Extent>(&node.content)) {
            return scratch.open(*extent);
          }
          return std::make_unique<util::StringSource>(std::get<std::string>(node.content));
        };
        break;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

// What cartwheel.lock says of the folders must be what is in the layer: wheels' layers are made by
// it.
void check_parents(const debian::Tree& tree, const lock::BasePin& pin) {
  for (const facts::BaseFacts::Parent& parent : pin.facts.parents) {
    const debian::Node* node = tree.find(parent.path);
    if (node == nullptr || node->mode != parent.mode || node->uid != parent.uid ||
        node->gid != parent.gid) {
      throw Error(
          ErrorKind::refused,
          fmt::format("cartwheel.lock says that /{} has the mode {:04o} and the owner {}:{}; the "
                      "packages have it otherwise: run 'cartwheel base pin'",
                      parent.path,
                      parent.mode,
                      parent.uid,
                      parent.gid));
    }
  }
}

// The composed base's layers, bottom to top: Debian's packages, and the Python of an archive.
std::vector<memo::LayerRecord> make_layers(const lock::BasePin& pin,
                                           const Definition& definition,
                                           core::Compression compression,
                                           const Context& context) {
  const std::string work = fmt::format("{} {}", pin.name, pin.platform.str());
  context.progress.begin("base", work, std::nullopt);
  ScratchFile scratch(context.store.root());
  debian::System system = composed_system(pin, definition, scratch, context);
  add_user(system.tree);
  if (!pin.archive) {
    link_python(system.tree, definition.python_path);
  }
  check_parents(system.tree, pin);
  std::vector<memo::LayerRecord> records = {layer::make_tree_layer(
      layer_entries(system.tree, {}, scratch), "base", compression, context.store)};
  for (const lock::BasePackage& package : pin.packages) {
    records[0].packages.push_back({.name = package.name, .version = package.version, .wheel = ""});
  }
  if (pin.archive) {
    const Snapshot below = snapshot_of(system.tree);
    add_python(definition, pin.platform, scratch, context, system.tree);
    link_python(system.tree, definition.python_path);
    debian::update_ld_so_cache(system);
    records.push_back(layer::make_tree_layer(
        layer_entries(system.tree, below, scratch), "python", compression, context.store));
    records[1].packages.push_back({.name = "cpython", .version = pin.facts.python, .wheel = ""});
  }
  context.progress.end("base", work);
  return records;
}

// The same, from the memo where they are there.
std::vector<memo::LayerRecord> layers_of(const lock::BasePin& pin,
                                         const Definition& definition,
                                         core::Compression compression,
                                         const Context& context) {
  std::vector<std::string> keys = {composed_layer_key(pin, compression)};
  if (pin.archive) {
    keys.push_back(python_layer_key(pin, compression));
  }
  memo::LayerMemo memo(context.store, context.verify_memo);
  std::vector<memo::LayerRecord> records;
  for (const std::string& key : keys) {
    if (std::optional<memo::LayerRecord> record = memo.find(key)) {
      records.push_back(std::move(*record));
    }
  }
  if (records.size() == keys.size()) {
    return records;
  }
  records = util::in_context(fmt::format("base '{}' for {}", pin.name, pin.platform.str()),
                             [&] { return make_layers(pin, definition, compression, context); });
  for (std::size_t i = 0; i < keys.size(); ++i) {
    memo.put(keys[i], records[i]);
  }
  return records;
}

// One of the composed base's layers on the image.
void add_layer(oci::Image& image,
               const memo::LayerRecord& record,
               const std::string& packages,
               const std::string& created_by,
               const Context& context) {
  oci::Layer layer{.descriptor = record.blob, .diff_id = record.diff_id};
  const std::string prefix(core::kAnnotationPrefix);
  layer.descriptor.annotations[prefix + "kind"] = record.kind;
  layer.descriptor.annotations[prefix + "packages"] = packages;
  // The caller keeps the store; the blob only looks at it.
  const std::shared_ptr<const store::Store> store(std::shared_ptr<void>(), &context.store);
  layer.blob = store::find_blob(store, record.blob.digest);
  image.layers.push_back(std::move(layer));
  image.history.push_back({.created = image.created, .created_by = created_by});
}

std::string newest_date(const std::vector<lock::BaseRelease>& releases) {
  std::string newest;
  for (const lock::BaseRelease& release : releases) {
    newest = std::max(newest, release.date);  // RFC 3339 in UTC: text order is time order
  }
  return newest;
}

}  // namespace

std::vector<facts::BaseFacts::Parent> composed_parents() {
  return {{.path = std::string(kHome), .mode = 0755, .uid = kUser, .gid = kUser},
          {.path = "root", .mode = 0700},
          {.path = "tmp", .mode = 01777},
          {.path = "var/tmp", .mode = 01777}};
}

debian::System empty_system(const core::Platform& platform, ScratchFile& scratch) {
  debian::System system;
  system.platform = platform;
  system.tree = debian::Tree(
      [&scratch](const debian::Extent& extent, std::uint64_t offset, std::size_t length) {
        return scratch.read(extent, offset, length);
      });
  return system;
}

void add_packages(debian::System& system,
                  const std::vector<lock::BasePackage>& pinned,
                  const Definition& definition,
                  ScratchFile& scratch,
                  const Context& context) {
  std::vector<UnpackedPackage> packages(pinned.size());
  util::parallel_for(packages.size(), context.threads, [&](std::size_t i) {
    packages[i] = unpack(*open_package(pinned[i], context), pinned[i], definition.exclude, scratch);
  });
  for (UnpackedPackage& package : packages) {
    for (auto& [path, node] : package.entries) {
      system.tree.unpack(path, std::move(node));
    }
    system.packages.push_back(std::move(package.installed));
  }
  std::sort(system.packages.begin(), system.packages.end(), [](const auto& a, const auto& b) {
    return a.name < b.name;
  });
}

debian::System composed_system(const lock::BasePin& pin,
                               const Definition& definition,
                               ScratchFile& scratch,
                               const Context& context) {
  fetch_packages(pin.packages, definition, pin.releases, context);
  debian::System system = empty_system(pin.platform, scratch);
  add_packages(system, pin.packages, definition, scratch, context);
  debian::configure(system);
  return system;
}

void finish_base(debian::System& system,
                 const lock::BasePin& pin,
                 const Definition& definition,
                 ScratchFile& scratch,
                 const Context& context) {
  debian::configure(system);
  add_user(system.tree);
  if (pin.archive) {
    add_python(definition, pin.platform, scratch, context, system.tree);
    debian::update_ld_so_cache(system);
  }
  link_python(system.tree, definition.python_path);
}

std::vector<layer::TreeEntry> layer_entries(const debian::Tree& tree, const ScratchFile& scratch) {
  return layer_entries(tree, Snapshot(), scratch);
}

oci::Image compose_debian(const lock::BasePin& pin,
                          const Definition& definition,
                          core::Compression compression,
                          const Context& context) {
  if (pin.digest != definition.text_digest) {
    throw Error(
        ErrorKind::refused,
        fmt::format("base '{}': its definition is not the one that cartwheel.lock was made with "
                    "({}, now {}): run 'cartwheel base pin'",
                    pin.name,
                    pin.digest,
                    definition.text_digest));
  }
  const std::vector<memo::LayerRecord> records = layers_of(pin, definition, compression, context);
  oci::Image image;
  image.platform = pin.platform;
  image.created = newest_date(pin.releases);
  image.user = fmt::format("{0}:{0}", kUser);
  image.working_dir = std::string("/");
  image.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "LANG=C.UTF-8",
               "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"};
  if (!pin.facts.python.empty()) {
    image.cmd = {"python3"};
  }
  const std::string packages = package_list(pin.packages);
  add_layer(image, records[0], packages, fmt::format("cartwheel: debian: {}", packages), context);
  if (pin.archive) {
    add_layer(image,
              records[1],
              "cpython==" + pin.facts.python,
              fmt::format("cartwheel: python: CPython {}", pin.facts.python),
              context);
  }
  return image;
}

}  // namespace cartwheel::base

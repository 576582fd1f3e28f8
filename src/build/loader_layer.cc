#include "build/loader_layer.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/image_facts.h"
#include "debian/ld_config.h"
#include "elf/elf.h"
#include "layer/spec.h"
#include "util/text.h"

namespace cartwheel::build {

namespace {

constexpr const char* kCache = "etc/ld.so.cache";
constexpr const char* kConf = "etc/ld.so.conf";
constexpr const char* kConfFolder = "etc/ld.so.conf.d";
// Last in ldconfig's order of the files there: the base's own libraries come first.
constexpr const char* kConfFile = "etc/ld.so.conf.d/zz-cartwheel.conf";
constexpr const char* kInclude = "include /etc/ld.so.conf.d/*.conf";

bool includes_folder(const std::string& conf) {
  return std::ranges::any_of(util::lines(conf), [](std::string_view line) {
    line = util::trim(line.substr(0, line.find('#')));
    return line.starts_with("include") && line.find("ld.so.conf.d/") != std::string_view::npos;
  });
}

debian::DirectoryEntries entries_of(const plan::LibraryFolder& folder) {
  std::vector<debian::LibraryFile> files;
  files.reserve(folder.libraries.size());
  for (const plan::LibraryFolder::Library& library : folder.libraries) {
    files.push_back({.name = library.file, .soname = library.soname});
  }
  return debian::directory_entries(folder.path, files);
}

// The ancestors that the base has with another mode or owner than 0755 0:0.
void add_parents(std::vector<layer::TreeEntry>& entries,
                 const std::vector<facts::BaseFacts::Parent>& parents) {
  std::set<std::string> ancestors;
  for (const layer::TreeEntry& entry : entries) {
    const std::string& path = entry.entry.path;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      ancestors.insert(path.substr(0, slash));
    }
  }
  for (const facts::BaseFacts::Parent& parent : parents) {
    if (ancestors.contains(parent.path)) {
      entries.push_back(layer::directory_entry(parent.path, parent.mode, parent.uid, parent.gid));
    }
  }
}

std::string memo_key(const plan::Plan& plan,
                     const oci::Image& base,
                     const std::vector<facts::BaseFacts::Parent>& parents,
                     core::Compression compression) {
  nlohmann::json key;
  key["format"] = core::kFormat;
  key["kind"] = "loader";
  key["machine"] = plan.target.platform.machine();
  key["compression"] =
      compression == core::Compression::zstd ? "zstd " + layer::zstd_library_version() : "splice";
  for (const oci::Layer& layer : base.layers) {
    key["base"].push_back(layer.diff_id.hex());
  }
  for (const plan::LibraryFolder& folder : plan.needs.folders) {
    nlohmann::json libraries = nlohmann::json::array();
    for (const plan::LibraryFolder::Library& library : folder.libraries) {
      libraries.push_back({library.file, library.soname});
    }
    key["folders"].push_back({folder.path, libraries});
  }
  for (const facts::BaseFacts::Parent& parent : parents) {
    key["parents"].push_back({parent.path, parent.mode, parent.uid, parent.gid});
  }
  return core::Digest::of(key.dump()).hex();
}

}  // namespace

std::vector<layer::TreeEntry> loader_entries(const std::vector<plan::LibraryFolder>& folders,
                                             const std::string& machine,
                                             const std::string& cache,
                                             const std::string& conf,
                                             const std::vector<facts::BaseFacts::Parent>& parents) {
  elf::CacheInput input = cache.empty() ? elf::CacheInput() : elf::read_ld_so_cache(cache);
  input.machine = machine;
  std::vector<layer::TreeEntry> entries;
  std::string lines;
  for (const plan::LibraryFolder& folder : folders) {
    lines += folder.path + "\n";
    debian::DirectoryEntries found = entries_of(folder);
    std::ranges::move(found.entries, std::back_inserter(input.entries));
    for (const auto& [soname, file] : found.links) {
      entries.push_back(layer::symlink_entry(folder.path.substr(1) + "/" + soname, file));
    }
  }
  entries.push_back(layer::directory_entry(kConfFolder));
  entries.push_back(layer::text_entry(kConfFile, lines));
  entries.push_back(layer::text_entry(kCache, elf::ld_so_cache(input)));
  if (!includes_folder(conf)) {
    std::string separator = conf.empty() || conf.ends_with('\n') ? "" : "\n";
    entries.push_back(layer::text_entry(kConf, conf + separator + kInclude + "\n"));
  }
  add_parents(entries, parents);
  return entries;
}

std::optional<memo::LayerRecord> make_loader_layer(
    const plan::Plan& plan,
    const oci::Image& base,
    const std::vector<facts::BaseFacts::Parent>& parents,
    core::Compression compression,
    store::Store& store) {
  if (plan.needs.folders.empty()) {
    return std::nullopt;
  }
  memo::LayerMemo memo(store);
  std::string key = memo_key(plan, base, parents, compression);
  std::optional<memo::LayerRecord> record = memo.find(key);
  if (!record) {
    std::map<std::string, std::string> texts = base::texts_of_image(base, {kCache, kConf});
    record = layer::make_tree_layer(loader_entries(plan.needs.folders,
                                                   plan.target.platform.machine(),
                                                   texts[kCache],
                                                   texts[kConf],
                                                   parents),
                                    "loader",
                                    compression,
                                    store);
    memo.put(key, *record);
  }
  return record;
}

std::string loader_history(const plan::Needs& needs) {
  std::vector<std::string> paths;
  paths.reserve(needs.folders.size());
  for (const plan::LibraryFolder& folder : needs.folders) {
    paths.push_back(folder.path);
  }
  return "cartwheel: ld.so.conf: " + util::join(paths, ", ");
}

}  // namespace cartwheel::build

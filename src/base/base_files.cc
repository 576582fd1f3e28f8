#include "base/base_files.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/root_reader.h"
#include "base/scratch_file.h"
#include "memo/canonical.h"
#include "util/text.h"

namespace cartwheel::base {

namespace {

using nlohmann::json;

// Where distributions have the bundle of all certificates that they trust: Debian and its kin,
// Fedora and its kin, SUSE, and OpenSSL's own place. The first that there is counts.
constexpr std::array<std::string_view, 4> kBundles{"etc/ssl/certs/ca-certificates.crt",
                                                   "etc/pki/tls/certs/ca-bundle.crt",
                                                   "etc/ssl/ca-bundle.pem",
                                                   "etc/ssl/cert.pem"};

// Names of files whose content may be asked for: bundles are links to others of these.
constexpr std::array<std::string_view, 7> kNames{"passwd",
                                                 "group",
                                                 "ca-certificates.crt",
                                                 "ca-bundle.crt",
                                                 "ca-bundle.pem",
                                                 "tls-ca-bundle.pem",
                                                 "cert.pem"};

bool is_wanted(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return (path.starts_with("etc/") || path.starts_with("var/lib/ca-certificates/")) &&
         std::ranges::find(kNames, name) != kNames.end();
}

std::string text_of(const debian::Tree& tree, const std::string& path) {
  const std::optional<std::string> real = tree.resolve(path);
  const debian::Node* node = real ? tree.find(*real) : nullptr;
  return node != nullptr && node->kind == debian::Node::Kind::file ? tree.text(*real) : "";
}

BaseFiles read_layers(const oci::Image& image, const std::string& place, store::Store& store) {
  ScratchFile scratch(store.root());
  RootReader root(scratch, is_wanted);
  for (const oci::Layer& layer : image.layers) {
    root.add(layer, fmt::format("{}: layer {}", place, layer.descriptor.digest.str()));
  }
  const debian::Tree& tree = root.tree();
  BaseFiles files;
  files.tables = {.passwd = text_of(tree, "etc/passwd"), .group = text_of(tree, "etc/group")};
  files.has_shell = tree.resolve("bin/sh").has_value();
  files.bin_folder = tree.resolve("bin").value_or("bin");
  for (const std::string_view bundle : kBundles) {
    files.bundle = text_of(tree, std::string(bundle));
    if (!files.bundle.empty()) {
      files.bundle_path = "/" + std::string(bundle);
      files.bundle_file = *tree.resolve(bundle);
      break;
    }
  }
  return files;
}

std::string key_of(const oci::Image& image) {
  json key{{"kind", "base-files"}, {"layers", json::array()}};
  for (const oci::Layer& layer : image.layers) {
    key["layers"].push_back(layer.diff_id.str());
  }
  return core::Digest::of(key.dump()).hex();
}

std::string record_of(const BaseFiles& files) {
  return memo::with_check({{"passwd", files.tables.passwd},
                           {"group", files.tables.group},
                           {"bundle_path", files.bundle_path},
                           {"bundle_file", files.bundle_file},
                           {"bundle", files.bundle},
                           {"has_shell", files.has_shell},
                           {"bin_folder", files.bin_folder}});
}

// Nothing for a record that does not read or was damaged.
std::optional<BaseFiles> files_of(const std::string& text) {
  return memo::read_checked(text, [](const json& record) {
    return BaseFiles{
        .tables = {.passwd = record.value("passwd", ""), .group = record.value("group", "")},
        .bundle_path = record.value("bundle_path", ""),
        .bundle_file = record.value("bundle_file", ""),
        .bundle = record.value("bundle", ""),
        .has_shell = record.value("has_shell", false),
        .bin_folder = record.value("bin_folder", "bin")};
  });
}

// JSON holds no other texts.
bool can_be_recorded(const BaseFiles& files) {
  return util::is_valid_utf8(files.tables.passwd) && util::is_valid_utf8(files.tables.group) &&
         util::is_valid_utf8(files.bundle);
}

}  // namespace

BaseFiles read_base_files(const oci::Image& image, const std::string& place, store::Store& store) {
  const std::string key = key_of(image);
  const std::optional<std::string> record = store.find_record(store::RecordKind::base, key);
  if (std::optional<BaseFiles> known = record ? files_of(*record) : std::nullopt) {
    return *known;
  }
  BaseFiles files = read_layers(image, place, store);
  if (can_be_recorded(files)) {
    store.put_record(store::RecordKind::base, key, record_of(files));
  }
  return files;
}

}  // namespace cartwheel::base

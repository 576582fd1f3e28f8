#include <algorithm>

#include <fmt/format.h>

#include "base/base.h"
#include "base/builtin.h"
#include "core/digest.h"
#include "core/url.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"
#include "util/toml.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kFingerprint = 40;  // hex digits

const std::vector<std::string> kKeys = {"archives",
                                        "check-valid-until",
                                        "components",
                                        "exclude",
                                        "glibc",
                                        "keyring",
                                        "keys",
                                        "libstdcxx",
                                        "omit",
                                        "omit-here",
                                        "on",
                                        "packages",
                                        "prefer",
                                        "python",
                                        "python-archive",
                                        "python-packages",
                                        "python-path",
                                        "python-release",
                                        "snapshots",
                                        "suite",
                                        "suites"};

const std::vector<std::string> kArchiveKeys = {"amd64", "arm64", "exclude"};
const std::vector<std::string> kSourceKeys = {"path", "sha256", "size", "url"};

// Typed access to a table of the definition, with errors that name the line.
class Reader {
 public:
  Reader(std::string place, const toml::table& table, const std::vector<std::string>& keys)
      : place_(std::move(place)),
        table_(table) {
    for (const auto& [key, value] : table_) {
      const std::string name(key.str());
      if (std::find(keys.begin(), keys.end(), name) == keys.end()) {
        fail(value, fmt::format("unknown key '{}'{}", name, util::did_you_mean(name, keys)));
      }
    }
  }

  std::string text(const char* key, bool is_wanted = true) const {
    const toml::node* node = find(key, is_wanted);
    return node == nullptr ? std::string() : string_of(*node, key);
  }

  bool flag(const char* key, bool otherwise) const {
    const toml::node* node = find(key, false);
    if (node != nullptr && !node->is_boolean()) {
      fail(*node, fmt::format("'{}': wanted true or false", key));
    }
    return node == nullptr ? otherwise : node->as_boolean()->get();
  }

  std::vector<std::string> list(const char* key, bool is_wanted) const {
    std::vector<std::string> values;
    const toml::node* node = find(key, is_wanted);
    if (node == nullptr) {
      return values;
    }
    if (!node->is_array() || (is_wanted && node->as_array()->empty())) {
      fail(*node, fmt::format("'{}': wanted a list of strings", key));
    }
    for (const toml::node& element : *node->as_array()) {
      values.push_back(string_of(element, key));
    }
    return values;
  }

  std::map<std::string, std::string> map(const char* key, bool is_wanted) const {
    std::map<std::string, std::string> values;
    const toml::node* node = find(key, is_wanted);
    if (node == nullptr) {
      return values;
    }
    if (!node->is_table()) {
      fail(*node, fmt::format("'{}': wanted a table of strings", key));
    }
    for (const auto& [name, value] : *node->as_table()) {
      values.emplace(name.str(), string_of(value, key));
    }
    return values;
  }

  std::optional<std::uint64_t> size(const char* key) const {
    const toml::node* node = find(key, false);
    if (node == nullptr) {
      return std::nullopt;
    }
    if (!node->is_integer() || node->as_integer()->get() < 0) {
      fail(*node, fmt::format("'{}': wanted a number of bytes", key));
    }
    return static_cast<std::uint64_t>(node->as_integer()->get());
  }

  // A table within this one; nothing when it is not there.
  std::optional<Reader> table(const char* key, const std::vector<std::string>& keys) const {
    const toml::node* node = find(key, false);
    if (node == nullptr) {
      return std::nullopt;
    }
    if (!node->is_table()) {
      fail(*node, fmt::format("'{}': wanted a table", key));
    }
    return Reader(place_, *node->as_table(), keys);
  }

  [[noreturn]] void fail(const std::string& message) const { fail(table_, message); }
  [[noreturn]] void fail(const toml::node& node, const std::string& message) const {
    throw Error(ErrorKind::malformed,
                fmt::format("{}:{}: {}", place_, node.source().begin.line, message));
  }
  [[noreturn]] void fail(const char* key, const std::string& message) const {
    fail(*table_.get(key), fmt::format("'{}': {}", key, message));
  }

 private:
  const toml::node* find(const char* key, bool is_wanted) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr && is_wanted) {
      throw Error(ErrorKind::malformed, fmt::format("{}: has no '{}'", place_, key));
    }
    return node;
  }
  std::string string_of(const toml::node& node, const char* key) const {
    if (!node.is_string() || node.as_string()->get().empty()) {
      fail(node, fmt::format("'{}': wanted a string that is not empty", key));
    }
    return node.as_string()->get();
  }

  std::string place_;
  const toml::table& table_;
};

PythonArchive read_source(const Reader& reader) {
  PythonArchive archive;
  const std::string url = reader.text("url", false);
  const std::string path = reader.text("path", false);
  if (url.empty() == path.empty()) {
    reader.fail("wanted either 'url' or 'path'");
  }
  if (!url.empty() && !core::Url::is_url(url)) {
    reader.fail("url", fmt::format("'{}' is no URL", core::redacted(url)));
  }
  archive.location = url.empty() ? path : url;
  const std::string sha256 = reader.text("sha256");
  const std::optional<core::Digest> digest = core::Digest::from_hex(sha256);
  if (!digest) {
    reader.fail("sha256", fmt::format("wanted 64 hex digits, found '{}'", sha256));
  }
  archive.sha256 = *digest;
  archive.size = reader.size("size");
  return archive;
}

void read_python_archives(const Reader& reader, Definition& definition) {
  const std::optional<Reader> table = reader.table("python-archive", kArchiveKeys);
  if (!table) {
    return;
  }
  definition.python_exclude = table->list("exclude", false);
  for (const char* architecture : {"amd64", "arm64"}) {
    if (const std::optional<Reader> source = table->table(architecture, kSourceKeys)) {
      definition.python_archives[architecture] = read_source(*source);
    }
  }
}

void check_python(const Definition& definition, const Reader& reader) {
  if (definition.python.empty() != definition.python_path.empty()) {
    reader.fail("wanted 'python' and 'python-path', or neither for a base without Python");
  }
  if (definition.python.empty() && !definition.python_archives.empty()) {
    reader.fail("python-archive", "wanted 'python' and 'python-path' beside it");
  }
  if (!definition.python_path.empty() && !definition.python_path.starts_with('/')) {
    reader.fail("python-path", "wanted an absolute path");
  }
  if (!definition.python_archives.empty() &&
      !definition.python_path.ends_with("/bin/python" + definition.python)) {
    reader.fail("python-path",
                fmt::format("wanted PREFIX/bin/python{} for an archive", definition.python));
  }
}

void check(const Definition& definition, const Reader& reader) {
  for (const std::string& suite : definition.suites) {
    const auto archive = definition.archives.find(suite);
    if (archive == definition.archives.end()) {
      reader.fail("archives", fmt::format("names no archive for the suite '{}'", suite));
    }
    if (!core::Url::is_url(archive->second)) {
      reader.fail("archives", fmt::format("'{}' is no URL", core::redacted(archive->second)));
    }
  }
  for (const auto& [suite, url] : definition.snapshots) {
    if (!core::Url::is_url(url) || url.find("{date}") == std::string::npos) {
      reader.fail("snapshots", fmt::format("'{}': wanted a URL with {{date}} in it", suite));
    }
  }
  for (const std::string& key : definition.keys) {
    if (key.size() != kFingerprint || util::from_hex(key).empty()) {
      reader.fail("keys", fmt::format("wanted fingerprints of 40 hex digits, found '{}'", key));
    }
  }
  check_python(definition, reader);
}

// Adds to `table` what only `below` has; tables in both are merged the same way.
void merge(toml::table& table, const toml::table& below) {
  for (const auto& [key, value] : below) {
    toml::node* const own = table.get(key);
    if (own == nullptr) {
      value.visit([&, name = key](const auto& node) { table.insert(name, node); });
    } else if (own->is_table() && value.is_table()) {
      merge(*own->as_table(), *value.as_table());
    }
  }
}

// The definition that another one builds on: its name and its text.
std::pair<std::string, std::string> built_on(const std::string& base, const toml::table& table) {
  const toml::node& node = *table.get("on");
  const std::string name = node.value<std::string>().value_or("");
  const auto found = builtin_definitions().find(name);
  if (found == builtin_definitions().end()) {
    const std::vector<std::string> names = definition_names();
    throw Error(ErrorKind::malformed,
                fmt::format("{}:{}: 'on': '{}' is not known{}: wanted one of {}",
                            base,
                            node.source().begin.line,
                            name,
                            util::did_you_mean(name, names),
                            util::join(names, ", ")));
  }
  return *found;
}

}  // namespace

bool is_definition_file(const std::string& base) {
  return base.starts_with("./") || base.starts_with("../") || base.starts_with('/');
}

Definition parse_definition(const std::string& base,
                            const std::string& text,
                            const std::filesystem::path& folder) {
  toml::table table = util::parse_toml(base, text);
  std::string texts = text;
  std::string upper = base;
  toml::table below;
  const toml::table* level = &table;
  while (level->contains("on")) {  // one of ours, of which none builds on itself
    const auto [name, lower] = built_on(upper, *level);
    below = util::parse_toml(name, lower);
    level = &below;
    merge(table, below);
    texts += "\n" + lower;
    upper = name;
  }
  const Reader reader(base, table, kKeys);
  Definition definition;
  definition.name = base;
  definition.folder = folder;
  definition.text_digest = core::Digest::of(texts).str();
  definition.suite = reader.text("suite");
  definition.suites = reader.list("suites", true);
  definition.archives = reader.map("archives", true);
  definition.snapshots = reader.map("snapshots", false);
  definition.components = reader.list("components", true);
  definition.packages = reader.list("packages", true);
  for (std::string& package : reader.list("python-packages", false)) {
    definition.packages.push_back(std::move(package));
  }
  definition.omit = reader.list("omit", false);
  definition.omit_here = reader.list("omit-here", false);
  definition.prefer = reader.map("prefer", false);
  definition.exclude = reader.list("exclude", false);
  definition.keys = reader.list("keys", true);
  definition.keyring = (folder / reader.text("keyring")).string();
  definition.check_valid_until = reader.flag("check-valid-until", true);
  definition.python = reader.text("python", false);
  definition.python_path = reader.text("python-path", false);
  definition.python_release = reader.text("python-release", false);
  definition.glibc = reader.text("glibc");
  definition.libstdcxx = reader.text("libstdcxx", false);
  read_python_archives(reader, definition);
  for (std::string& key : definition.keys) {
    std::transform(key.begin(), key.end(), key.begin(), [](char c) {
      return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c;
    });
  }
  check(definition, reader);
  return definition;
}

Definition find_definition(const std::string& base, const std::filesystem::path& project) {
  if (is_definition_file(base)) {
    const std::filesystem::path path = project / base;
    return util::in_context("base", [&] {
      return parse_definition(base, util::read_file(path, 1 << 20), path.parent_path());
    });
  }
  const auto found = builtin_definitions().find(base);
  if (found == builtin_definitions().end()) {
    const std::vector<std::string> names = definition_names();
    throw Error(
        ErrorKind::usage,
        fmt::format("base '{}' is not known{}: wanted one of {}, a file './NAME.toml', or an image "
                    "'oci:DIR[:TAG]'",
                    base,
                    util::did_you_mean(base, names),
                    util::join(names, ", ")));
  }
  return parse_definition(base, found->second, "/");
}

std::vector<std::string> definition_names() {
  std::vector<std::string> names;
  for (const auto& [name, text] : builtin_definitions()) {
    names.push_back(name);
  }
  return names;
}

}  // namespace cartwheel::base

#include "settings/read_settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/platform.h"
#include "python/names.h"
#include "python/tags.h"
#include "settings/reading.h"
#include "util/text.h"

namespace cartwheel::settings {

using util::Error;

namespace {

// The members of a table of a variant, over those of the table that it varies.
template <typename Value>
void merge(std::map<std::string, Value>& into, std::optional<std::map<std::string, Value>> values) {
  if (values) {
    values->merge(into);
    into = std::move(*values);
  }
}

std::vector<std::string> normalized(std::vector<std::string> names) {
  for (std::string& name : names) {
    name = python::normalized_name(name);
  }
  return names;
}

void take_names(TableReader& table, const std::string& key, std::vector<std::string>& into) {
  if (std::optional<std::vector<std::string>> names = table.texts(key)) {
    into = normalized(std::move(*names));
  }
}

void read_selection(TableReader& table, Settings& settings) {
  take_names(table, "extras", settings.extras);
  take_names(table, "groups", settings.groups);
  take_names(table, "no-groups", settings.no_groups);
  take_names(table, "only-groups", settings.only_groups);
  take_names(table, "without", settings.without);
  take(settings.all_extras, table.boolean("all-extras"));
  take(settings.all_groups, table.boolean("all-groups"));
  take(settings.no_default_groups, table.boolean("no-default-groups"));
}

void read_platforms(TableReader& table, Settings& settings) {
  if (std::optional<std::vector<std::string>> platforms = table.texts("platforms")) {
    settings.platforms.clear();
    for (const std::string& name : *platforms) {
      checked(table, "platforms", [&] {
        settings.platforms.push_back(core::Platform::parse(name).str());
      });
    }
    if (platforms->empty()) {
      table.fail("platforms", "is empty");
    }
  }
  if (std::optional<std::map<std::string, std::string>> expect = table.text_map("expect")) {
    for (const auto& [name, accelerator] : *expect) {
      checked(table, "expect", [&, &platform = name, &wanted = accelerator] {
        settings.expect[core::Platform::parse(platform).str()] = expected_accelerator(wanted);
      });
    }
  }
}

// "8000", "53/udp"
bool is_port(const std::string& text) {
  std::string_view number = std::string_view(text).substr(0, text.find('/'));
  std::string_view protocol =
      number.size() == text.size() ? "tcp" : std::string_view(text).substr(number.size() + 1);
  unsigned value = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() && end == number.data() + number.size() && value >= 1 &&
         value <= 65535 && (protocol == "tcp" || protocol == "udp" || protocol == "sctp");
}

void read_process(TableReader& table, Settings& settings) {
  take(settings.entrypoint, table.texts("entrypoint"));
  take(settings.cmd, table.texts("cmd"));
  merge(settings.env, table.text_map("env"));
  merge(settings.labels, table.text_map("labels"));
  merge(settings.annotations, table.text_map("annotations"));
  take(settings.user, table.text("user"));
  take(settings.workdir, table.text("workdir"));
  take(settings.ports, table.texts("ports"));
  if (!is_plain_absolute(settings.workdir)) {
    table.fail("workdir", fmt::format("'{}': wanted an absolute path as /app", settings.workdir));
  }
  for (const std::string& port : settings.ports) {
    if (!is_port(port)) {
      table.fail("ports", fmt::format("'{}': wanted a port as \"8000\" or \"53/udp\"", port));
    }
  }
  for (const auto& [name, value] : settings.env) {
    if (name.empty() || name.find('=') != std::string::npos) {
      table.fail("env", fmt::format("'{}' is no name of a variable", name));
    }
  }
}

// Of the base: an environment there would stand on the system's own programs.
constexpr auto kSystemFolders = std::to_array<std::string_view>({"/bin",
                                                                 "/boot",
                                                                 "/dev",
                                                                 "/etc",
                                                                 "/lib",
                                                                 "/lib64",
                                                                 "/proc",
                                                                 "/root",
                                                                 "/run",
                                                                 "/sbin",
                                                                 "/sys",
                                                                 "/tmp",
                                                                 "/usr",
                                                                 "/usr/bin",
                                                                 "/usr/lib",
                                                                 "/var"});

void read_layers(TableReader& table, Settings& settings) {
  if (std::optional<std::string> name = table.text("compression")) {
    if (*name != "splice" && *name != "zstd") {
      table.fail("compression", fmt::format("'{}': wanted \"splice\" or \"zstd\"", *name));
    }
    settings.compression = *name == "zstd" ? core::Compression::zstd : core::Compression::splice;
  }
  take(settings.max_layer_size, table.bytes("max-layer-size"));
  if (std::optional<std::int64_t> budget = table.integer("layer-budget")) {
    constexpr std::int64_t kMost = 120;
    if (*budget < 1 || *budget > kMost) {
      table.fail("layer-budget", fmt::format("{}: wanted 1 to {}", *budget, kMost));
    }
    settings.layer_budget = static_cast<int>(*budget);
  }
  if (std::optional<std::string> prefix = table.text("prefix")) {
    if (!is_plain_absolute(*prefix) || prefix->back() == '/') {
      table.fail("prefix", fmt::format("'{}': wanted an absolute path as /opt/venv", *prefix));
    }
    if (std::ranges::find(kSystemFolders, *prefix) != kSystemFolders.end()) {
      table.fail("prefix",
                 fmt::format("'{}': belongs to the system: wanted a folder of its own as /opt/venv",
                             *prefix));
    }
    settings.prefix = *prefix;
  }
}

// What `exclude` takes by name instead of globs.
const std::map<std::string, std::vector<std::string>>& exclude_presets() {
  static const std::map<std::string, std::vector<std::string>> kPresets{
      {"headers", {"**/*.cuh", "**/*.h", "**/*.hh", "**/*.hpp", "**/*.hxx", "include/site/**"}},
      {"static-libs", {"**/*.a", "**/*.lib"}},
      {"tests", {"**/tests/**"}},
      {"type-stubs", {"**/*.pyi", "**/py.typed"}},
  };
  return kPresets;
}

bool is_plain_word(const std::string& text) {
  return std::ranges::all_of(
      text, [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '-'; });
}

void read_exclude(TableReader& table, Settings& settings) {
  std::vector<std::string> names;
  names.reserve(exclude_presets().size());
  for (const auto& [name, globs] : exclude_presets()) {
    names.push_back(name);
  }
  const auto exclude =
      table.texts_map("exclude").value_or(std::map<std::string, std::vector<std::string>>{});
  for (const auto& [package, entries] : exclude) {
    std::vector<std::string> globs;
    for (const std::string& entry : entries) {
      auto preset = exclude_presets().find(entry);
      if (preset != exclude_presets().end()) {
        globs.insert(globs.end(), preset->second.begin(), preset->second.end());
      } else if (is_plain_word(entry)) {
        table.fail("exclude",
                   fmt::format("'{}': wanted a glob as \"**/*.a\", or one of {}{}",
                               entry,
                               util::join(names, ", "),
                               util::did_you_mean(entry, names)));
      } else {
        globs.push_back(entry);
      }
    }
    settings.exclude[python::normalized_name(package)] = std::move(globs);
  }
}

// What a plan may not hold, and what becomes of two wheels that want one path.
void read_conflicts(TableReader& table, Settings& settings) {
  take_names(table, "forbid", settings.forbid);
  if (std::optional<std::string> way = table.text("on-collision")) {
    if (*way != "refuse" && *way != "last-wins") {
      table.fail("on-collision", fmt::format("'{}': wanted \"refuse\" or \"last-wins\"", *way));
    }
    settings.last_wins = *way == "last-wins";
  }
}

void read_files(TableReader& table, Settings& settings) {
  std::vector<TableReader> entries = table.tables("files");
  if (!entries.empty()) {
    settings.files.clear();  // of the table that a variant varies
  }
  for (TableReader& entry : entries) {
    FilesEntry files;
    take(files.from, entry.text("from"));
    take(files.to, entry.text("to"));
    take(files.include, entry.texts("include"));
    take(files.exclude, entry.texts("exclude"));
    entry.finish();
    if (files.from.empty() || files.from.starts_with('/')) {
      entry.fail("from", fmt::format("'{}': wanted a path relative to the project", files.from));
    }
    if (!is_plain_absolute(files.to)) {
      entry.fail("to", fmt::format("'{}': wanted an absolute path in the image", files.to));
    }
    if (const std::string link = linked_folder(files.to); !link.empty()) {
      entry.fail(
          "to",
          fmt::format("'{}': {} is a link in the base: name what it leads to", files.to, link));
    }
    settings.files.push_back(std::move(files));
  }
  take(settings.project_include, table.texts("include"));
  take(settings.project_exclude, table.texts("exclude-files"));
}

// What wheels need from outside of themselves, and the GPUs that they are for.
void read_needs(TableReader& table, Settings& settings) {
  take(settings.apt_auto, table.boolean("apt-auto"));
  take(settings.provided_libraries, table.texts("provided-libraries"));
  if (std::optional<std::string> jit = table.text("jit")) {
    if (*jit != "gcc") {
      table.fail("jit", fmt::format("'{}': wanted \"gcc\"", *jit));
    }
    settings.jit = *jit;
  }
  if (std::optional<std::string> kind = table.text("arm64")) {
    if (*kind != "sbsa" && *kind != "jetson") {
      table.fail("arm64", fmt::format("'{}': wanted \"sbsa\" or \"jetson\"", *kind));
    }
    settings.arm64 = *kind;
  }
  for (const auto& [name, gpus] : table.texts_by_name("expect-gpu")) {
    checked(table, "expect-gpu", [&, &platform = name, &wanted = gpus] {
      std::vector<std::string>& into =
          settings.expect_gpu[platform.empty() ? "" : core::Platform::parse(platform).str()];
      into.clear();
      for (const std::string& gpu : wanted) {
        into.push_back(expected_gpu(gpu));
      }
    });
  }
}

// The version in what follows "cuda" or "rocm": " 12.1", "12", "" for any; nothing for other text.
bool is_version_or_empty(std::string_view text) {
  bool digit_wanted = true;
  for (char letter : text) {
    bool digit = letter >= '0' && letter <= '9';
    if (!digit && (letter != '.' || digit_wanted)) {
      return false;
    }
    digit_wanted = !digit;
  }
  return text.empty() || !digit_wanted;
}

// package = false | "MEMBER"
void read_package(TableReader& table, Settings& settings) {
  if (table.holds_boolean("package")) {
    settings.package = table.boolean("package");
  } else if (std::optional<std::string> member = table.text("package")) {
    settings.member = python::normalized_name(*member);
  }
}

// What a table says, over what `settings` holds already.
void read_table(TableReader& table, Settings& settings) {
  take(settings.base, table.text("base"));
  if (const std::string place = table.place("base"); !place.empty()) {
    settings.base_place = place;
  }
  if (std::optional<std::string> python = table.text("python")) {
    settings.python = python;
    checked(table, "python", [&] { python::PythonVersion::parse(python::minor_of(*python)); });
  }
  read_package(table, settings);
  settings.compile_bytecode = table.boolean("compile-bytecode").value_or(settings.compile_bytecode);
  read_selection(table, settings);
  read_platforms(table, settings);
  read_process(table, settings);
  read_runtime(table, settings);
  read_layers(table, settings);
  read_exclude(table, settings);
  read_conflicts(table, settings);
  read_files(table, settings);
  read_data(table, settings);
  read_needs(table, settings);
  read_apt(table, settings);
}

bool is_tag_part(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.';
  });
}

Settings read_variant(const std::string& name, TableReader table, const Settings& varied) {
  Settings settings = varied;
  settings.tag_suffix = "-" + name;
  read_table(table, settings);
  take(settings.tag_suffix, table.text("tag-suffix"));
  if (!is_tag_part(settings.tag_suffix)) {
    table.fail("tag-suffix",
               fmt::format("'{}': wanted letters, digits, '-', '_' and '.'", settings.tag_suffix));
  }
  table.finish();
  return settings;
}

void check_suffixes_differ(const TableReader& table, const Loaded& loaded) {
  std::map<std::string, std::string> names;
  for (const auto& [name, settings] : loaded.variants) {
    auto [other, is_new] = names.emplace(settings.tag_suffix, name);
    if (!is_new) {
      table.fail("variants",
                 fmt::format("'{}' and '{}' have the same tag-suffix '{}'",
                             other->second,
                             name,
                             settings.tag_suffix));
    }
  }
}

}  // namespace

std::string expected_gpu(std::string_view text) {
  std::string digits = util::lower(util::trim(text));
  digits = digits.starts_with("sm_") ? digits.substr(3) : digits;
  std::erase(digits, '.');
  std::string_view number(digits);
  if (number.ends_with('a') || number.ends_with('f')) {
    number.remove_suffix(1);  // for exactly this GPU, for its family
  }
  bool is_number = number.size() >= 2 && number.size() <= 3 &&
                   std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) {
    throw Error(util::ErrorKind::usage,
                fmt::format("'{}' is no architecture of a GPU: wanted sm_90 or 9.0", text));
  }
  return "sm_" + digits;
}

bool is_plain_absolute(const std::string& path) {
  if (!path.starts_with('/')) {
    return false;
  }
  std::vector<std::string_view> parts = util::split(std::string_view(path).substr(1), '/');
  if (parts.back().empty()) {
    parts.pop_back();  // "/app/", "/"
  }
  return std::ranges::none_of(
      parts, [](std::string_view part) { return part.empty() || part == "." || part == ".."; });
}

std::string linked_folder(const std::string& path) {
  for (const char* folder :
       {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/var/run", "/var/lock"}) {
    if (path == folder || path.starts_with(std::string(folder) + "/")) {
      return folder;
    }
  }
  return "";
}

std::string expected_accelerator(std::string_view text) {
  std::string wanted = util::lower(util::trim(text));
  if (wanted == "cpu" || wanted == "xpu") {
    return wanted;
  }
  for (std::string_view kind : {"cuda", "rocm"}) {
    if (wanted.starts_with(kind)) {
      std::string_view version = util::trim(std::string_view(wanted).substr(kind.size()));
      if (is_version_or_empty(version)) {
        return std::string(kind) + (version.empty() ? "" : " " + std::string(version));
      }
    }
  }
  throw Error(
      util::ErrorKind::usage,
      fmt::format("'{}' is no accelerator: wanted cpu, cuda, \"cuda 12.1\", rocm or xpu", text));
}

void read_settings(TableReader table, Loaded& loaded) {
  std::map<std::string, TableReader> variants = table.named_tables("variants");
  read_table(table, loaded.settings);
  table.finish();
  for (const auto& [name, variant] : variants) {
    loaded.variants.emplace(name, read_variant(name, variant, loaded.settings));
  }
  check_suffixes_differ(table, loaded);
}

}  // namespace cartwheel::settings

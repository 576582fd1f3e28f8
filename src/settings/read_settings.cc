#include "settings/read_settings.h"

#include <fmt/format.h>

#include "core/platform.h"
#include "python/names.h"

namespace cartwheel::settings {

using util::Error;

namespace {

template <typename Value>
void take(Value& into, std::optional<Value> value) {
  if (value) {
    into = std::move(*value);
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

// Runs a check on a value; its Error gets the place of the key.
template <typename Check>
void checked(const TableReader& table, const std::string& key, Check&& check) {
  try {
    check();
  } catch (const Error& error) {
    table.fail(key, error.what());
  }
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
        settings.expect[core::Platform::parse(platform).str()] = wanted;
      });
    }
  }
}

void read_process(TableReader& table, Settings& settings) {
  take(settings.entrypoint, table.texts("entrypoint"));
  take(settings.cmd, table.texts("cmd"));
  take(settings.env, table.text_map("env"));
  take(settings.labels, table.text_map("labels"));
  take(settings.annotations, table.text_map("annotations"));
  take(settings.user, table.text("user"));
  take(settings.workdir, table.text("workdir"));
  take(settings.stop_signal, table.text("stop-signal"));
  take(settings.ports, table.texts("ports"));
  settings.healthcheck = table.text("healthcheck");
  if (!settings.workdir.starts_with('/')) {
    table.fail("workdir", fmt::format("'{}': wanted an absolute path", settings.workdir));
  }
}

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
    bool plain = prefix->size() > 1 && prefix->front() == '/' && prefix->back() != '/' &&
                 prefix->find("//") == std::string::npos && prefix->find("/.") == std::string::npos;
    if (!plain) {
      table.fail("prefix", fmt::format("'{}': wanted an absolute path as /opt/venv", *prefix));
    }
    settings.prefix = *prefix;
  }
  if (std::optional<std::map<std::string, std::vector<std::string>>> exclude =
          table.texts_map("exclude")) {
    for (auto& [name, globs] : *exclude) {
      settings.exclude[python::normalized_name(name)] = globs;
    }
  }
}

void read_files(TableReader& table, Settings& settings) {
  for (TableReader& entry : table.tables("files")) {
    FilesEntry files;
    take(files.from, entry.text("from"));
    take(files.to, entry.text("to"));
    take(files.include, entry.texts("include"));
    take(files.exclude, entry.texts("exclude"));
    if (files.from.empty() || files.from.starts_with('/')) {
      entry.fail("from", "wanted a path relative to the project");
    }
    if (!files.to.starts_with('/')) {
      entry.fail("to", "wanted an absolute path in the image");
    }
    entry.finish();
    settings.files.push_back(std::move(files));
  }
  take(settings.project_include, table.texts("include"));
  take(settings.project_exclude, table.texts("exclude-files"));
}

}  // namespace

Settings read_settings(TableReader table) {
  Settings settings;
  take(settings.base, table.text("base"));
  settings.python = table.text("python");
  settings.package = table.boolean("package");
  read_selection(table, settings);
  read_platforms(table, settings);
  read_process(table, settings);
  read_layers(table, settings);
  read_files(table, settings);
  for (const char* key : {"variants",
                          "apt",
                          "apt-auto",
                          "data",
                          "compile-bytecode",
                          "init",
                          "writable",
                          "ca-certificates",
                          "forbid",
                          "on-collision",
                          "debug",
                          "jit"}) {
    table.later(key);
  }
  table.finish();
  return settings;
}

}  // namespace cartwheel::settings

#include "cli/common_options.h"

#include <cstdlib>
#include <mutex>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/base.h"
#include "cli/progress.h"
#include "plan/make_plan.h"
#include "settings/settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::cli {

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

// .netrc of the environment, or "".
std::string netrc_text() {
  std::optional<std::string> path = environment("NETRC");
  if (!path && environment("HOME")) {
    path = *environment("HOME") + "/.netrc";
  }
  return path ? util::read_file_if_present(*path).value_or("") : "";
}

// Indexes that pyproject.toml names: their credentials may stand in the environment. A
// pyproject.toml that does not read gives none here; the command itself reports it.
std::vector<std::pair<std::string, std::string>> project_indexes(
    const std::filesystem::path& project) {
  try {
    return settings::load(util::read_file_if_present(project / "pyproject.toml"), std::nullopt)
        .project.indexes;
  } catch (const util::Error&) {
    return {};
  }
}

void add_dependency_options(CLI::App& command, build::Options& options) {
  CLI::Option* extra =
      command.add_option("--extra", options.extras, "Include this extra (repeatable)")
          ->allow_extra_args(false)
          ->type_name("NAME");
  CLI::Option* all_extras =
      command.add_flag("--all-extras", options.all_extras, "Include all extras");
  CLI::Option* group =
      command.add_option("--group", options.groups, "Include this dependency group (repeatable)")
          ->allow_extra_args(false)
          ->type_name("NAME");
  command.add_option("--no-group", options.no_groups, "Leave out this group (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  CLI::Option* only_group = command
                                .add_option("--only-group",
                                            options.only_groups,
                                            "Only this group, without the project (repeatable)")
                                ->allow_extra_args(false)
                                ->type_name("NAME");
  CLI::Option* only_dev = command.add_flag_callback(
      "--only-dev",
      [&options] { options.only_groups.emplace_back("dev"); },
      "Only the group 'dev', without the project");
  CLI::Option* all_groups =
      command.add_flag("--all-groups", options.all_groups, "Include all dependency groups");
  command.add_flag(
      "--no-default-groups", options.no_default_groups, "Leave out the default groups");
  CLI::Option* no_dev = command.add_flag_callback(
      "--no-dev",
      [&options] { options.no_groups.emplace_back("dev"); },
      "Leave out the group 'dev'");
  CLI::Option* package =
      command.add_option("--package", options.packages, "This workspace member (repeatable)")
          ->allow_extra_args(false)
          ->type_name("NAME");
  CLI::Option* all_packages =
      command.add_flag("--all-packages", options.all_packages, "All workspace members");
  // What contradicts each other for uv does so here, too.
  const std::pair<CLI::Option*, std::vector<CLI::Option*>> kContradictions[] = {
      {extra, {all_extras, only_group}},
      {all_extras, {only_group}},
      {only_group, {group, all_groups}},
      {only_dev, {group, all_groups, no_dev}},
      {all_packages, {package}},
  };
  for (const auto& [option, others] : kContradictions) {
    for (CLI::Option* other : others) {
      option->excludes(other);
    }
  }
}

void add_expectation_options(CLI::App& command, build::Options& options) {
  command
      .add_option_function<std::string>(
          "--expect",
          [&options](const std::string& text) { options.expect = plan::parse_expect(text); },
          "Fail unless the accelerators are these: amd64=cuda,arm64=cpu")
      ->type_name("P=A,...");
  command
      .add_option_function<std::vector<std::string>>(
          "--expect-gpu",
          [&options](const std::vector<std::string>& texts) {
            options.expect_gpu = plan::parse_expect_gpu(texts);
          },
          "Fail unless the wheels have code for this GPU: sm_90, arm64=sm_87 (repeatable)")
      ->type_name("[P=]SM")
      ->delimiter(',');
}

}  // namespace

void add_selection_options(CLI::App& command, build::Options& options) {
  command.add_option("DIR", options.folder, "Project folder")->capture_default_str();
  command
      .add_option(
          "--lock", options.lock, "Lock to read (default: uv.lock, else pylock.toml, in DIR)")
      ->type_name("FILE");
  command
      .add_option("--variant",
                  options.variants,
                  "This variant of the settings (repeatable; default: all of them)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      .add_option(
          "--platform", options.platforms, "Platform: linux/amd64, linux/arm64 (repeatable)")
      ->allow_extra_args(false)
      ->type_name("P")
      ->delimiter(',');
  command.add_option("--python", options.python, "Python version that the image must have")
      ->type_name("X.Y");
  command.add_option("--base", options.base, "Base: a name, ./file.toml, or oci:DIR[:TAG]")
      ->type_name("BASE");
  add_dependency_options(command, options);
  add_expectation_options(command, options);
  command
      .add_option("--compression", options.compression, "Layers: splice (gzip, default) or zstd")
      ->type_name("KIND");
  command
      .add_option("--wheel-dir",
                  options.wheel_dirs,
                  "Folder of wheels for what the lock has none of (repeatable)")
      ->type_name("DIR");
  command.add_flag("--offline", options.offline, "Use the store only; open no connection");
}

void resolve(build::Options& options) {
  options.base = base::seen_from_project(options.base, options.folder);
}

void add_global_options(CLI::App& command, GlobalOptions& global) {
  command.add_option("--progress", global.progress, "auto, bars, plain, json or none")
      ->type_name("STYLE")
      ->capture_default_str();
  command
      .add_option("--store",
                  global.store,
                  "Folder of the store (default: $CARTWHEEL_STORE, else ~/.cache/cartwheel)")
      ->type_name("DIR");
  command.add_flag("--json", global.json, "Print the result as JSON on stdout");
}

std::string store_folder(const GlobalOptions& global) {
  if (!global.store.empty()) {
    return global.store;
  }
  if (std::optional<std::string> folder = environment("CARTWHEEL_STORE")) {
    return *folder;
  }
  if (std::optional<std::string> folder = environment("XDG_CACHE_HOME")) {
    return *folder + "/cartwheel";
  }
  if (std::optional<std::string> folder = environment("HOME")) {
    return *folder + "/.cache/cartwheel";
  }
  throw util::Error(util::ErrorKind::usage,
                    "no HOME in the environment: name a store with --store");
}

namespace {

// curl's ports, made when the first request comes: an unchanged build sends none, and then nothing
// is set up or parsed for it.
class LazyHttp : public net::Http {
 public:
  LazyHttp(std::filesystem::path project, std::size_t transfers)
      : project_(std::move(project)),
        transfers_(transfers) {}

  net::Response send(const net::Request& request, const BodyStart& begin) override {
    std::call_once(made_, [&] { http_ = make(); });
    return http_->send(request, begin);
  }

 private:
  std::unique_ptr<net::Http> make() const {
    net::HttpOptions options;
    options.index_credentials = net::index_credentials(project_indexes(project_), environment);
    options.netrc_text = netrc_text();
    options.ca_file = environment("SSL_CERT_FILE").value_or("");
    options.user_agent = fmt::format("cartwheel/{}", CARTWHEEL_VERSION);
    options.connections = transfers_;
    return net::make_http(options);
  }

  std::filesystem::path project_;
  std::size_t transfers_;
  std::once_flag made_;
  std::unique_ptr<net::Http> http_;
};

}  // namespace

World make_world(const GlobalOptions& global,
                 bool offline,
                 const std::filesystem::path& project,
                 std::size_t transfers) {
  World world;
  world.progress = make_progress(progress_style(global.progress), wants_colour(2));
  world.store = store::open_store(store_folder(global));
  if (offline) {
    world.http = net::make_offline_http();
  } else {
    world.http = std::make_unique<LazyHttp>(project, transfers);
  }
  return world;
}

}  // namespace cartwheel::cli

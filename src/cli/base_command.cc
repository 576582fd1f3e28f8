#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/base.h"
#include "build/pins.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "core/url.h"
#include "util/error.h"

namespace cartwheel::cli {

namespace {

struct BaseArguments {
  build::Options options;
  GlobalOptions global;
  bool dry_run = false;
};

int run_pin(const BaseArguments& arguments) {
  build::Options options = arguments.options;
  resolve(options);
  World world = make_world(arguments.global, options.offline, options.folder, options.transfers);
  std::vector<std::string> lines = build::update_pins(options, world.ports(), !arguments.dry_run);
  world.progress.reset();
  for (const std::string& line : lines) {
    fmt::print("{}\n", line);
  }
  return 0;
}

// Where a definition's Python comes from.
std::string python_source(const base::Definition& definition) {
  if (definition.python_archives.empty()) {
    return definition.python.empty() ? "-" : "Debian's packages";
  }
  std::vector<std::string> architectures;
  architectures.reserve(definition.python_archives.size());
  for (const auto& [architecture, archive] : definition.python_archives) {
    architectures.push_back(architecture);
  }
  const std::string& location = definition.python_archives.begin()->second.location;
  return fmt::format(
      "{} ({})",
      core::Url::is_url(location) ? core::Url::parse(location).file_name() : location,
      fmt::join(architectures, ", "));
}

void add_pin_options(CLI::App& command, BaseArguments& arguments) {
  command.add_option("DIR", arguments.options.folder, "Project folder")->capture_default_str();
  command
      .add_option("--base", arguments.options.base, "Base: a name, ./file.toml, or oci:DIR[:TAG]")
      ->type_name("BASE");
  command.add_option("--platform", arguments.options.platforms, "Platform (repeatable)")
      ->allow_extra_args(false)
      ->type_name("P")
      ->delimiter(',');
  add_global_options(command, arguments.global);
}

int run_list() {
  constexpr const char* kRow = "{:<21} {:<9} {:<7} {:<6} {}\n";
  fmt::print(kRow, "NAME", "DEBIAN", "PYTHON", "GLIBC", "PYTHON FROM");
  for (const std::string& name : base::definition_names()) {
    const base::Definition definition = base::find_definition(name, ".");
    fmt::print(kRow,
               name,
               definition.suite,
               definition.python.empty() ? "-" : definition.python,
               definition.glibc,
               python_source(definition));
  }
  return 0;
}

}  // namespace

Run add_base_command(CLI::App& program) {
  auto arguments = std::make_shared<BaseArguments>();
  auto chosen = std::make_shared<Run>();
  CLI::App* command =
      program.add_subcommand("base", "Pin the base in cartwheel.lock, or list the bases");
  command->require_subcommand(1);
  command->footer(R"(Examples:
  cartwheel base list
  cartwheel base update --dry-run              what newer packages there are, security fixes named
  cartwheel base pin                           newer packages of the base, or the image as it is now)");
  CLI::App* pin = command->add_subcommand(
      "pin", "Pin the base and the Debian packages in cartwheel.lock, anew");
  add_pin_options(*pin, *arguments);
  pin->callback([arguments, chosen] { *chosen = [arguments] { return run_pin(*arguments); }; });
  CLI::App* update = command->add_subcommand(
      "update", "Pin as 'base pin' does; --dry-run shows what would change");
  add_pin_options(*update, *arguments);
  update->add_flag("--dry-run", arguments->dry_run, "Show what would change, write nothing");
  update->callback([arguments, chosen] { *chosen = [arguments] { return run_pin(*arguments); }; });
  CLI::App* list = command->add_subcommand("list", "List the bases that come with the program");
  list->callback([chosen] { *chosen = [] { return run_list(); }; });
  return [chosen] { return (*chosen)(); };
}

}  // namespace cartwheel::cli

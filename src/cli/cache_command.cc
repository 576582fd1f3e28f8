#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/common_options.h"

namespace cartwheel::cli {

Run add_cache_command(CLI::App& program) {
  auto global = std::make_shared<GlobalOptions>();
  CLI::App* command = program.add_subcommand("cache", "Say where the store is");
  command->require_subcommand(1);
  command->footer(R"(Examples:
  du -sh $(cartwheel cache dir)                how large the store is)");
  CLI::App* folder = command->add_subcommand("dir", "Print the store's folder");
  folder->add_option("--store", global->store, "Folder of the store")->type_name("DIR");
  return [global] {
    fmt::print("{}\n", store_folder(*global));
    return 0;
  };
}

}  // namespace cartwheel::cli

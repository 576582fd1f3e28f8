#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "build/deep.h"
#include "build/inputs.h"
#include "build/prepare.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/progress.h"
#include "plan/report.h"
#include "plan/select.h"
#include "util/error.h"

namespace cartwheel::cli {

namespace {

struct PlanArguments {
  build::Options options;
  GlobalOptions global;
  std::string why;
};

int print_why(const build::Prepared& prepared, const std::string& name) {
  for (const plan::Plan& each : prepared.plans) {
    fmt::print(
        "{}",
        plan::why_text(
            each.target, name, plan::why(prepared.lock, prepared.selection, each.target, name)));
  }
  return 0;
}

int run(const PlanArguments& arguments) {
  const build::Options& options = arguments.options;
  bool offline =
      options.offline || !options.deep;  // plan opens no socket unless it is asked to look deeper
  World world = make_world(arguments.global, offline, options.folder, options.transfers);
  build::Inputs inputs = build::read_inputs(options);
  build::Prepared prepared = build::prepare(inputs, options, *world.store);
  if (!arguments.why.empty()) {
    return print_why(prepared, arguments.why);
  }
  if (options.deep) {
    build::look_inside(prepared, inputs, options, world.ports());
    prepared = build::prepare(inputs, options, *world.store);
  }
  world.progress.reset();
  if (arguments.global.json) {
    fmt::print("{}\n", plan::plan_json(prepared.plans, prepared.common_findings));
  } else {
    std::vector<std::string> sources = build::source_lines(prepared, inputs, *world.store);
    fmt::print("{}",
               plan::plan_text(prepared.plans, prepared.common_findings, sources, wants_colour(1)));
  }
  if (build::has_errors(prepared.findings())) {
    return util::exit_code(util::ErrorKind::refused);
  }
  return 0;
}

}  // namespace

Run add_plan_command(CLI::App& program) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command =
      program.add_subcommand("plan", "Show what would go into the images, and every problem");
  add_selection_options(*command, arguments->options);
  command->add_option("--why", arguments->why, "Why this package is there, or is not")
      ->type_name("PACKAGE");
  command->add_flag(
      "--deep", arguments->options.deep, "Fetch what it must to look inside the wheels");
  add_global_options(*command, arguments->global);
  command->footer(R"(Examples:
  cartwheel plan
  cartwheel plan --why numpy --platform linux/arm64
  cartwheel plan --expect amd64=cuda,arm64=cpu --json)");
  return [arguments] { return run(*arguments); };
}

}  // namespace cartwheel::cli

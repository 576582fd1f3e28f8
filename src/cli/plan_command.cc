#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "build/data_layers.h"
#include "build/deep.h"
#include "build/inputs.h"
#include "build/planned_trees.h"
#include "build/prepare.h"
#include "build/variants.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/progress.h"
#include "plan/report.h"
#include "plan/select.h"
#include "python/names.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::cli {

namespace {

struct PlanArguments {
  build::Options options;
  GlobalOptions global;
  std::string why;
};

void add_why(const build::Prepared& prepared,
             const std::string& asked,
             std::vector<plan::WhyReport>& out) {
  const std::string name = python::normalized_name(asked);
  std::vector<std::string> known;
  std::ranges::transform(prepared.lock.packages, std::back_inserter(known), &lock::Package::name);
  if (std::ranges::find(known, name) == known.end()) {
    throw util::Error(
        util::ErrorKind::not_found,
        fmt::format(
            "--why {}: the lock has no such package{}", asked, util::did_you_mean(name, known)));
  }
  for (const plan::Plan& each : prepared.plans) {
    out.push_back({.variant = each.variant,
                   .target = each.target,
                   .name = name,
                   .paths = plan::why(prepared.lock, prepared.selection, each.target, name)});
  }
}

void print_why(const std::vector<plan::WhyReport>& reasons, bool json) {
  if (json) {
    fmt::print("{}\n", plan::why_json(reasons));
    return;
  }
  for (const plan::WhyReport& reason : reasons) {
    fmt::print("{}", plan::why_text(reason));
  }
}

template <typename Value>
void add_new(std::vector<Value>& to, std::vector<Value> from) {
  for (Value& value : from) {
    if (std::ranges::find(to, value) == to.end()) {
      to.push_back(std::move(value));
    }
  }
}

int run(const PlanArguments& arguments) {
  build::Options options = arguments.options;
  resolve(options);
  bool offline =
      options.offline || !options.deep;  // plan opens no socket unless it is asked to look deeper
  World world = make_world(arguments.global, offline, options.folder, options.transfers);
  const build::Inputs inputs = build::read_inputs(options);
  plan::Report report;  // of all variants, one after the other; what concerns all of them once
  std::vector<plan::WhyReport> reasons;
  bool has_errors = false;
  for (const build::Options& variant : build::options_of_variants(options, inputs)) {
    build::Prepared prepared = build::prepare(inputs, variant, *world.store);
    if (!arguments.why.empty()) {
      add_why(prepared, arguments.why, reasons);
      continue;
    }
    if (options.deep) {
      build::look_inside(prepared, inputs, variant, world.ports());
      prepared = build::prepare(inputs, variant, *world.store);
    }
    has_errors |= build::has_errors(prepared.findings());
    add_new(report.trees, build::planned_trees(prepared, inputs));
    add_new(report.data, build::planned_data(prepared.loaded.settings, inputs, *world.store));
    add_new(report.common, std::move(prepared.common_findings));
    std::ranges::move(prepared.plans, std::back_inserter(report.plans));
  }
  world.progress.reset();
  if (!arguments.why.empty()) {
    print_why(reasons, arguments.global.json);
    return 0;
  }
  if (arguments.global.json) {
    fmt::print("{}\n", plan::plan_json(report));
  } else {
    fmt::print("{}", plan::plan_text(report, wants_colour(1)));
  }
  return has_errors ? util::exit_code(util::ErrorKind::refused) : 0;
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

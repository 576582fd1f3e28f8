#include <cstdio>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "build/build.h"
#include "cli/commands.h"
#include "cli/common_options.h"
#include "cli/progress.h"
#include "plan/report.h"
#include "util/error.h"
#include "util/parallel.h"
#include "util/text.h"

namespace cartwheel::cli {

namespace {

struct BuildArguments {
  build::Options options;
  GlobalOptions global;
};

nlohmann::ordered_json json_of(const build::Outcome& outcome) {
  nlohmann::ordered_json json;
  if (!outcome.variant.empty()) {
    json["variant"] = outcome.variant;
  }
  if (outcome.debug) {
    json["debug"] = true;
  }
  json["index"] = outcome.index;
  json["platforms"] = nlohmann::ordered_json::array();
  for (const build::BuiltPlatform& platform : outcome.platforms) {
    json["platforms"].push_back({{"platform", platform.platform},
                                 {"manifest", platform.manifest},
                                 {"accelerator", platform.accelerator},
                                 {"layers", platform.layers},
                                 {"size", platform.size}});
  }
  json["outputs"] = outcome.outputs;
  json["layers"] = {{"made", outcome.layers_made}, {"reused", outcome.layers_reused}};
  json["blobs"] = {{"written", outcome.blobs_written},
                   {"present", outcome.blobs_present},
                   {"bytes_written", outcome.bytes_written}};
  json["unchanged"] = outcome.from_memo;
  for (const auto& [name, seconds] : outcome.stages) {
    json["seconds"][name] = seconds;
  }
  return json;
}

// docs/build-json.md: of a project with variants, a list under "variants".
void print_json(const std::vector<build::Outcome>& outcomes) {
  nlohmann::ordered_json json;
  if (outcomes.size() == 1 && outcomes[0].variant.empty()) {
    json = json_of(outcomes[0]);
  } else {
    for (const build::Outcome& outcome : outcomes) {
      json["variants"].push_back(json_of(outcome));
    }
  }
  fmt::print("{}\n", json.dump(2));
}

void print_summary(const build::Outcome& outcome) {
  if (!outcome.variant.empty()) {
    fmt::print("{:<12} {}\n", "variant", outcome.variant);
  }
  if (outcome.debug) {
    fmt::print("{:<12} {}\n", "debug", "the same with busybox and a shell");
  }
  for (const build::BuiltPlatform& platform : outcome.platforms) {
    fmt::print("{:<12} {}  {} layers, {}{}{}\n",
               platform.platform,
               platform.manifest,
               platform.layers,
               util::human_bytes(platform.size),
               platform.accelerator.empty() ? "" : ", ",
               platform.accelerator);
  }
  fmt::print("{:<12} {}\n", "index", outcome.index);
  for (const std::string& output : outcome.outputs) {
    fmt::print("{:<12} {}\n", "written to", output);
  }
  if (outcome.from_memo) {
    fmt::print("nothing had changed");
  } else {
    fmt::print("layers: {} made, {} reused; blobs: {} written ({}), {} there already",
               outcome.layers_made,
               outcome.layers_reused,
               outcome.blobs_written,
               util::human_bytes(outcome.bytes_written),
               outcome.blobs_present);
  }
  double total = 0;
  std::string stages;
  for (const auto& [name, seconds] : outcome.stages) {
    total += seconds;
    stages += fmt::format("{}{} {:.2f}", stages.empty() ? "" : ", ", name, seconds);
  }
  fmt::print("; {:.2f} s ({})\n", total, stages);
}

std::vector<plan::Finding> shown(std::vector<plan::Finding> findings,
                                 const BuildArguments& arguments) {
  if (!arguments.global.verbose) {
    std::erase_if(findings, [](const plan::Finding& finding) {
      return finding.severity == plan::Severity::debug;
    });
  }
  return findings;
}

int run(const BuildArguments& arguments) {
  build::Options options = arguments.options;
  resolve(options);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH")) {
    options.source_date_epoch = epoch;
  }
  World world = make_world(arguments.global, options.offline, options.folder, options.transfers);
  const std::vector<build::Outcome> outcomes =
      build::build(options, world.ports(), [&](const std::vector<plan::Finding>& findings) {
        fmt::print(stderr, "{}", plan::findings_text(shown(findings, arguments), wants_colour(2)));
      });
  world.progress.reset();  // its bars are gone before the summary comes
  if (arguments.global.json) {
    print_json(outcomes);
  } else {
    for (const build::Outcome& outcome : outcomes) {
      print_summary(outcome);
    }
  }
  return 0;
}

}  // namespace

Run add_build_command(CLI::App& program) {
  auto arguments = std::make_shared<BuildArguments>();
  arguments->options.threads = util::available_threads();
  CLI::App* command =
      program.add_subcommand("build", "Build the images of all platforms from the lock");
  build::Options& options = arguments->options;
  add_selection_options(*command, options);
  command
      ->add_option("-o,--output",
                   options.outputs,
                   "Where the images go (repeatable): oci:DIR[:TAG], oci-archive:FILE[:TAG], "
                   "docker-archive:FILE[:REF]")
      ->type_name("REF")
      ->allow_extra_args(false)
      ->required();
  command->add_flag("--frozen", options.frozen, "Read cartwheel.lock, never write it");
  command->add_flag("--debug",
                    options.with_debug,
                    "Beside each image write TAG-debug: the same layers and busybox on top");
  command
      ->add_flag("--upgrade-base",
                 options.upgrade_base,
                 "Pin the base and the Debian packages anew, as 'cartwheel base update' does")
      ->excludes("--frozen");
  command->add_flag_callback(
      "--no-build",
      [&options] { options.build_wheels = false; },
      "Refuse what has no wheel instead of building it here");
  command->add_flag("--rebuild",
                    options.rebuild,
                    "Build wheels of sources anew, and accept what differs from cartwheel.lock");
  command->add_flag_callback(
      "--no-memo",
      [&options] { options.memo = false; },
      "Do not ask the memo whether nothing has changed");
  command->add_flag("--verify-memo",
                    options.verify_memo,
                    "Make every layer again and compare it with what the memo says of it");
  command->add_flag("--sync", options.sync, "Force an OCI layout's blobs to the disk (fdatasync)");
  command->add_option("-j,--jobs", options.threads, "Threads for making layers")
      ->capture_default_str();
  command->add_option("--transfers", options.transfers, "Downloads at once")->capture_default_str();
  command->add_flag("-v,--verbose",
                    arguments->global.verbose,
                    "Say more: what was found and needs no one's attention");
  add_global_options(*command, arguments->global);
  command->footer(R"(Examples:
  cartwheel build -o oci:out:latest
  cartwheel build services/api --extra serve -o oci-archive:api.tar
  SOURCE_DATE_EPOCH=0 cartwheel build --platform linux/arm64 -o docker-archive:api-arm64.tar:api:1)");
  return [arguments] { return run(*arguments); };
}

}  // namespace cartwheel::cli

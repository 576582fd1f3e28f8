// Reads the command line, runs one command, and turns what it throws into a message and an exit
// status.

#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/usage.h"
#include "core/url.h"
#include "util/error.h"

namespace {

using cartwheel::util::ErrorKind;

constexpr const char* kFooter = R"(Examples:
  cartwheel plan                               what would go into the images, and every problem
  cartwheel build -o oci:out:latest            both platforms into an OCI layout
  cartwheel build -o docker-archive:app.tar:app:1 --platform linux/amd64
  cartwheel plan --why numpy --platform linux/arm64
  cartwheel build --frozen --offline -o oci:out --expect amd64=cuda,arm64=cpu

Exit status: 0 done; 2 usage; 3 malformed input; 4 refused (error findings, --expect); 5 not found;
6 wrong hash; 7 network; 8 access denied; 9 disk or system; 10 unsupported; 130 interrupted; 1 a bug.)";

int fail(ErrorKind kind, const std::string& message) {
  bool colour = cartwheel::cli::wants_colour(2);
  fmt::print(stderr,
             "{}error:{} {}\n",
             colour ? "\033[1;31m" : "",
             colour ? "\033[0m" : "",
             cartwheel::core::redacted(message));
  return cartwheel::util::exit_code(kind);
}

// What is half written has no final name, so nothing is lost by ending at once.
extern "C" void on_interrupt(int /*signal*/) {
  constexpr std::string_view kText = "error: interrupted\n";
  [[maybe_unused]] ssize_t ignored = ::write(2, kText.data(), kText.size());
  ::_exit(cartwheel::util::exit_code(ErrorKind::interrupted));
}

// Not for a signal that whoever started us has switched off, as nohup(1) does.
void end_on(int signal) {
  if (std::signal(signal, on_interrupt) == SIG_IGN) {
    std::signal(signal, SIG_IGN);
  }
}

int run(int argc, char** argv) {
  CLI::App program(
      "Turns a Python lockfile into container images: no Dockerfile, no daemon, no root.",
      "cartwheel");
  program.set_version_flag("--version", "cartwheel " CARTWHEEL_VERSION);
  program.require_subcommand(1);
  program.footer(kFooter);
  cartwheel::cli::Run chosen;
  for (auto* add : {cartwheel::cli::add_build_command,
                    cartwheel::cli::add_plan_command,
                    cartwheel::cli::add_base_command,
                    cartwheel::cli::add_cache_command}) {
    std::size_t before = program.get_subcommands({}).size();
    cartwheel::cli::Run command = add(program);
    program.get_subcommands({}).at(before)->parse_complete_callback(
        [&chosen, command] { chosen = command; });
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return program.exit(error);  // --help, --version
    }
    return fail(ErrorKind::usage, cartwheel::cli::usage_message(program, error));
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is reported by write(2), as a full disk is
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    end_on(signal);
  }
  try {
    return run(argc, argv);
  } catch (const cartwheel::util::Error& error) {
    return fail(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(ErrorKind::io, "out of memory");
  } catch (const std::exception& error) {
    return fail(ErrorKind::internal, std::string("internal: ") + error.what());
  }
}

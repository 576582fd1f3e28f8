#include "wheelbuild/frontend.h"

#include "util/error.h"
#include "util/subprocess.h"
#include "util/text.h"
#include "wheelbuild/environment.h"

namespace cartwheel::wheelbuild {

namespace {

// "pip 23.2.1 from … (python 3.11)" or "uv 0.13.9 (…)": the first two words; nothing for another
// answer.
std::optional<Frontend> asked(const std::string& program) {
  if (!util::is_program(program)) {
    return std::nullopt;
  }
  util::SubprocessResult answer = util::run({.command = {program, "--version"},
                                             .folder = {},
                                             .environment = fixed_variables(""),
                                             .without = dropped_variables(),
                                             .input = {}});
  std::string_view line = util::trim(answer.output);
  line = line.substr(0, line.find('\n'));
  std::vector<std::string_view> words = util::split(line, ' ');
  if (answer.status != 0 || words.size() < 2 || words[0] != program.substr(0, words[0].size())) {
    return std::nullopt;  // a shim without a program behind it, for one
  }
  Frontend frontend{.program = program,
                    .version = std::string(words[0]) + " " + std::string(words[1]),
                    .python = {}};
  constexpr std::string_view kPython = "(python ";
  std::size_t at = line.rfind(kPython);
  if (at != std::string_view::npos && line.ends_with(')')) {
    at += kPython.size();
    frontend.python = line.substr(at, line.size() - at - 1);
  }
  return frontend;
}

}  // namespace

Frontend find_frontend() {
  for (const char* program : {"uv", "pip", "pip3"}) {
    if (std::optional<Frontend> frontend = asked(program)) {
      return *std::move(frontend);
    }
  }
  throw util::Error(
      util::ErrorKind::not_found,
      "neither 'uv' nor 'pip' is in PATH (or answers): one of them is needed to build a wheel");
}

std::vector<std::string> Frontend::command(const std::filesystem::path& source,
                                           const std::filesystem::path& into,
                                           const Options& options,
                                           const std::filesystem::path& constraints) const {
  std::vector<std::string> out;
  if (program == "uv") {
    out = {
        "uv", "build", "--wheel", "--no-progress", "--color", "never", "--out-dir", into.string()};
    if (!options.python.empty()) {
      out.insert(out.end(), {"--python", options.python});
    }
    if (options.offline) {
      out.emplace_back("--offline");
    }
    if (!constraints.empty()) {
      out.insert(out.end(), {"--build-constraints", constraints.string()});
    }
  } else {
    out = {program,
           "wheel",
           "--no-deps",
           "--no-input",
           "--disable-pip-version-check",
           "--no-color",
           "--no-cache-dir",
           "--wheel-dir",
           into.string()};
    if (options.offline) {
      out.emplace_back("--no-index");
    }
  }
  out.push_back(source.string());
  return out;
}

std::map<std::string, std::string> Frontend::variables(
    const std::filesystem::path& constraints) const {
  if (program == "uv" || constraints.empty()) {
    return {};
  }
  return {{"PIP_CONSTRAINT", constraints.string()}, {"PIP_BUILD_CONSTRAINT", constraints.string()}};
}

}  // namespace cartwheel::wheelbuild

#include "wheelbuild/wheelbuild.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "core/url.h"
#include "python/names.h"
#include "python/tags.h"
#include "util/error.h"
#include "util/file.h"
#include "util/stream.h"
#include "util/subprocess.h"
#include "util/text.h"
#include "wheelbuild/environment.h"
#include "wheelbuild/frontend.h"

namespace cartwheel::wheelbuild {

namespace {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

constexpr std::size_t kShownLines = 40;
constexpr std::size_t kShownBytes = 16384;

// Tells of the work while it lives.
class Narrated {
 public:
  Narrated(util::Progress& progress, const std::string& name) : progress_(progress), name_(name) {
    progress_.begin("build", name_, std::nullopt);
  }
  Narrated(const Narrated&) = delete;
  Narrated& operator=(const Narrated&) = delete;
  ~Narrated() { progress_.end("build", name_); }

 private:
  util::Progress& progress_;
  const std::string& name_;
};

// All that the build said, without passwords.
std::string said(const util::SubprocessResult& result) {
  std::string all = result.output;
  all += all.empty() || all.ends_with('\n') ? "" : "\n";
  return core::redacted(all + result.error);
}

std::string last_lines(const std::string& all) {
  std::string_view text = util::trim(all);
  text.remove_prefix(text.size() - std::min(text.size(), kShownBytes));
  std::vector<std::string_view> lines = util::lines(text);
  std::size_t first = lines.size() - std::min(lines.size(), kShownLines);
  std::string out;
  for (std::size_t i = first; i < lines.size(); ++i) {
    out += "\n  ";
    out += lines[i];
  }
  return out;
}

// A wheel's bytes can depend on the umask (setuptools copies what it has unpacked); so builds have
// one of their own.
util::SubprocessResult run_build(const std::vector<std::string>& command,
                                 const fs::path& folder,
                                 std::map<std::string, std::string> variables) {
  std::vector<std::string> wrapped{"/bin/sh", "-c", "umask 022; exec \"$@\"", "sh"};
  wrapped.insert(wrapped.end(), command.begin(), command.end());
  return util::run({.command = std::move(wrapped),
                    .folder = folder,
                    .environment = std::move(variables),
                    .without = dropped_variables(),
                    .input = {}});
}

fs::path only_wheel(const fs::path& folder, const std::string& name) {
  std::vector<std::string> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".whl" && entry.is_regular_file() && !entry.is_symlink()) {
      found.push_back(entry.path().filename().string());
    }
  }
  std::sort(found.begin(), found.end());
  if (found.size() != 1) {
    throw Error(ErrorKind::refused,
                found.empty() ? "the build made no wheel"
                              : fmt::format("the build made {} wheels, wanted one: {}",
                                            found.size(),
                                            util::join(found, ", ")));
  }
  python::WheelFilename wheel = python::WheelFilename::parse(found[0]);
  if (wheel.name != python::normalized_name(name)) {
    throw Error(ErrorKind::refused,
                fmt::format("wanted a wheel of '{}', the build made '{}'", name, found[0]));
  }
  return folder / found[0];
}

Built stored(const fs::path& wheel, const Frontend& frontend, store::Store& store) {
  std::unique_ptr<store::Upload> upload = store.begin();
  util::FileSource source(wheel);
  Built built;
  built.filename = wheel.filename().string();
  built.size = util::copy(source, *upload);
  built.sha256 = upload->commit();
  built.frontend = frontend.version;
  return built;
}

// Keeps what the build said and throws when it did not end well.
void check_status(const util::SubprocessResult& result,
                  const Frontend& frontend,
                  const fs::path& log) {
  std::string all = said(result);
  if (!log.empty()) {
    fs::create_directories(log.parent_path());
    util::write_file(log, all);
  }
  if (result.status == 128 + SIGINT || result.status == 128 + SIGTERM) {
    throw Error(ErrorKind::interrupted, fmt::format("{} was stopped", frontend.program));
  }
  if (result.status != 0) {
    throw Error(ErrorKind::refused,
                fmt::format("{} could not build it (exit status {}{}):{}",
                            frontend.version,
                            result.status,
                            log.empty() ? "" : "; all that it said is in '" + log.string() + "'",
                            last_lines(all)));
  }
}

// The folders that setuptools makes beside a project's sources. What lies in `build` from an
// earlier version of the sources would be in the next wheel too.
class Leavings {
 public:
  explicit Leavings(const fs::path& source) : source_(source), before_(found()) {}
  Leavings(const Leavings&) = delete;
  Leavings& operator=(const Leavings&) = delete;
  ~Leavings() {
    for (const fs::path& path : found()) {
      if (std::ranges::find(before_, path) == before_.end()) {
        std::error_code ignored;
        fs::remove_all(path, ignored);
      }
    }
  }

 private:
  std::vector<fs::path> found() const {
    std::vector<fs::path> out;
    for (const fs::path& folder : {source_, source_ / "src"}) {
      std::error_code absent;
      for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
        if (entry.path().filename() == "build" || entry.path().extension() == ".egg-info") {
          out.push_back(entry.path());
        }
      }
    }
    return out;
  }

  fs::path source_;
  std::vector<fs::path> before_;
};

// The file that names the constraints, or "".
fs::path constraints_file(const std::vector<std::string>& constraints, const fs::path& folder) {
  if (constraints.empty()) {
    return {};
  }
  fs::path file = folder / "constraints.txt";
  util::write_file(file, util::join(constraints, "\n") + "\n");
  return file;
}

}  // namespace

Built build_wheel(const fs::path& source,
                  const std::string& name,
                  const Options& options,
                  store::Store& store,
                  util::Progress& progress) {
  return util::in_context(fmt::format("building a wheel of '{}'", name), [&] {
    std::error_code failure;
    bool folder = fs::is_directory(source, failure);
    if (!fs::exists(source, failure)) {
      throw Error(ErrorKind::not_found, fmt::format("{}: no such file or folder", source.string()));
    }
    Frontend frontend = find_frontend();
    if (!frontend.python.empty() && !options.python.empty() && frontend.python != options.python) {
      progress.warn(fmt::format("building a wheel of '{}': {} builds for Python {}, wanted {}",
                                name,
                                frontend.version,
                                frontend.python,
                                options.python));
    }
    Narrated narrated(progress, name);
    util::TempDir temporary;
    fs::path into = temporary.path() / "wheels";
    fs::create_directory(into);
    fs::path from = fs::absolute(source).lexically_normal();
    fs::path constraints = constraints_file(options.constraints, temporary.path());
    std::map<std::string, std::string> variables = fixed_variables(options.source_date_epoch);
    variables.merge(frontend.variables(constraints));
    // a project's own settings count (its indexes), those of where we happen to be do not
    fs::path where = !options.settings_folder.empty() ? fs::absolute(options.settings_folder)
                     : folder                         ? from
                                                      : temporary.path();
    std::optional<Leavings> leavings;
    if (folder) {
      leavings.emplace(from);
    }
    util::SubprocessResult result =
        run_build(frontend.command(from, into, options, constraints), where, std::move(variables));
    check_status(result, frontend, options.log);
    return stored(only_wheel(into, name), frontend, store);
  });
}

}  // namespace cartwheel::wheelbuild

#include "wheelbuild/git_checkout.h"

#include <map>
#include <vector>

#include <fmt/format.h>

#include "core/url.h"
#include "util/error.h"
#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::wheelbuild {

namespace {

namespace fs = std::filesystem;
using util::Error;
using util::ErrorKind;

// git must ask nobody, and variables that a hook or a worktree sets would lead it astray.
util::SubprocessResult git(const std::vector<std::string>& arguments, const fs::path& folder) {
  std::vector<std::string> command{"git", "-c", "advice.detachedHead=false"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return util::run({.command = std::move(command),
                    .folder = folder,
                    .environment = {{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C.UTF-8"}},
                    .without = {"GIT_DIR",
                                "GIT_WORK_TREE",
                                "GIT_INDEX_FILE",
                                "GIT_PREFIX",
                                "GIT_OBJECT_DIRECTORY",
                                "GIT_COMMON_DIR",
                                "GIT_NAMESPACE"},
                    .input = {}});
}

std::string last_line(const util::SubprocessResult& result) {
  std::string_view text = util::trim(result.error);
  return core::redacted(text.substr(text.rfind('\n') + 1));
}

bool is_remote(const std::string& url) {
  return core::Url::is_url(url) ? core::Url::parse(url).scheme != "file"
                                : url.find(':') != std::string::npos && !fs::exists(url);
}

bool has_commit(const std::string& commit, const fs::path& folder) {
  return git({"cat-file", "-e", commit + "^{commit}"}, folder).status == 0;
}

}  // namespace

void checkout(const std::string& url,
              const std::string& commit,
              const fs::path& into,
              bool offline,
              util::Progress& progress) {
  const std::string shown = core::redacted(url);
  util::in_context(fmt::format("git {}", shown), [&] {
    if (!util::is_program("git")) {
      throw Error(ErrorKind::not_found, "'git' is not in PATH: it is needed to fetch the source");
    }
    if (offline && is_remote(url)) {
      throw Error(ErrorKind::not_found, "the repository is not here, and --offline was given");
    }
    progress.begin("git", shown, std::nullopt);
    // a commit's files come when it is checked out; names of versions are made of tags
    util::SubprocessResult cloned = git(
        {"clone", "--quiet", "--no-checkout", "--filter=blob:none", "--", url, into.string()}, {});
    progress.end("git", shown);
    if (cloned.status != 0) {
      throw Error(ErrorKind::network, last_line(cloned));
    }
    if (!has_commit(commit, into)) {  // of no branch and no tag: servers give it by its name
      git({"fetch", "--quiet", "origin", commit}, into);
    }
    if (!has_commit(commit, into)) {
      throw Error(ErrorKind::refused, fmt::format("the repository has no commit {}", commit));
    }
    for (const std::vector<std::string>& step :
         {std::vector<std::string>{"checkout", "--quiet", "--detach", commit},
          std::vector<std::string>{"submodule", "--quiet", "update", "--init", "--recursive"}}) {
      if (util::SubprocessResult done = git(step, into); done.status != 0) {
        throw Error(ErrorKind::network, fmt::format("{}: {}", step[0], last_line(done)));
      }
    }
  });
}

}  // namespace cartwheel::wheelbuild

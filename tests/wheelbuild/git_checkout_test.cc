#include "wheelbuild/git_checkout.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"
#include "util/file.h"
#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::wheelbuild {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// A repository of two commits, the first of which has the tag v1.
class GitCheckout : public testing::Test {
 protected:
  GitCheckout() {
    fs::create_directories(repository());
    git({"init", "--quiet"});
    first_ = commit("one", "1");
    git({"tag", "v1"});
    second_ = commit("two", "2");
  }

  fs::path repository() const { return folder_.path() / "repository"; }
  fs::path into() const { return folder_.path() / "into"; }
  std::string url() const { return "file://" + repository().string(); }

  std::string git(std::vector<std::string> arguments, const fs::path& where = {}) {
    arguments.insert(arguments.begin(),
                     {"git", "-c", "user.name=Test", "-c", "user.email=test@example.org"});
    util::SubprocessResult result = util::run({.command = arguments,
                                               .folder = where.empty() ? repository() : where,
                                               .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}},
                                               .without = {},
                                               .input = {}});
    EXPECT_EQ(result.status, 0) << result.error;
    return std::string(util::trim(result.output));
  }

  std::string commit(const std::string& message, const std::string& text) {
    util::write_file(repository() / "file", text);
    git({"add", "file"});
    git({"commit", "--quiet", "--message", message});
    return git({"rev-parse", "HEAD"});
  }

  util::Error failure(const std::string& from, const std::string& commit, bool offline = false) {
    try {
      checkout(from, commit, into(), offline, util::silent_progress());
    } catch (const util::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {util::ErrorKind::internal, ""};
  }

  util::TempDir folder_;
  std::string first_, second_;
};

TEST_F(GitCheckout, BringsTheCommitThatIsNamed) {
  checkout(url(), first_, into(), false, util::silent_progress());
  EXPECT_EQ(util::read_file(into() / "file"), "1");
  EXPECT_EQ(git({"rev-parse", "HEAD"}, into()), first_);
}

TEST_F(GitCheckout, BringsTheTags) {
  checkout(url(), second_, into(), false, util::silent_progress());
  EXPECT_EQ(git({"describe", "--tags"}, into()).substr(0, 4), "v1-1");
}

TEST_F(GitCheckout, FindsACommitOfNoBranch) {
  git({"checkout", "--quiet", "--detach", first_});
  std::string third = commit("three", "3");
  git({"checkout", "--quiet", "--detach", first_});
  checkout(url(), third, into(), false, util::silent_progress());
  EXPECT_EQ(util::read_file(into() / "file"), "3");
}

TEST_F(GitCheckout, TakesAPathAndALocalRepositoryOffline) {
  checkout(repository().string(), second_, into(), true, util::silent_progress());
  EXPECT_EQ(util::read_file(into() / "file"), "2");
}

TEST_F(GitCheckout, OpensNoConnectionOffline) {
  for (const char* remote :
       {"https://127.0.0.1:1/x.git", "ssh://git@127.0.0.1/x", "git@host:x.git"}) {
    util::Error error = failure(remote, first_, true);
    EXPECT_EQ(error.kind(), util::ErrorKind::not_found) << remote;
    EXPECT_THAT(error.what(), HasSubstr("--offline")) << remote;
  }
}

TEST_F(GitCheckout, RefusesACommitThatIsNotThere) {
  std::string absent(40, '1');
  util::Error error = failure(url(), absent);
  EXPECT_EQ(error.kind(), util::ErrorKind::refused);
  EXPECT_THAT(error.what(), HasSubstr("has no commit " + absent));
}

TEST_F(GitCheckout, SaysWhatGitSaid) {
  util::Error error = failure("file:///nowhere/at/all", first_);
  EXPECT_EQ(error.kind(), util::ErrorKind::network);
  EXPECT_THAT(error.what(), HasSubstr("git file:///nowhere/at/all: "));
  EXPECT_THAT(failure("http://me:secret@127.0.0.1:1/x.git", first_).what(),
              Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace cartwheel::wheelbuild

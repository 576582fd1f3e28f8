#include "wheelbuild/wheelbuild.h"

#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/wheel_builder.h"
#include "util/error.h"
#include "util/file.h"
#include "wheelbuild/environment.h"
#include "wheelbuild/frontend.h"

namespace cartwheel::wheelbuild {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class RecordedProgress : public util::Progress {
 public:
  void begin(const std::string& verb,
             const std::string& name,
             std::optional<std::uint64_t> /*total*/) override {
    lines.push_back("begin " + verb + " " + name);
  }
  void advance(const std::string& /*verb*/,
               const std::string& /*name*/,
               std::uint64_t /*bytes*/) override {}
  void end(const std::string& verb, const std::string& name) override {
    lines.push_back("end " + verb + " " + name);
  }
  void note(const std::string& line) override { lines.push_back("note " + line); }
  void warn(const std::string& line) override { lines.push_back("warn " + line); }

  std::vector<std::string> lines;
};

// Front ends that are shell scripts in a PATH of their own, a source folder, and a store.
class WheelBuild : public testing::Test {
 protected:
  WheelBuild() : store_(store::open_store(folder_.path() / "store")) {
    fs::create_directories(programs());
    fs::create_directories(source());
    setenv("PATH", programs().c_str(), 1);
  }

  fs::path programs() const { return folder_.path() / "bin"; }
  fs::path source() const { return folder_.path() / "project"; }
  fs::path log() const { return folder_.path() / "log"; }

  // `version` answers --version; otherwise `body` runs with $out, the folder for wheels, set, after
  // arguments, environment, folder and umask were logged.
  void program(const std::string& name, const std::string& version, const std::string& body) {
    std::string text = fmt::format(
        "#!/bin/sh\n"
        "if [ \"$1\" = --version ]; then echo \"{}\"; exit; fi\n"
        "{{ echo \"args $*\"; echo \"folder $PWD\"; echo \"umask $(umask)\"; /usr/bin/env; }} > "
        "'{}'\n"
        "out=; last=\n"
        "for arg; do case \"$last\" in --out-dir|--wheel-dir) out=$arg;; esac; last=$arg; done\n"
        "{}\n",
        version,
        log().string(),
        body);
    util::write_file(programs() / name, text, 0755);
    chmod((programs() / name).c_str(), 0755);
  }

  // A shell line that makes a file of these bytes under that name in $out.
  std::string makes(const std::string& filename, const std::string& bytes) {
    fs::path kept = folder_.path() / ("made-" + std::to_string(count_++));
    util::write_file(kept, bytes);
    return fmt::format("/bin/cp '{}' \"$out/{}\"\n", kept.string(), filename);
  }

  Built build(const Options& options = {
                  .python = "3.11", .source_date_epoch = "", .offline = false}) {
    return build_wheel(source(), "Demo.Pkg", options, *store_, progress_);
  }

  util::Error failure() {
    try {
      build();
    } catch (const util::Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {util::ErrorKind::internal, ""};
  }

  util::TempDir folder_;
  std::unique_ptr<store::Store> store_;
  RecordedProgress progress_;
  int count_ = 0;
};

const std::string kUv = "uv 9.8.7 (abc 2026-01-01)";
const std::string kPip = "pip 23.2.1 from /x/pip (python 3.11)";
const std::string kName = "demo_pkg-1.0-py3-none-any.whl";

TEST_F(WheelBuild, PutsTheWheelIntoTheStore) {
  std::string bytes = tests::WheelBuilder("demo-pkg", "1.0").file("demo.py", "x = 1\n").bytes();
  program("uv", kUv, makes(kName, bytes) + "echo > \"$out/.gitignore\"");
  Built built = build();
  EXPECT_EQ(built.filename, kName);
  EXPECT_EQ(built.sha256, core::Digest::of(bytes));
  EXPECT_EQ(built.size, bytes.size());
  EXPECT_EQ(built.frontend, "uv 9.8.7");
  auto file = store_->find(built.sha256);
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->size(), bytes.size());
  EXPECT_THAT(progress_.lines, ElementsAre("begin build Demo.Pkg", "end build Demo.Pkg"));
}

TEST_F(WheelBuild, GivesUvWhatItNeeds) {
  program("uv", kUv, makes(kName, "w"));
  build({.python = "3.13t", .source_date_epoch = "", .offline = true});
  std::string log = util::read_file(this->log());
  EXPECT_THAT(log, HasSubstr("args build --wheel "));
  EXPECT_THAT(log, HasSubstr(" --python 3.13t --offline " + source().string() + "\n"));
  EXPECT_THAT(log, HasSubstr("folder " + source().string() + "\n"));
}

TEST_F(WheelBuild, GivesTheConstraintsToTheFrontEnd) {
  const Options options{.python = "3.11", .constraints = {"setuptools<70", "wheel==0.43.0"}};
  program("pip", kPip, makes(kName, "p") + "/bin/cp \"$PIP_CONSTRAINT\" '" + log().string() + "2'");
  build(options);
  EXPECT_EQ(util::read_file(log().string() + "2"), "setuptools<70\nwheel==0.43.0\n");
  EXPECT_THAT(util::read_file(log()), HasSubstr("\nPIP_BUILD_CONSTRAINT="));
  program("uv",
          kUv,
          makes(kName, "w") +
              "last=; for arg; do case \"$last\" in --build-constraints) /bin/cp \"$arg\" '" +
              log().string() + "3';; esac; last=$arg; done");
  build(options);
  EXPECT_EQ(util::read_file(log().string() + "3"), "setuptools<70\nwheel==0.43.0\n");
  EXPECT_THAT(util::read_file(log()), Not(HasSubstr("PIP_CONSTRAINT")));
}

TEST_F(WheelBuild, RunsWhereTheSettingsAre) {
  program("uv", kUv, makes(kName, "w"));
  fs::path elsewhere = folder_.path() / "elsewhere";
  fs::create_directories(elsewhere);
  build({.python = "3.11", .settings_folder = elsewhere});
  EXPECT_THAT(util::read_file(log()), HasSubstr("folder " + elsewhere.string() + "\n"));
}

TEST_F(WheelBuild, KeepsWhatTheBuildSaid) {
  fs::path kept = folder_.path() / "logs" / "demo.log";
  program("uv",
          kUv,
          makes(kName, "w") + "echo to stdout; echo 'https://me:secret@example.org to stderr' >&2");
  build({.python = "3.11", .log = kept});
  EXPECT_EQ(util::read_file(kept), "to stdout\nhttps://****@example.org to stderr\n");
  program("uv", kUv, "i=0; while [ $i -lt 100 ]; do echo \"line $i\"; i=$((i+1)); done; exit 3");
  try {
    build({.python = "3.11", .log = kept});
    ADD_FAILURE() << "no error";
  } catch (const util::Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("(exit status 3; all that it said is in '" + kept.string()));
    EXPECT_THAT(error.what(), HasSubstr("line 99"));
  }
  EXPECT_THAT(util::read_file(kept), testing::StartsWith("line 0\nline 1\n"));
}

TEST_F(WheelBuild, RemovesWhatSetuptoolsLeavesBehind) {
  fs::create_directories(source() / "src");
  std::string at = source().string();
  program("uv",
          kUv,
          makes(kName, "w") + "/bin/mkdir -p '" + at + "/build/lib' '" + at +
              "/src/demo.egg-info' '" + at + "/demo'");
  build();
  EXPECT_FALSE(fs::exists(source() / "build"));
  EXPECT_FALSE(fs::exists(source() / "src" / "demo.egg-info"));
  EXPECT_TRUE(fs::exists(source() / "demo"));
  fs::create_directories(source() / "build");  // somebody's own
  build();
  EXPECT_TRUE(fs::exists(source() / "build"));
  EXPECT_FALSE(fs::exists(source() / "src" / "demo.egg-info"));
}

TEST_F(WheelBuild, PrefersUvAndFallsBackToPip) {
  program("pip", kPip, makes(kName, "p"));
  EXPECT_EQ(build().frontend, "pip 23.2.1");
  EXPECT_THAT(util::read_file(log()), HasSubstr("args wheel --no-deps "));
  program("uv", kUv, makes(kName, "u"));
  EXPECT_EQ(build().frontend, "uv 9.8.7");
}

TEST_F(WheelBuild, PassesAProgramThatGivesNoVersion) {
  util::write_file(
      programs() / "uv", "#!/bin/sh\necho 'uv: no such version' >&2; exit 127\n", 0755);
  chmod((programs() / "uv").c_str(), 0755);
  program("pip3", kPip, makes(kName, "p"));
  EXPECT_EQ(build().frontend, "pip 23.2.1");
}

TEST_F(WheelBuild, WarnsWherePipHasAnotherPython) {
  program("pip", kPip, makes(kName, "p"));
  build({.python = "3.12", .source_date_epoch = "", .offline = true});
  ASSERT_FALSE(progress_.lines.empty());
  EXPECT_EQ(progress_.lines[0],
            "warn building a wheel of 'Demo.Pkg': pip 23.2.1 builds for Python 3.11, wanted 3.12");
  EXPECT_THAT(util::read_file(log()), HasSubstr(" --no-index "));
}

TEST_F(WheelBuild, BuildsInACleanEnvironment) {
  program("uv", kUv, makes(kName, "w"));
  setenv("CFLAGS", "-march=native", 1);
  setenv("VIRTUAL_ENV", "/somewhere", 1);
  setenv("PYTHONPATH", "/somewhere", 1);
  setenv("SOURCE_DATE_EPOCH", "1", 1);
  setenv("https_proxy", "http://proxy.example", 1);
  setenv("UV_INDEX_PRIVATE_PASSWORD", "kept", 1);
  mode_t before = umask(077);
  build();
  umask(before);
  std::string log = util::read_file(this->log());
  for (const char* dropped : {"CFLAGS", "VIRTUAL_ENV", "PYTHONPATH"}) {
    EXPECT_THAT(log, Not(HasSubstr(std::string("\n") + dropped + "="))) << dropped;
  }
  for (const char* kept : {"SOURCE_DATE_EPOCH=315619200",
                           "TZ=UTC",
                           "LC_ALL=C.UTF-8",
                           "PYTHONHASHSEED=0",
                           "https_proxy=http://proxy.example",
                           "UV_INDEX_PRIVATE_PASSWORD=kept",
                           "umask 0022"}) {
    EXPECT_THAT(log, HasSubstr(std::string("\n") + kept + "\n")) << kept;
  }
  build({.python = "3.11", .source_date_epoch = "1234567890", .offline = false});
  EXPECT_THAT(util::read_file(this->log()), HasSubstr("\nSOURCE_DATE_EPOCH=1234567890\n"));
}

TEST_F(WheelBuild, TakesAnArchiveAsSource) {
  program("uv", kUv, makes(kName, "w"));
  fs::path archive = folder_.path() / "demo_pkg-1.0.tar.gz";
  util::write_file(archive, "sdist");
  build_wheel(archive, "demo-pkg", {}, *store_, progress_);
  std::string log = util::read_file(this->log());
  EXPECT_THAT(log, HasSubstr(archive.string() + "\n"));
  EXPECT_THAT(log, Not(HasSubstr("folder " + fs::current_path().string() + "\n")));
}

TEST_F(WheelBuild, NeedsAFrontEnd) {
  util::Error error = failure();
  EXPECT_EQ(error.kind(), util::ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("neither 'uv' nor 'pip'"));
  EXPECT_TRUE(progress_.lines.empty());
}

TEST_F(WheelBuild, NeedsASource) {
  program("uv", kUv, "");
  fs::remove_all(source());
  EXPECT_EQ(failure().kind(), util::ErrorKind::not_found);
}

TEST_F(WheelBuild, ShowsTheLastLinesOfAFailedBuild) {
  program("uv",
          kUv,
          "i=0; while [ $i -lt 100 ]; do echo \"line $i\"; i=$((i+1)); done\n"
          "echo 'no index at https://me:secret@example.org/simple' >&2; exit 2");
  util::Error error = failure();
  EXPECT_EQ(error.kind(), util::ErrorKind::refused);
  EXPECT_THAT(
      error.what(),
      HasSubstr("building a wheel of 'Demo.Pkg': uv 9.8.7 could not build it (exit status 2):\n"));
  EXPECT_THAT(error.what(),
              HasSubstr("\n  line 99\n  no index at https://****@example.org/simple"));
  EXPECT_THAT(error.what(), Not(HasSubstr("line 10\n")));
  EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
  EXPECT_THAT(progress_.lines, ElementsAre("begin build Demo.Pkg", "end build Demo.Pkg"));
}

TEST_F(WheelBuild, KeepsNothingOfAFailedBuild) {
  program("uv", kUv, makes(kName, "half") + "exit 1");
  EXPECT_EQ(failure().kind(), util::ErrorKind::refused);
  EXPECT_FALSE(store_->has(core::Digest::of(std::string_view("half"))));
}

TEST_F(WheelBuild, TellsAStoppedBuildFromAFailedOne) {
  program("uv", kUv, "kill -INT $$");
  EXPECT_EQ(failure().kind(), util::ErrorKind::interrupted);
}

TEST_F(WheelBuild, WantsExactlyOneWheelOfTheName) {
  struct Case {
    std::string body;
    const char* expected;
  };
  for (const Case& c :
       {Case{"", "made no wheel"},
        Case{"echo x > \"$out/demo_pkg-1.0.tar.gz\"", "made no wheel"},
        Case{"/bin/ln -s /etc/passwd \"$out/" + kName + "\"", "made no wheel"},
        Case{makes(kName, "a") + makes("demo_pkg-1.1-py3-none-any.whl", "b"), "made 2 wheels"},
        Case{makes("other-1.0-py3-none-any.whl", "a"), "wanted a wheel of 'Demo.Pkg'"},
        Case{makes("demo_pkg.whl", "a"), "is no wheel file name"}}) {
    program("uv", kUv, c.body);
    EXPECT_THAT(failure().what(), HasSubstr(c.expected)) << c.body;
  }
}

TEST(CleanEnvironment, KeepsOnlyWhatBuildsNeed) {
  for (const char* kept : {"PATH",
                           "HOME",
                           "http_proxy",
                           "NO_PROXY",
                           "XDG_CACHE_HOME",
                           "UV_INDEX",
                           "UV_INDEX_X_USERNAME",
                           "UV_CACHE_DIR",
                           "PIP_INDEX_URL",
                           "SSL_CERT_FILE"}) {
    EXPECT_TRUE(is_kept(kept)) << kept;
  }
  for (const char* dropped : {"",
                              "CC",
                              "CXXFLAGS",
                              "PYTHONHOME",
                              "UV_PROJECT_ENVIRONMENT",
                              "UV_PYTHON",
                              "PIP_TARGET",
                              "PIP_REQUIRE_VIRTUALENV",
                              "LANG",
                              "MAKEFLAGS",
                              "LD_PRELOAD",
                              "path",
                              "_proxy"}) {
    EXPECT_FALSE(is_kept(dropped)) << dropped;
  }
}

}  // namespace
}  // namespace cartwheel::wheelbuild

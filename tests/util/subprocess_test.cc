#include "util/subprocess.h"

#include <csignal>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/file.h"

namespace cartwheel::util {
namespace {

SubprocessResult shell(const std::string& script, const std::string& input = "") {
  return run({.command = {"/bin/sh", "-c", script},
              .folder = {},
              .environment = {},
              .without = {},
              .input = input});
}

TEST(Subprocess, GivesBothOutputsAndTheStatus) {
  SubprocessResult result = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error, "err\n");
}

TEST(Subprocess, GivesTheSignalAsAShellDoes) {
  EXPECT_EQ(shell("kill -TERM $$").status, 128 + SIGTERM);
}

TEST(Subprocess, TakesLongInputWhileItAnswers) {
  std::string input(4 << 20, 'x');
  SubprocessResult result = shell("cat; echo done >&2", input);
  EXPECT_EQ(result.output, input);
  EXPECT_EQ(result.error, "done\n");
}

TEST(Subprocess, MayLeaveItsInputUnread) {
  SubprocessResult result = shell("exec 0<&-; echo early", std::string(4 << 20, 'x'));
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "early\n");
}

TEST(Subprocess, MayCloseItsOutputsFirst) {
  TempDir folder;
  std::string input(1 << 20, 'y');
  EXPECT_EQ(shell("exec >&- 2>&-; cat > '" + (folder.path() / "kept").string() + "'", input).status,
            0);
  EXPECT_EQ(read_file(folder.path() / "kept"), input);
}

TEST(Subprocess, HasAnEmptyInputOtherwise) { EXPECT_EQ(shell("cat").output, ""); }

TEST(Subprocess, SeesTheEnvironmentItIsGiven) {
  setenv("CARTWHEEL_TEST_A", "ours", 1);
  setenv("CARTWHEEL_TEST_B", "ours", 1);
  SubprocessResult result =
      run({.command = {"/bin/sh", "-c", "echo ${CARTWHEEL_TEST_A-none} ${CARTWHEEL_TEST_B-none}"},
           .folder = {},
           .environment = {{"CARTWHEEL_TEST_A", "given"}},
           .without = {"CARTWHEEL_TEST_B"},
           .input = {}});
  EXPECT_EQ(result.output, "given none\n");
}

TEST(Subprocess, StillDiesOfABrokenPipe) {
  SubprocessResult result = shell("kill -PIPE $$; echo alive");
  EXPECT_EQ(result.status, 128 + SIGPIPE);
}

TEST(Subprocess, RunsInItsFolder) {
  TempDir folder;
  SubprocessResult result = run({.command = {"/bin/sh", "-c", "pwd -P"},
                                 .folder = folder.path(),
                                 .environment = {},
                                 .without = {},
                                 .input = {}});
  EXPECT_EQ(result.output, fs::canonical(folder.path()).string() + "\n");
}

TEST(Subprocess, SaysWhatIsMissing) {
  try {
    run({.command = {"no-such-program-here"},
         .folder = {},
         .environment = {},
         .without = {},
         .input = {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), testing::StartsWith("no-such-program-here: "));
  }
  try {
    run({.command = {"/bin/sh", "-c", "true"},
         .folder = "/no/such/folder",
         .environment = {},
         .without = {},
         .input = {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), testing::StartsWith("/no/such/folder: "));
  }
  TempDir folder;
  write_file(folder.path() / "plain", "text", 0644);
  EXPECT_THROW(run({.command = {(folder.path() / "plain").string()},
                    .folder = {},
                    .environment = {},
                    .without = {},
                    .input = {}}),
               Error);
}

TEST(IsProgram, LooksInPath) {
  TempDir folder;
  fs::create_directory(folder.path() / "a-folder");
  write_file(folder.path() / "plain", "", 0644);
  write_file(folder.path() / "tool", "", 0755);
  setenv("PATH", ("/no/such/folder:" + folder.path().string()).c_str(), 1);
  EXPECT_TRUE(is_program("tool"));
  EXPECT_FALSE(is_program("plain"));
  EXPECT_FALSE(is_program("a-folder"));
  EXPECT_FALSE(is_program("missing"));
  EXPECT_FALSE(is_program(""));
  EXPECT_TRUE(is_program("/bin/sh"));
}

}  // namespace
}  // namespace cartwheel::util

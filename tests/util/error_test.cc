#include "util/error.h"

#include <cerrno>
#include <set>

#include <gtest/gtest.h>

#include "util/progress.h"

namespace cartwheel::util {
namespace {

constexpr ErrorKind kAll[] = {ErrorKind::internal,
                              ErrorKind::usage,
                              ErrorKind::malformed,
                              ErrorKind::refused,
                              ErrorKind::not_found,
                              ErrorKind::integrity,
                              ErrorKind::network,
                              ErrorKind::denied,
                              ErrorKind::io,
                              ErrorKind::unsupported,
                              ErrorKind::interrupted};

TEST(Error, EachKindHasItsOwnStatusAndName) {
  std::set<int> codes;
  std::set<std::string> names;
  for (ErrorKind kind : kAll) {
    EXPECT_NE(exit_code(kind), 0);
    EXPECT_LT(exit_code(kind), 256);
    codes.insert(exit_code(kind));
    names.insert(kind_name(kind));
  }
  EXPECT_EQ(codes.size(), std::size(kAll));
  EXPECT_EQ(names.size(), std::size(kAll));
  EXPECT_EQ(exit_code(ErrorKind::interrupted), 130);
}

TEST(Error, KeepsItsKindFurtherOut) {
  Error error = Error(ErrorKind::integrity, "hash").within("file").within("lock");
  EXPECT_EQ(error.kind(), ErrorKind::integrity);
  EXPECT_STREQ(error.what(), "lock: file: hash");
}

TEST(InContext, NamesThePlaceOfErrorsOnly) {
  EXPECT_EQ(in_context("place", [] { return 7; }), 7);
  try {
    in_context("place", []() -> int { throw Error(ErrorKind::denied, "no"); });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::denied);
    EXPECT_STREQ(error.what(), "place: no");
  }
}

TEST(IoError, TellsMissingFromBroken) {
  EXPECT_EQ(io_error("p", ENOENT).kind(), ErrorKind::not_found);
  EXPECT_EQ(io_error("p", EACCES).kind(), ErrorKind::io);
  EXPECT_STREQ(io_error("p", ENOSPC).what(), "p: No space left on device");
}

TEST(SilentProgress, IsOneThatSaysNothing) {
  Progress& progress = silent_progress();
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  progress.begin("fetch", "x", 3);
  progress.advance("fetch", "x", 3);
  progress.end("fetch", "x");
  progress.note("note");
  progress.warn("warning");
  EXPECT_EQ(testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(&progress, &silent_progress());
}

}  // namespace
}  // namespace cartwheel::util

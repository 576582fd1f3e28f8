#include "base/busybox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::ElementsAre;

// A program with a list of names in it, as busybox has it.
std::string program(std::string_view names) {
  return std::string(
             "\x7f"
             "ELF text [[ more\0",
             18) +
         std::string(names) + std::string("\0\0tail\0\0", 8);
}

TEST(Busybox, ItsNamesAreReadOutOfIt) {
  EXPECT_THAT(busybox_applets(program({"[\0[[\0ash\0run-parts\0sha256sum\0zcat", 34})),
              ElementsAre("[", "[[", "ash", "run-parts", "sha256sum", "zcat"));
}

TEST(Busybox, AProgramWithoutNamesIsRefused) {
  EXPECT_THROW(busybox_applets(""), util::Error);
  EXPECT_THROW(busybox_applets(program("[")), util::Error);
  EXPECT_THROW(busybox_applets(program({"[\0[[\0a/b", 8})), util::Error);
  EXPECT_THROW(busybox_applets(std::string("\0[\0[[\0cut", 9)), util::Error);
}

TEST(Busybox, TheLayerHasALinkForEachName) {
  const std::string binary = program({"[\0[[\0busybox\0sh", 15});
  std::vector<std::string> entries;
  for (const layer::TreeEntry& entry : busybox_entries(binary, "usr/bin/sh")) {
    entries.push_back(entry.entry.path + " " + entry.entry.target);
  }
  EXPECT_THAT(entries,
              ElementsAre("busybox/busybox ",
                          "busybox/[ busybox",
                          "busybox/[[ busybox",
                          "busybox/sh busybox",
                          "usr/bin/sh /busybox/sh"));
  EXPECT_EQ(busybox_entries(binary, "").size(), 4U);
}

}  // namespace
}  // namespace cartwheel::base

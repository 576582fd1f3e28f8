#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lock/base_lock.h"
#include "util/error.h"

namespace cartwheel::lock {
namespace {

core::Digest digest(char digit) { return *core::Digest::from_hex(std::string(64, digit)); }

ToolPin tini(core::Architecture architecture) {
  return {
      .platform = {architecture},
      .package = {"tini", "0.19.0-1", "amd64", digest('1'), 255, "pool/t.deb", "bookworm"},
      .archive = "http://deb.test/debian",
      .release = {"http://deb.test/debian/dists/bookworm", digest('3'), "2026-09-06T09:00:00Z"}};
}

TEST(ToolPin, TextIsExact) {
  EXPECT_EQ(base_lock_text({.tools = {tini(core::Architecture::amd64)}}),
            "# Made by cartwheel: what the image is made of beyond the Python lock.\n"
            "version = 1\n"
            "\n"
            "[[tool]]\n"
            "platform = \"linux/amd64\"\n"
            "archive = \"http://deb.test/debian\"\n"
            "name = \"tini\"\n"
            "version = \"0.19.0-1\"\n"
            "arch = \"amd64\"\n"
            "sha256 = \"" +
                digest('1').hex() +
                "\"\n"
                "size = 255\n"
                "path = \"pool/t.deb\"\n"
                "suite = \"bookworm\"\n"
                "\n"
                "[tool.release]\n"
                "url = \"http://deb.test/debian/dists/bookworm\"\n"
                "sha256 = \"" +
                digest('3').hex() +
                "\"\n"
                "date = \"2026-09-06T09:00:00Z\"\n");
}

TEST(ToolPin, ReadsWhatItWritesInAnyOrder) {
  BaseLock lock{.tools = {tini(core::Architecture::arm64), tini(core::Architecture::amd64)}};
  const std::string text = base_lock_text(lock);
  std::ranges::reverse(lock.tools);
  EXPECT_EQ(read_base_lock(text), lock);
  EXPECT_EQ(base_lock_text(lock), text);
}

TEST(ToolPin, BadInputIsRefused) {
  const std::string text = base_lock_text({.tools = {tini(core::Architecture::amd64)}});
  EXPECT_THROW(read_base_lock(text.substr(0, text.find("\n[tool.release]"))), util::Error);
  EXPECT_THROW(read_base_lock(text + text.substr(text.find("[[tool]]"))), util::Error);
  std::string other = text;
  other.replace(other.find("linux/amd64"), 11, "plan9/amd64");
  EXPECT_THROW(read_base_lock(other), util::Error);
}

}  // namespace
}  // namespace cartwheel::lock

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "elf/elf.h"
#include "elf/elf_builder.h"
#include "util/error.h"

namespace cartwheel::elf {
namespace {

using tests::ElfBuilder;

std::optional<Elf> read(const std::string& bytes) {
  return read_elf(bytes.size(), [&](std::uint64_t offset, std::size_t length) {
    return offset < bytes.size() ? bytes.substr(static_cast<std::size_t>(offset), length)
                                 : std::string();
  });
}

ElfBuilder example() {
  ElfBuilder elf;
  elf.soname = "libx.so.1";
  elf.needed = {"libm.so.6", "libc.so.6"};
  elf.runpath = "$ORIGIN:$ORIGIN/../lib";
  elf.versions = {{"libc.so.6", {"GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.9", "GLIBC_PRIVATE"}},
                  {"libstdc++.so.6", {"GLIBCXX_3.4.9", "GLIBCXX_3.4.30", "CXXABI_1.3"}}};
  elf.defines = {"X_1.0", "X_2.0"};
  return elf;
}

void expect_example(const std::optional<Elf>& elf) {
  ASSERT_TRUE(elf);
  EXPECT_EQ(elf->machine, "x86_64");
  EXPECT_TRUE(elf->is_shared);
  EXPECT_TRUE(elf->is_dynamic);
  EXPECT_EQ(elf->soname, "libx.so.1");
  EXPECT_EQ(elf->needed, (std::vector<std::string>{"libm.so.6", "libc.so.6"}));
  EXPECT_EQ(elf->runpath, (std::vector<std::string>{"$ORIGIN", "$ORIGIN/../lib"}));
  EXPECT_TRUE(elf->rpath.empty());
  std::map<std::string, std::map<std::string, std::string>> versions{
      {"libc.so.6", {{"GLIBC", "2.17"}, {"GLIBC_PRIVATE", "GLIBC_PRIVATE"}}},
      {"libstdc++.so.6", {{"GLIBCXX", "3.4.30"}, {"CXXABI", "1.3"}}}};
  EXPECT_EQ(elf->versions_needed, versions);
  EXPECT_EQ(elf->versions_defined, (std::vector<std::string>{"X_1.0", "X_2.0"}));
}

TEST(ReadElf, GivesWhatTheTablesSay) {
  expect_example(read(example().bytes()));
  ElfBuilder other = example();
  other.dynamic_last = false;  // as patchelf leaves it
  other.gap = 100000;
  expect_example(read(other.bytes()));
}

TEST(ReadElf, NamesMachines) {
  ElfBuilder elf;
  elf.machine = 183;
  EXPECT_EQ(read(elf.bytes())->machine, "aarch64");
  elf.machine = 190;
  EXPECT_EQ(read(elf.bytes())->machine, "EM_190");
}

TEST(ReadElf, ReadsRpath) {
  ElfBuilder elf;
  elf.rpath = "/a::/b";
  EXPECT_EQ(read(elf.bytes())->rpath, (std::vector<std::string>{"/a", "/b"}));
}

TEST(ReadElf, TakesStaticFiles) {
  ElfBuilder elf;
  elf.has_dynamic = false;
  elf.type = 2;
  std::optional<Elf> found = read(elf.bytes());
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_dynamic);
  EXPECT_FALSE(found->is_shared);
}

TEST(ReadElf, GivesNothingForOtherFiles) {
  std::string bits32 = example().bytes();
  bits32[4] = 1;
  std::string big_endian = example().bytes();
  big_endian[5] = 2;
  for (const std::string& bytes : {std::string(),
                                   std::string("\x7f"
                                               "ELF"),
                                   std::string(100, 'x'),
                                   bits32,
                                   big_endian}) {
    EXPECT_FALSE(read(bytes));
  }
}

TEST(ReadElf, RefusesTablesThatPointOutside) {
  std::string good = example().bytes();
  // Every length but the full one lacks the end of .dynamic.
  for (std::size_t length = 64; length < good.size(); length += 7) {
    EXPECT_THROW(read(good.substr(0, length)), util::Error) << length;
  }
}

// Whatever one byte says, reading ends, with an answer or with Error.
TEST(ReadElf, SurvivesEveryChangedByte) {
  std::string good = example().bytes();
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (char value : {'\0', '\1', '\x7f', '\xff'}) {
      std::string bytes = good;
      bytes[i] = value;
      try {
        read(bytes);
      } catch (const util::Error& error) {
        EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100U);
}

// Only the head, .dynamic and the tables are there: read_elf must want no more than what was said.
TEST(ReadElf, WantsOnlyTheTablesThatItNames) {
  for (bool dynamic_last : {true, false}) {
    ElfBuilder builder = example();
    builder.dynamic_last = dynamic_last;
    builder.gap = 200000;
    std::string bytes = builder.bytes();
    std::uint64_t head_size = program_headers_end(util::as_bytes(bytes).first(64));
    ASSERT_EQ(head_size, 64 + 2 * 56);
    util::Bytes head = util::as_bytes(bytes).first(head_size);
    std::optional<Range> dynamic = find_dynamic(head);
    ASSERT_TRUE(dynamic);
    std::string left(bytes.size(), 'x');
    left.replace(0, head_size, bytes, 0, head_size);
    left.replace(dynamic->offset, dynamic->size, bytes, dynamic->offset, dynamic->size);
    util::Bytes table = util::as_bytes(bytes).subspan(dynamic->offset, dynamic->size);
    for (const Range& range : find_tables(head, table, bytes.size())) {
      EXPECT_LE(range.size, 64U << 10);
      left.replace(range.offset, range.size, bytes, range.offset, range.size);
    }
    expect_example(read(left));
  }
}

TEST(ReadElf, NamesNoTablesOfOtherFiles) {
  std::string text(64, 'x');
  EXPECT_EQ(program_headers_end(util::as_bytes(text)), 0U);
  EXPECT_EQ(find_dynamic(util::as_bytes(text)), std::nullopt);
  ElfBuilder builder;
  builder.has_dynamic = false;
  EXPECT_EQ(find_dynamic(util::as_bytes(builder.bytes())), std::nullopt);
}

TEST(ReadElf, ReadsThisProgramsOwnFile) {
  std::ifstream in("/proc/self/exe", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  std::optional<Elf> elf = read(text.str());
  ASSERT_TRUE(elf);
  EXPECT_TRUE(elf->is_dynamic);
  EXPECT_NE(std::ranges::find(elf->needed, "libc.so.6"), elf->needed.end());
  EXPECT_TRUE(elf->versions_needed.at("libc.so.6").contains("GLIBC"));
}

}  // namespace
}  // namespace cartwheel::elf

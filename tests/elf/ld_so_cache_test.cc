#include <algorithm>

#include <gtest/gtest.h>

#include "elf/elf.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::elf {
namespace {

// A cache taken apart again.
struct Parsed {
  std::vector<CacheEntry> entries;
  std::string strings;
  std::string generator;
};

Parsed parse(const std::string& cache) {
  util::ByteReader in(util::as_bytes(cache), "cache");
  EXPECT_EQ(util::as_text(in.take(20)), "glibc-ld.so.cache1.1");
  std::uint32_t count = in.u32();
  std::uint32_t strings_size = in.u32();
  EXPECT_EQ(in.u32(), 2U);
  std::uint32_t extension = in.u32();
  in.take(12);
  Parsed parsed;
  for (std::uint32_t i = 0; i < count; ++i) {
    in.u32();
    std::uint32_t key = in.u32();
    std::uint32_t value = in.u32();
    in.take(12);
    parsed.entries.push_back({cache.c_str() + key, cache.c_str() + value});
  }
  parsed.strings = util::as_text(in.take(strings_size));
  EXPECT_EQ(extension % 4, 0U);
  in.take(extension - in.position());
  EXPECT_EQ(in.u32(), 0xeaa42174U);
  EXPECT_EQ(in.u32(), 1U);
  EXPECT_EQ(in.u64(), 0U);
  EXPECT_EQ(in.u32(), extension + 24);
  std::uint32_t size = in.u32();
  parsed.generator = util::as_text(in.take(size));
  EXPECT_TRUE(in.at_end());
  return parsed;
}

std::vector<std::string> sonames(const Parsed& parsed) {
  std::vector<std::string> out;
  for (const CacheEntry& entry : parsed.entries) {
    out.push_back(entry.soname);
  }
  return out;
}

TEST(LdSoCache, HasTheseBytes) {
  CacheInput input{
      "x86_64", {{"libm.so.6", "/lib/libm.so.6"}, {"libc.so.6", "/lib/libc.so.6"}}, "ldconfig"};
  std::string expected = "glibc-ld.so.cache1.1";
  expected += std::string(
                  "\x02\0\0\0"
                  "\x1e\0\0\0"
                  "\x02\0\0\0"
                  "\x80\0\0\0",
                  16) +
              std::string(12, '\0');
  expected += std::string(
                  "\x03\x03\0\0"
                  "\x65\0\0\0"
                  "\x60\0\0\0",
                  12) +
              std::string(12, '\0');  // libm
  expected += std::string(
                  "\x03\x03\0\0"
                  "\x74\0\0\0"
                  "\x6f\0\0\0",
                  12) +
              std::string(12, '\0');  // libc
  expected += std::string("/lib/libm.so.6\0/lib/libc.so.6\0", 30) + std::string(2, '\0');
  expected += std::string(
                  "\x74\x21\xa4\xea"
                  "\x01\0\0\0"
                  "\0\0\0\0\0\0\0\0"
                  "\x98\0\0\0"
                  "\x08\0\0\0",
                  24) +
              "ldconfig";
  EXPECT_EQ(util::hex(util::as_bytes(ld_so_cache(input))), util::hex(util::as_bytes(expected)));
}

TEST(LdSoCache, IsSortedAsTheLoaderSearches) {
  CacheInput input;
  input.machine = "aarch64";
  for (const char* name : {"libz.so.1",
                           "liba.so.10",
                           "liba.so.9",
                           "libA.so",
                           "lib1.so",
                           "liba.so",
                           "ld-linux.so.2",
                           "liba.so.010"}) {
    input.entries.push_back({name, std::string("/lib/") + name});
  }
  // Digits above letters, runs of digits by value, a longer name above its beginning.
  std::vector<std::string> expected{"lib1.so",
                                    "libz.so.1",
                                    "liba.so.10",
                                    "liba.so.010",
                                    "liba.so.9",
                                    "liba.so",
                                    "libA.so",
                                    "ld-linux.so.2"};
  EXPECT_EQ(sonames(parse(ld_so_cache(input))), expected);
  std::ranges::reverse(input.entries);
  std::swap(expected[2], expected[3]);  // of equals the one given first
  EXPECT_EQ(sonames(parse(ld_so_cache(input))), expected);
}

TEST(LdSoCache, SharesStringsThatEndOthers) {
  CacheInput input{"x86_64",
                   {{"libx.so.1", "/usr/lib/libx.so.1"}, {"libx.so.1", "/opt/usr/lib/libx.so.1"}},
                   "g"};
  Parsed parsed = parse(ld_so_cache(input));
  EXPECT_EQ(parsed.strings, std::string("/opt/usr/lib/libx.so.1") + '\0');
  EXPECT_EQ(parsed.entries[0].path, "/usr/lib/libx.so.1");
  EXPECT_EQ(parsed.entries[1].path, "/opt/usr/lib/libx.so.1");
  EXPECT_EQ(parsed.entries[1].soname, "libx.so.1");
}

TEST(LdSoCache, CanBeEmpty) {
  Parsed parsed = parse(ld_so_cache(
      {"aarch64", {}, "ldconfig (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36"}));
  EXPECT_TRUE(parsed.entries.empty());
  EXPECT_EQ(parsed.generator,
            "ldconfig (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36");
}

TEST(LdSoCache, RefusesOtherMachines) {
  EXPECT_THROW(ld_so_cache({"riscv64", {}, ""}), util::Error);
}

TEST(LdSoCache, ReadsWhatItWrote) {
  CacheInput input{"aarch64",
                   {{"libm.so.6", "/lib/libm.so.6"}, {"libc.so.6", "/usr/lib/libc.so.6", 0x0a01}},
                   "ldconfig (Debian GLIBC 2.36-9)"};
  CacheInput read = read_ld_so_cache(ld_so_cache(input));
  ASSERT_EQ(read.entries.size(), 2U);
  EXPECT_EQ(read.entries[0].soname, "libm.so.6");
  EXPECT_EQ(read.entries[0].flags, 0x0a03U);
  EXPECT_EQ(read.entries[1].path, "/usr/lib/libc.so.6");
  EXPECT_EQ(read.entries[1].flags, 0x0a01U) << "a flag that was given stays";
  EXPECT_EQ(read.generator, input.generator);
  read.machine = "aarch64";
  EXPECT_EQ(ld_so_cache(read), ld_so_cache(input));
}

// ldconfig of glibc before 2.32 writes the old format first, the new one behind it.
TEST(LdSoCache, ReadsBehindTheOlderFormat) {
  std::string old = "ld.so-1.7.0";
  old.resize(16 + 12, '\0');
  std::string cache = ld_so_cache({"x86_64", {{"libm.so.6", "/lib/libm.so.6"}}, "g"});
  old.resize(32, '\0');
  CacheInput read = read_ld_so_cache(old + cache);
  ASSERT_EQ(read.entries.size(), 1U);
  EXPECT_EQ(read.entries[0].path, "/lib/libm.so.6");
}

TEST(LdSoCache, RefusesWhatIsBroken) {
  std::string cache = ld_so_cache({"x86_64", {{"libm.so.6", "/lib/libm.so.6"}}, "g"});
  EXPECT_THROW(read_ld_so_cache("glibc-ld.so"), util::Error);
  EXPECT_THROW(read_ld_so_cache(cache.substr(0, 60)), util::Error);
  cache[52] = '\x7f';  // the first key's offset
  cache[55] = '\x7f';
  EXPECT_THROW(read_ld_so_cache(cache), util::Error);
}

}  // namespace
}  // namespace cartwheel::elf

#include "layer/elf_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf_builder.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using testing::ElementsAre;
using util::put_u16;
using util::put_u32;
using util::put_u64;

struct Watched {
  std::optional<elf::Elf> elf;
  std::size_t looked_again = 0;  // bytes
  GpuCounts sass, ptx;
};

Watched watch(const std::string& file, std::size_t piece) {
  ElfWatch watch(file.size());
  Watched out;
  auto each = [&](const std::function<bool(util::Bytes)>& take) {
    for (std::size_t at = 0; at < file.size(); at += piece) {
      std::string part = file.substr(at, piece);
      if (!take(util::as_bytes(part))) {
        break;
      }
    }
  };
  each([&](util::Bytes bytes) { return watch.take(bytes); });
  out.elf = watch.finish([&](const std::function<bool(util::Bytes)>& again) {
    each([&](util::Bytes bytes) {
      out.looked_again += bytes.size();
      return again(bytes);
    });
  });
  out.sass = watch.gpu_code().sass();
  out.ptx = watch.gpu_code().ptx();
  return out;
}

tests::ElfBuilder example() {
  tests::ElfBuilder elf;
  elf.soname = "libx.so";
  elf.needed = {"libc.so.6", "libm.so.6"};
  elf.versions = {{"libc.so.6", {"GLIBC_2.17"}}};
  return elf;
}

TEST(ElfWatch, SeesTheSameInPiecesOfAnySize) {
  for (bool dynamic_last : {true, false}) {
    for (std::size_t gap : {0U, 1000U, 700'000U}) {
      for (std::size_t piece : {7U, 4096U, 100'001U, 2'000'000U}) {
        tests::ElfBuilder builder = example();
        builder.dynamic_last = dynamic_last;
        builder.gap = gap;
        Watched watched = watch(builder.bytes(), piece);
        ASSERT_TRUE(watched.elf);
        EXPECT_EQ(watched.elf->soname, "libx.so");
        EXPECT_THAT(watched.elf->needed, ElementsAre("libc.so.6", "libm.so.6"));
        EXPECT_EQ(watched.elf->versions_needed.at("libc.so.6").at("GLIBC"), "2.17");
        EXPECT_EQ(watched.looked_again, 0U) << "the head and what lies behind .dynamic are kept";
      }
    }
  }
}

TEST(ElfWatch, LooksAgainForTablesBeforeTheDynamicSection) {
  tests::ElfBuilder builder = example();
  for (int i = 0; i < 30'000; ++i) {
    builder.needed.push_back("library-number-" + std::to_string(i) +
                             ".so");  // strings beyond the head
  }
  builder.gap = 3'000'000;
  std::string file = builder.bytes();
  Watched watched = watch(file, 65'536);
  ASSERT_TRUE(watched.elf);
  EXPECT_EQ(watched.elf->needed, builder.needed);
  EXPECT_GT(watched.looked_again, 500'000U);
  EXPECT_LT(watched.looked_again, 1'000'000U);
}

TEST(ElfWatch, WantsNoMoreOfOtherFiles) {
  std::string text(1000, 'x');
  ElfWatch watch(text.size());
  EXPECT_FALSE(watch.take(util::as_bytes(text)));
  EXPECT_EQ(watch.finish([](const auto&) { ADD_FAILURE(); }), std::nullopt);
  ElfWatch small(3);
  EXPECT_FALSE(small.take(util::as_bytes(std::string_view("abc"))));
}

TEST(ElfWatch, RefusesWhatIsCutOff) {
  std::string file = example().bytes();
  EXPECT_THROW(watch(file.substr(0, file.size() - 20), 64), util::Error);
  EXPECT_THROW(watch(file.substr(0, 100), 64), util::Error);
}

std::string fat_entry(std::uint16_t kind, std::uint32_t architecture, std::size_t size) {
  std::string out;
  put_u16(out, kind);
  put_u16(out, 0x0101);
  put_u32(out, 64);
  put_u64(out, size);
  put_u32(out, 0);
  put_u32(out, 0);
  put_u32(out, 0);
  put_u32(out, architecture);
  out.resize(64);
  return out + std::string(size, '\x50');
}

std::string fat_binary(const std::string& entries) {
  std::string out;
  put_u32(out, 0xba55ed50);
  put_u16(out, 1);
  put_u16(out, 16);
  put_u64(out, entries.size());
  return out + entries;
}

TEST(FatBinaryWatch, ListsArchitecturesInPiecesOfAnySize) {
  std::string file = example().bytes();
  file.resize((file.size() + 7) / 8 * 8 + 8 * 1000, 'y');
  file += fat_binary(fat_entry(2, 80, 5000) + fat_entry(2, 90, 64) + fat_entry(1, 90, 320));
  file += std::string(8, '\0') + fat_binary(fat_entry(2, 75, 8));
  file += std::string(64, '\0') + std::string(3, 'z');
  for (std::size_t piece : {1U, 7U, 8U, 13U, 511U, 4099U, 1'000'000U}) {
    Watched watched = watch(file, piece);
    EXPECT_EQ(watched.sass, (GpuCounts{{75, 1}, {80, 1}, {90, 1}})) << piece;
    EXPECT_EQ(watched.ptx, (GpuCounts{{90, 1}})) << piece;
  }
}

TEST(FatBinaryWatch, GoesOnAfterWhatOnlyLooksLikeOne) {
  std::string header = fat_binary("");
  std::string file = example().bytes();
  file.resize((file.size() + 7) / 8 * 8, 'y');
  std::string wrong = fat_entry(2, 80, 8);
  wrong[2] = 7;  // another version
  file += fat_binary(wrong) + header + header.substr(0, 8) + fat_binary(fat_entry(2, 86, 16));
  for (std::size_t piece : {1U, 5U, 64U, 1'000'000U}) {
    EXPECT_EQ(watch(file, piece).sass, (GpuCounts{{86, 1}})) << piece;
  }
}

// nvcc -dc: the PTX is linked at build time, and stands there beside what came of it.
TEST(FatBinaryWatch, RelocatablePtxIsNoneThatRuns) {
  std::string relocatable = fat_entry(1, 90, 320);
  relocatable.replace(4, 1, std::string(1, 96));  // size of the header
  relocatable.insert(64, std::string("\0\0\0\0\0\0\0\0--compile-only  \0\0\0\0\0\0\0\0", 32));
  std::string file = example().bytes();
  file.resize((file.size() + 7) / 8 * 8, 'y');
  file +=
      fat_binary(fat_entry(2, 80, 64) + relocatable + fat_entry(1, 75, 8) + fat_entry(2, 90, 8));
  for (std::size_t piece : {1U, 7U, 64U, 1'000'000U}) {
    Watched watched = watch(file, piece);
    EXPECT_EQ(watched.sass, (GpuCounts{{80, 1}, {90, 1}})) << piece;
    EXPECT_EQ(watched.ptx, (GpuCounts{{75, 1}})) << piece;
  }
}

TEST(FatBinaryWatch, CodeForOneGpuOnly) {
  std::string specific = fat_entry(2, 90, 64);
  specific[42] = 0x10;  // flags
  std::string file = example().bytes();
  file.resize((file.size() + 7) / 8 * 8, 'y');
  file += fat_binary(specific + fat_entry(2, 100, 8) + fat_entry(2, 100, 16));
  EXPECT_EQ(watch(file, 64).sass, (GpuCounts{{100, 2}, {90U | kSpecificGpu, 1}}));
  EXPECT_EQ(gpu_name(90U | kSpecificGpu), "90a");
  EXPECT_EQ(gpu_name(120U), "120");
  for (const char* name : {"90", "90a", "103"}) {
    EXPECT_EQ(gpu_name(gpu_number(name)), name);
  }
}

}  // namespace
}  // namespace cartwheel::layer

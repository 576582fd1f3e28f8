#include "layer/fat_binary_watch.h"

#include <gtest/gtest.h>

#include "util/bytes.h"
#include "util/text.h"

namespace cartwheel::layer {
namespace {

using util::put_u16;
using util::put_u32;
using util::put_u64;

struct Counted {
  GpuCounts sass, ptx;
};

Counted count(const std::string& file, std::size_t piece) {
  FatBinaryWatch watch;
  for (std::size_t at = 0; at < file.size(); at += piece) {
    std::string part = file.substr(at, piece);
    watch.take(util::as_bytes(part));
  }
  return {.sass = watch.sass(), .ptx = watch.ptx()};
}

// An entry's header; text: the name and options behind its 64 bytes, and where they are.
struct HeaderText {
  std::string text;
  std::uint32_t name_at = 0, name_length = 0, options_at = 0;
};
std::string fat_header(std::uint16_t kind,
                       std::uint32_t architecture,
                       std::uint64_t code_size,
                       std::uint64_t flags = 0,
                       const HeaderText& text = {}) {
  std::string out;
  put_u16(out, kind);
  put_u16(out, 0x0101);
  put_u32(out, 64 + static_cast<std::uint32_t>(text.text.size()));
  put_u64(out, code_size);
  put_u32(out, 0);
  put_u32(out, text.options_at);
  put_u32(out, 0);
  put_u32(out, architecture);
  put_u32(out, text.name_at);
  put_u32(out, text.name_length);
  put_u64(out, flags);
  out.resize(64);
  return out + text.text;
}

std::string fat_entry(std::uint16_t kind,
                      std::uint32_t architecture,
                      std::size_t size,
                      std::uint64_t flags = 0) {
  return fat_header(kind, architecture, size, flags) + std::string(size, '\x50');
}

// Several compressed together.
std::string fat_group(const std::vector<std::string>& members, std::size_t size) {
  HeaderText text;
  put_u32(text.text, static_cast<std::uint32_t>(members.size()));
  std::string headers = util::join(members, "");
  put_u32(text.text, static_cast<std::uint32_t>(8 + headers.size()));
  text.text += headers;
  return fat_header(256, 1, size, 0x8011, text) + std::string(size, '\x28');
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
  std::string file(8 * 1000, 'y');
  file += fat_binary(fat_entry(2, 80, 5000) + fat_entry(2, 90, 64) + fat_entry(1, 90, 320));
  file += std::string(8, '\0') + fat_binary(fat_entry(2, 75, 8));
  file += std::string(64, '\0') + std::string(3, 'z');
  for (std::size_t piece : {1U, 7U, 8U, 13U, 511U, 4099U, 1'000'000U}) {
    Counted counted = count(file, piece);
    EXPECT_EQ(counted.sass, (GpuCounts{{75, 1}, {80, 1}, {90, 1}})) << piece;
    EXPECT_EQ(counted.ptx, (GpuCounts{{90, 1}})) << piece;
  }
}

TEST(FatBinaryWatch, GoesOnAfterWhatOnlyLooksLikeOne) {
  std::string header = fat_binary("");
  std::string file(48, 'y');
  std::string wrong = fat_entry(2, 80, 8);
  wrong[2] = 7;  // another version
  file += fat_binary(wrong) + header + header.substr(0, 8) + fat_binary(fat_entry(2, 86, 16));
  for (std::size_t piece : {1U, 5U, 64U, 1'000'000U}) {
    EXPECT_EQ(count(file, piece).sass, (GpuCounts{{86, 1}})) << piece;
  }
}

// nvcc -dc: an H200 ran a program that had machine code for another GPU and this, and nothing else.
TEST(FatBinaryWatch, RelocatablePtxCounts) {
  std::string relocatable = fat_entry(1, 90, 320);
  relocatable.replace(4, 1, std::string(1, 96));  // size of the header
  relocatable.insert(64, std::string("\0\0\0\0\0\0\0\0--compile-only  \0\0\0\0\0\0\0\0", 32));
  std::string file =
      fat_binary(fat_entry(2, 80, 64) + relocatable + fat_entry(1, 75, 8) + fat_entry(2, 90, 8));
  for (std::size_t piece : {1U, 7U, 64U, 1'000'000U}) {
    Counted counted = count(file, piece);
    EXPECT_EQ(counted.sass, (GpuCounts{{80, 1}, {90, 1}})) << piece;
    EXPECT_EQ(counted.ptx, (GpuCounts{{75, 1}, {90, 1}})) << piece;
  }
}

TEST(FatBinaryWatch, CodeForOneGpuOrOneFamilyOnly) {
  constexpr std::uint64_t kOne = 0x100011, kFamily = 0x1200011;  // as nvcc sets them
  std::string file = fat_binary(fat_entry(2, 90, 64, kOne) + fat_entry(2, 100, 8, kFamily) +
                                fat_entry(2, 100, 16, 0x11) + fat_entry(1, 100, 16, 0x208011));
  Counted counted = count(file, 64);
  EXPECT_EQ(counted.sass, (GpuCounts{{90U | kSpecificGpu, 1}, {100, 1}, {100U | kFamilyGpu, 1}}));
  EXPECT_EQ(counted.ptx, (GpuCounts{{100U | kFamilyGpu, 1}}));
  EXPECT_EQ(gpu_name(90U | kSpecificGpu), "90a");
  EXPECT_EQ(gpu_name(100U | kFamilyGpu), "100f");
  EXPECT_EQ(gpu_name(120U), "120");
  for (const char* name : {"90", "90a", "103", "120f"}) {
    EXPECT_EQ(gpu_name(gpu_number(name)), name);
  }
}

// nvcc --concat: names and options as it lays them out.
TEST(FatBinaryWatch, SeveralThatAreCompressedTogether) {
  using std::string_literals::operator""s;
  HeaderText no_options{.text = "\x48\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s, .options_at = 64};
  HeaderText name{.text = "abcd.cu\0"s, .name_at = 64, .name_length = 7};
  HeaderText relocatable{.text = "abcde.cu\0\0\0\0\0\0\0\0\x58\0\0\0\x0f\0\0\0--compile-only \0"s,
                         .name_at = 64,
                         .name_length = 8,
                         .options_at = 80};
  std::string file = fat_binary(fat_group({fat_header(1, 80, 352, 0x11, no_options),
                                           fat_header(1, 90, 9, 0x11, relocatable),
                                           fat_header(1, 90, 352, 0x100011, no_options)},
                                          288) +
                                fat_entry(2, 75, 8) +
                                fat_group({fat_header(2, 80, 3112, 0x11),
                                           fat_header(2, 86, 3112, 0x11, name),
                                           fat_header(2, 90, 3440, 0x100011)},
                                          1352));
  for (std::size_t piece : {1U, 7U, 64U, 1'000'000U}) {
    Counted counted = count(file, piece);
    EXPECT_EQ(counted.ptx, (GpuCounts{{80, 1}, {90, 1}, {90U | kSpecificGpu, 1}})) << piece;
    EXPECT_EQ(counted.sass, (GpuCounts{{75, 1}, {80, 1}, {86, 1}, {90U | kSpecificGpu, 1}}))
        << piece;
  }
}

TEST(FatBinaryWatch, AGroupThatIsNoneIsPassedOver) {
  std::string wrong = fat_header(2, 80, 8);
  wrong[2] = 7;
  HeaderText far{.text = std::string(8, '\xff'), .options_at = 0xffffff00};
  std::string file =
      fat_binary(fat_group({wrong}, 8) + fat_group({fat_header(1, 80, 8, 0, far)}, 8) +
                 fat_group({}, 8) + fat_entry(2, 86, 8));
  EXPECT_EQ(count(file, 64).sass, (GpuCounts{{86, 1}}));
  EXPECT_TRUE(count(file, 64).ptx.empty());
}

}  // namespace
}  // namespace cartwheel::layer

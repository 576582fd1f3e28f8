#include "layer/elf_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf_builder.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using testing::ElementsAre;

struct Watched {
  std::optional<elf::Elf> elf;
  std::size_t looked_again = 0;  // bytes
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

}  // namespace
}  // namespace cartwheel::layer

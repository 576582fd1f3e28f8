#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf_builder.h"
#include "layer/layer_lab.h"
#include "support/zip_builder.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using tests::WheelBuilder;
using tests::ZipEntry;

constexpr std::uint64_t kBound = 100'000;

// Stored, so that the cuts do not depend on zlib.
WheelBuilder large() {
  WheelBuilder wheel("large", "1.0");
  std::size_t sizes[] = {60'000, 30'000, 20'000, 250'000, 10, 99'990};
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    tests::ElfBuilder elf;
    elf.soname = fmt::format("lib{}.so", i);
    std::string content = elf.bytes();
    content.resize(std::max(sizes[i], content.size()), 'x');
    content.resize(sizes[i]);
    wheel.file(fmt::format("large/lib{}.so", i), content);
  }
  wheel.console_script("large", "large:main");
  wheel.change_members([](ZipEntry& entry) { entry.method = 0; });
  return wheel;
}

TEST(Parts, AreCutBeforeTheFileThatIsTooMuch) {
  LayerLab lab;
  WheelInput input = lab.add(large());
  // 60 + 30, 20, 250 (above the bound: alone), 0.01 + 99.99, METADATA and the like
  EXPECT_EQ(count_parts(input, kBound, lab.store()), 5);
  EXPECT_EQ(count_parts(input, 10 << 20, lab.store()), 1);
}

TEST(Parts, TogetherAreTheWholeWheel) {
  LayerLab lab;
  WheelInput input = lab.add(large());
  std::map<std::string, Found> whole;
  {
    LayerLab other;
    whole = other.tree(other.make(other.add(large())));
  }
  std::map<std::string, Found> together;
  for (int part = 5; part >= 1; --part) {
    WheelLayerSpec spec = spec_of({input});
    spec.part = {part, 5};
    spec.max_layer_size = kBound;
    memo::LayerRecord record = lab.make(spec, 2);
    for (const auto& [path, found] : lab.tree(record)) {
      auto [other, fresh] = together.emplace(path, found);
      EXPECT_TRUE(fresh || found.kind == 'd') << path << " is in two parts";
    }
    EXPECT_EQ(lab.tree(record).contains("opt/venv/bin/large"), part == 5);
    EXPECT_EQ(lab.memo().find_facts(input.sha256).has_value(), part == 1) << "facts need all parts";
  }
  EXPECT_EQ(together, whole);
  facts::WheelFacts facts = *lab.memo().find_facts(input.sha256);
  ASSERT_EQ(facts.elf.size(), 5U) << "10 bytes are no ELF file";
  EXPECT_TRUE(facts.findings.empty());
  EXPECT_EQ(facts.elf[0].soname, "lib0.so");
}

TEST(Parts, TheirFactsAreThoseOfTheWhole) {
  LayerLab parts;
  WheelInput input = parts.add(large());
  for (int part = 1; part <= 5; ++part) {
    WheelLayerSpec spec = spec_of({input});
    spec.part = {part, 5};
    spec.max_layer_size = kBound;
    parts.make(spec);
  }
  LayerLab whole;
  whole.make(whole.add(large()));
  EXPECT_EQ(parts.memo().find_facts(input.sha256), whole.memo().find_facts(input.sha256));
  EXPECT_EQ(parts.memo().find_paths(input.sha256), whole.memo().find_paths(input.sha256));
}

TEST(Parts, MustBeAsManyAsThereAre) {
  LayerLab lab;
  WheelLayerSpec spec = spec_of({lab.add(large())});
  spec.max_layer_size = kBound;
  spec.part = {1, 4};
  EXPECT_THROW(lab.make(spec), util::Error);
  spec.part = {6, 5};
  EXPECT_THROW(lab.make(spec), util::Error);
}

}  // namespace
}  // namespace cartwheel::layer

// Random wheels through a layer and back: what libarchive reads is what went in.

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "layer/layer_lab.h"

namespace cartwheel::layer {
namespace {

using tests::WheelBuilder;
using tests::ZipEntry;

using Random = std::mt19937_64;

// 0 B to 5 MB: mostly small, some at the edges of blocks and buffers.
std::size_t random_size(Random& random) {
  static constexpr std::size_t kEdges[] = {0, 1, 511, 512, 513, 65'535, 65'536, 131'072, 262'145};
  switch (random() % 8) {
    case 0:
      return kEdges[random() % std::size(kEdges)];
    case 1:
      return random() % 400'000;
    case 2:
      return random() % 12 == 0 ? random() % 5'000'001 : random() % 70'000;
    default:
      return random() % 6'000;
  }
}

// Runs, repetitions and noise in turn.
std::string random_content(Random& random) {
  const std::size_t size = random_size(random);
  std::string content;
  content.reserve(size + 3000);
  while (content.size() < size) {
    switch (random() % 3) {
      case 0:
        content.append(random() % 2000, static_cast<char>(random()));
        break;
      case 1:
        for (std::size_t left = random() % 3000; left > 0; --left) {
          content += static_cast<char>(random());
        }
        break;
      default:
        content += content.substr(content.size() - std::min<std::size_t>(content.size(), 700));
        content += "def f(x):\n    return x\n";
    }
  }
  content.resize(size);
  return content;
}

std::string random_name(Random& random) {
  std::string name;
  for (std::size_t length = 1 + random() % (random() % 6 == 0 ? 90 : 9); length > 0; --length) {
    name += static_cast<char>('a' + random() % 26);
  }
  return random() % 9 == 0 ? name + "é" : name;
}

ZipEntry random_entry(Random& random, int number) {
  ZipEntry entry;
  entry.name = fmt::format("f{}", number);  // below no other file
  for (std::size_t depth = random() % 5; depth > 0; --depth) {
    entry.name += "/" + random_name(random);
  }
  entry.content = random_content(random);
  entry.mode = random() % 4 == 0 ? 0100755 : random() % 2 == 0 ? 0100644 : 0100600;
  entry.method = random() % 5 == 0 ? 0 : 8;
  entry.level = static_cast<int>(random() % 10);
  entry.zip64 = random() % 9 == 0;
  entry.data_descriptor = random() % 5 == 0;
  entry.descriptor_signature = random() % 2 == 0;
  if (entry.method == 8 && random() % 3 == 0) {
    static constexpr int kFlushes[] = {Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
    std::size_t step = 1 + entry.content.size() / (1 + random() % 60);
    entry.raw = tests::deflate_flushed(entry.content, step, kFlushes[random() % 4], entry.level);
  }
  entry.local = entry.central = [](tests::ZipHeader& header) { header.flags |= 1 << 11; };
  return entry;
}

TEST(RandomWheel, ComesBackWholeFromItsLayer) {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    WheelBuilder wheel("demo", "1.0");
    std::map<std::string, Found> expected;
    for (int number = static_cast<int>(random() % 40); number >= 0; --number) {
      ZipEntry entry = random_entry(random, number);
      unsigned mode = (entry.mode & 0111) != 0 ? 0755U : 0644U;
      expected[kSite + entry.name] = {.kind = 'f', .mode = mode, .content = entry.content};
      wheel.entry(std::move(entry));
    }
    LayerLab lab;
    WheelInput input = lab.add(wheel);
    input.trusted = random() % 2 == 0;
    WheelLayerSpec spec = spec_of({input});
    memo::LayerRecord spliced = lab.make(spec, 1 + random() % 4);
    std::map<std::string, Found> tree = lab.tree(spliced);
    for (const auto& [path, found] : expected) {
      ASSERT_TRUE(tree.contains(path)) << path;
      EXPECT_TRUE(tree[path] == found) << path << ": " << tree[path].content.size() << " bytes, "
                                       << found.content.size() << " wanted";
    }
    // The tar does not depend on how it is compressed.
    spec.compression = core::Compression::zstd;
    spec.zstd_version = zstd_library_version();
    EXPECT_EQ(lab.make(spec).diff_id, spliced.diff_id);
  }
}

}  // namespace
}  // namespace cartwheel::layer

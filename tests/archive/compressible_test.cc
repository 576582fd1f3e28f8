#include "archive/compressible.h"

#include <random>

#include <gtest/gtest.h>

namespace cartwheel::archive {
namespace {

bool judged(const std::string& text) { return is_compressible(util::StringRandomAccess(text)); }

// Bytes of `values` different values, each as likely as the others: log2(values) bits in each.
std::string noise(std::size_t size, unsigned values) {
  std::mt19937 random(1);
  std::string out(size, '\0');
  for (char& letter : out) {
    letter = static_cast<char>(random() % values);
  }
  return out;
}

TEST(Compressible, SmallFilesAlwaysAre) {
  EXPECT_TRUE(judged(""));
  EXPECT_TRUE(judged(noise(131071, 256)));
  EXPECT_FALSE(judged(noise(131072, 256)));
}

TEST(Compressible, ThreeQuartersDecide) {
  EXPECT_TRUE(judged(std::string(1'000'000, 'x')));
  EXPECT_TRUE(judged(noise(1'000'000, 48)));   // 5.6 bits of 8
  EXPECT_FALSE(judged(noise(1'000'000, 80)));  // 6.3 bits of 8
}

TEST(Compressible, TheWholeFileIsSampled) {
  // zeros but for the places that are looked at, and the other way round
  constexpr std::size_t kSize = 1'000'000;
  constexpr std::size_t kPiece = 16384;
  const std::string dense = noise(kSize, 256);
  std::string seen(kSize, '\0');
  std::string unseen = dense;
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t at = i * (kSize - kPiece) / 7;
    seen.replace(at, kPiece, dense, at, kPiece);
    unseen.replace(at, kPiece, kPiece, '\0');
  }
  EXPECT_FALSE(judged(seen));
  EXPECT_TRUE(judged(unseen));
}

}  // namespace
}  // namespace cartwheel::archive

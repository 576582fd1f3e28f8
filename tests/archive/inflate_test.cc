#include "archive/inflate.h"

#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

#include "archive/bit_writer.h"
#include "support/zip_builder.h"
#include "util/error.h"

namespace cartwheel::archive {
namespace {

struct Result {
  std::string text;
  DeflateEnd end;
  std::string error;  // not empty: it was refused
};

Result inflate_with(Inflater inflater, std::string_view deflated, std::size_t step) {
  Result result;
  MemberInflater member(inflater);
  try {
    for (std::string_view rest = deflated; !rest.empty();
         rest.remove_prefix(std::min(step, rest.size()))) {
      member.feed(util::as_bytes(rest.substr(0, step)),
                  [&](util::Bytes piece) { result.text += util::as_text(piece); });
    }
    result.end = member.finish();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::malformed) << error.what();
    result.error = error.what();
  }
  return result;
}

// Text that deflate makes matches, literals and stored blocks of.
std::string mixed_text(std::mt19937_64& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    const std::size_t length = 1 + random() % 3000;
    switch (random() % 4) {
      case 0:
        text.append(length, static_cast<char>(random()));
        break;
      case 1:
        for (std::size_t i = 0; i < length; ++i) {
          text += static_cast<char>(random());
        }
        break;
      case 2:
        for (std::size_t i = 0; i < length; ++i) {
          text += static_cast<char>('a' + random() % 5);
        }
        break;
      default:
        if (!text.empty()) {
          const std::size_t from = random() % text.size();
          text += text.substr(from, length);
        }
    }
  }
  text.resize(size);
  return text;
}

std::string random_deflate(std::mt19937_64& random, const std::string& text) {
  const int flushes[] = {Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK, Z_NO_FLUSH};
  const int level = static_cast<int>(random() % 10);
  if (random() % 4 == 0) {
    const int strategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
    return tests::deflate_raw(text, level, strategies[random() % 5]);
  }
  const std::size_t step = 1 + random() % (random() % 3 == 0 ? 50000 : 700);
  return tests::deflate_flushed(text, step, flushes[random() % 5], level);
}

// The facts of section 4, and what is at them.
void expect_true_end(const Result& result, std::string_view deflated) {
  ASSERT_EQ((result.end.end + 7) / 8, deflated.size());
  ASSERT_LT(result.end.final_bit, result.end.end);
  const auto byte = static_cast<unsigned char>(deflated[result.end.final_bit / 8]);
  ASSERT_EQ(byte >> (result.end.final_bit % 8) & 1, 1);
}

TEST(MemberInflater, FindsTheSameAsZlibInManyStreams) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1500; ++i) {
    const std::size_t size = random() % (i % 50 == 0 ? 2'000'000 : i % 5 == 0 ? 60'000 : 2000);
    const std::string text = mixed_text(random, size);
    const std::string deflated = random_deflate(random, text);
    const std::size_t step = i % 3 == 0 ? deflated.size() : 1 + random() % 5000;
    const Result ours = inflate_with(Inflater::fastest, deflated, step);
    const Result zlib = inflate_with(Inflater::zlib, deflated, step);
    ASSERT_EQ(ours.error, "") << "stream " << i;
    ASSERT_EQ(zlib.error, "") << "stream " << i;
    ASSERT_EQ(ours.text, text) << "stream " << i;
    ASSERT_EQ(zlib.text, text) << "stream " << i;
    ASSERT_EQ(ours.end.final_bit, zlib.end.final_bit) << "stream " << i;
    ASSERT_EQ(ours.end.end, zlib.end.end) << "stream " << i;
    expect_true_end(ours, deflated);
  }
}

// One way to end a stream: blocks of all types that are empty, or hold one byte.
void put_small_block(std::mt19937_64& random, bool last, BitWriter& out, std::string& text) {
  out.put(last ? 1 : 0, 1);
  if (random() % 2 == 0) {
    const std::string bytes = random() % 2 == 0 ? "" : "stored";
    out.put(0, 2);
    out.align();
    out.put(bytes.size(), 16);
    out.put(bytes.size() ^ 0xffff, 16);
    out.put_bytes(bytes);
    text += bytes;
    return;
  }
  out.put(1, 2);
  for (std::size_t i = random() % 3; i-- > 0;) {
    out.put(0x0e, 8);  // literal '@': 0x70 reversed
    text += '@';
  }
  out.put(0, 7);
}

TEST(MemberInflater, FindsTheLastOfManyTinyBlocks) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 3000; ++i) {
    BitWriter out;
    std::string text;
    for (std::size_t blocks = random() % (i % 100 == 0 ? 40'000 : 40); blocks-- > 0;) {
      put_small_block(random, false, out, text);
    }
    put_small_block(random, true, out, text);
    out.align();
    out.flush_bytes();
    const std::string& deflated = out.bytes();
    const std::size_t step = i % 2 == 0 ? deflated.size() : 1 + random() % 9;
    const Result ours = inflate_with(Inflater::fastest, deflated, step);
    const Result zlib = inflate_with(Inflater::zlib, deflated, step);
    ASSERT_EQ(ours.error, "") << i;
    ASSERT_EQ(ours.text, text) << i;
    ASSERT_EQ(zlib.text, text) << i;
    ASSERT_EQ(ours.end.final_bit, zlib.end.final_bit) << i;
    ASSERT_EQ(ours.end.end, zlib.end.end) << i;
    expect_true_end(ours, deflated);
  }
}

TEST(MemberInflater, StartsOverAfterReset) {
  const std::string first = tests::deflate_flushed(std::string(300'000, 'x'), 1000, Z_SYNC_FLUSH);
  const std::string second = tests::deflate_raw("short");
  for (Inflater inflater : {Inflater::fastest, Inflater::zlib}) {
    MemberInflater member(inflater);
    member.feed(util::as_bytes(first).first(first.size() / 2), [](util::Bytes) {});
    member.reset();
    std::string text;
    member.feed(util::as_bytes(second), [&](util::Bytes piece) { text += util::as_text(piece); });
    EXPECT_EQ(text, "short");
    EXPECT_EQ(member.finish().final_bit, 0U);
    member.reset();
    EXPECT_THROW(member.finish(), util::Error);
  }
}

std::string match_at_the_start() {
  BitWriter out;
  out.put(0b011, 3);
  out.put(0b1000000, 7);  // symbol 257: length 3
  out.put(0, 5);          // distance 1
  out.put(0, 7);
  out.align();
  out.flush_bytes();
  return out.bytes();
}

class BadStream : public testing::TestWithParam<Inflater> {};

TEST_P(BadStream, ThatIsTruncatedHasNotEnded) {
  const std::string deflated =
      tests::deflate_flushed(std::string(5000, 'x') + "end", 700, Z_SYNC_FLUSH);
  for (std::size_t size = 0; size < deflated.size(); ++size) {
    EXPECT_NE(inflate_with(GetParam(), deflated.substr(0, size), 1000).error, "") << size;
  }
}

TEST_P(BadStream, WithBytesAfterItsEndIsRefused) {
  for (std::string_view text :
       {"", "a", "hello hello hello", "some more text that is not repeated"}) {
    const std::string deflated = tests::deflate_raw(text);
    for (const std::string& extra :
         {std::string(1, '\0'), std::string("12345678"), std::string(100, 'x')}) {
      for (std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
        const Result result = inflate_with(GetParam(), deflated + extra, step);
        EXPECT_NE(result.error.find("more follow"), std::string::npos) << result.error;
      }
    }
  }
}

TEST_P(BadStream, IsRefused) {
  const struct {
    const char* what;
    std::string bytes;
  } cases[] = {
      {"block type 3", "\x07"},
      {"stored length that does not match", std::string("\x01\x05\0\x05\0hello", 10)},
      {"distance before the beginning", match_at_the_start()},
      {"too many code lengths",
       std::string("\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 18)},
  };
  for (const auto& [what, bytes] : cases) {
    EXPECT_NE(inflate_with(GetParam(), bytes, 100).error, "") << what;
    EXPECT_NE(inflate_with(GetParam(), bytes, 1).error, "") << what;
  }
}

INSTANTIATE_TEST_SUITE_P(,
                         BadStream,
                         testing::Values(Inflater::fastest, Inflater::zlib),
                         [](const auto& each) {
                           return each.param == Inflater::zlib ? "Zlib" : "Fastest";
                         });

TEST(MemberInflater, NeverTakesAnotherTextThanZlibForBrokenBits) {
  std::mt19937_64 random(3);
  int both = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string deflated = random_deflate(random, mixed_text(random, random() % 3000));
    for (int flips = 1 + static_cast<int>(random() % 3); flips-- > 0;) {
      char& byte = deflated[random() % deflated.size()];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << random() % 8);
    }
    const Result zlib = inflate_with(Inflater::zlib, deflated, 1 + random() % 2000);
    const Result ours = inflate_with(Inflater::fastest, deflated, 1 + random() % 2000);
    if (zlib.error.empty()) {
      ++both;
      ASSERT_EQ(ours.error, "") << i;
      ASSERT_EQ(ours.text, zlib.text) << i;
      ASSERT_EQ(ours.end.final_bit, zlib.end.final_bit) << i;
      ASSERT_EQ(ours.end.end, zlib.end.end) << i;
    }
  }
  EXPECT_GT(both, 100);
}

TEST(MemberInflater, HandsOutPiecesInOrderAndBounded) {
  const std::string text(5'000'000, 'p');
  const std::string deflated = tests::deflate_raw(text);
  MemberInflater member(Inflater::fastest);
  std::size_t total = 0;
  std::size_t largest = 0;
  member.feed(util::as_bytes(deflated), [&](util::Bytes piece) {
    total += piece.size();
    largest = std::max(largest, piece.size());
  });
  member.finish();
  EXPECT_EQ(total, text.size());
  EXPECT_LE(largest, std::size_t{256} << 10);
}

TEST(Crc32, IsThatOfGzip) {
  EXPECT_EQ(crc32(0, util::as_bytes("")), 0U);
  EXPECT_EQ(crc32(0, util::as_bytes("123456789")), 0xcbf43926U);
  EXPECT_EQ(crc32(crc32(0, util::as_bytes("1234")), util::as_bytes("56789")), 0xcbf43926U);
  EXPECT_EQ(crc32_combine(crc32(0, util::as_bytes("1234")), crc32(0, util::as_bytes("56789")), 5),
            0xcbf43926U);
  EXPECT_EQ(crc32_combine(0xcbf43926U, 0, 0), 0xcbf43926U);
}

}  // namespace
}  // namespace cartwheel::archive

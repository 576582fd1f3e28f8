#include <random>

#include <gtest/gtest.h>

#include "archive/encoder_c.h"
#include "archive/encoder_h.h"
#include "archive/huffman.h"
#include "archive/reference_encoders.h"
#include "core/digest.h"
#include "support/zip_builder.h"
#include "util/bytes.h"

namespace cartwheel::archive {
namespace {

std::string encode_c(std::string_view text, std::size_t step = std::string_view::npos) {
  BitWriter out;
  EncoderC encoder;
  encoder.begin();
  for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) {
    encoder.feed(text.substr(0, step), out);
  }
  encoder.end(true, out);
  out.align();
  out.flush_bytes();
  return out.bytes();
}

// Many short repeats, near and far, so that every rule of the token search is at work.
std::string repeating_text(std::mt19937_64& random, std::size_t size) {
  const std::size_t letters = 1 + random() % (random() % 3 == 0 ? 250 : 6);
  std::string text;
  while (text.size() < size) {
    if (random() % 3 == 0 || text.size() < 10) {
      for (std::size_t i = random() % 40; i-- > 0;) {
        text += static_cast<char>('a' + random() % letters);
      }
    } else {
      const std::size_t from = random() % text.size();
      text += text.substr(from, 1 + random() % (random() % 10 == 0 ? 400 : 12));
    }
  }
  text.resize(size);
  return text;
}

TEST(EncoderC, GivesTheVectorOfTheFormat) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += std::to_string(i * i) + ",cartwheel\n";
  }
  const std::string coded = encode_c(text);
  EXPECT_EQ(coded.size(), 3449U);
  EXPECT_EQ(core::Digest::of(coded).hex(),
            "43856fc0696b57f863a2d41da1ac158696afe8397937111ce3d0b1170f1e8a68");
}

TEST(EncoderC, GivesWhatTheReferenceGives) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 120; ++i) {
    const std::string text = repeating_text(random, random() % (i % 20 == 0 ? 100'000 : 6000));
    const std::string coded = encode_c(text, 1 + random() % 9000);
    ASSERT_EQ(coded, reference::packed(reference::encode_c(text, true))) << i;
    ASSERT_EQ(tests::inflate_raw(coded), text) << i;
  }
}

TEST(EncoderC, GivesWhatTheReferenceGivesAtTheEdges) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) {
    all_bytes += static_cast<char>(i);
  }
  // Counts like Fibonacci's numbers make the longest codes.
  std::string skewed;
  std::size_t counts[2] = {1, 1};
  for (char letter = 'a'; letter < 'a' + 20; ++letter) {
    skewed.append(counts[1], letter);
    counts[0] = std::exchange(counts[1], counts[0] + counts[1]);
  }
  std::mt19937_64 random(4);
  std::shuffle(skewed.begin(), skewed.end(), random);
  std::string far = "xyz" + std::string(4093, '-');
  const std::string texts[] = {
      "",
      "a",
      "aa",
      "aaa",
      "aaaa",
      std::string(1, '\0'),
      std::string(258, 'a'),
      std::string(259, 'a'),
      std::string(260, 'a'),
      std::string(100'000, '\0'),
      all_bytes,
      all_bytes + all_bytes,
      skewed,
      far + "xyz",    // distance 4,096
      far + "-xyz",   // 4,097
      far + "-xyz-",  // 4,097, of four bytes: "xyz-"
      "ab" + all_bytes.substr(0, 3) + std::string(32'700, 'q') + all_bytes,
  };
  for (const std::string& text : texts) {
    const std::string coded = encode_c(text, 777);
    EXPECT_EQ(coded, reference::packed(reference::encode_c(text, true))) << text.size();
    EXPECT_EQ(tests::inflate_raw(coded), text) << text.size();
  }
}

TEST(EncoderC, EndsABlockOnlyWhenATokenFollows) {
  std::mt19937_64 random(5);
  // Bytes that never repeat in threes are literals: 32,768 of them fill a block.
  std::string literals;
  for (int i = 0; literals.size() < 70'000; ++i) {
    literals += {
        static_cast<char>(i & 0xff), static_cast<char>(i >> 8 & 0xff), static_cast<char>(random())};
  }
  for (std::size_t size : {32'767U, 32'768U, 32'769U, 65'536U, 65'537U}) {
    const std::string text = literals.substr(0, size);
    EXPECT_EQ(encode_c(text), reference::packed(reference::encode_c(text, true))) << size;
  }
}

TEST(EncoderC, DoesNotDependOnHowTheTextComes) {
  std::mt19937_64 random(6);
  const std::string text = repeating_text(random, 3'000'000);
  const std::string coded = encode_c(text);
  EXPECT_EQ(tests::inflate_raw(coded), text);
  for (std::size_t step :
       {std::size_t{1} << 16, std::size_t{262'144}, std::size_t{99'991}, std::size_t{37}}) {
    EXPECT_EQ(core::Digest::of(encode_c(text, step)), core::Digest::of(coded)) << step;
  }
}

TEST(EncoderC, StartsOver) {
  BitWriter out;
  EncoderC encoder;
  for (const char* text : {"first text, first text", "second text, first text"}) {
    encoder.begin();
    encoder.feed(text, out);
    encoder.end(false, out);
  }
  EncoderC again;
  again.begin();
  again.end(true, out);
  out.align();
  out.flush_bytes();
  EXPECT_EQ(out.bytes(),
            reference::packed(reference::encode_c("first text, first text", false) +
                              reference::encode_c("second text, first text", false) +
                              reference::encode_c("", true)));
}

TEST(EncoderH, GivesWhatTheReferenceGives) {
  std::mt19937_64 random(7);
  EncoderH encoder;
  for (int i = 0; i < 300; ++i) {
    // Header blocks that are much alike, text before, between and after them, a payload of any
    // size.
    std::string tar;
    std::vector<std::size_t> blocks;
    std::string block = repeating_text(random, 512);
    const auto add_block = [&] {
      for (std::size_t changes = random() % 6; changes-- > 0;) {
        block[random() % 512] = static_cast<char>(random());
      }
      blocks.push_back(tar.size());
      tar += block;
    };
    if (random() % 4 != 0) {
      add_block();
      tar += repeating_text(random,
                            random() % 2 == 0 ? random() % 33'000 : 32'768 - 512 - random() % 3);
    }
    const std::size_t begin = tar.size();
    tar += repeating_text(random, random() % 600);
    for (std::size_t count = random() % 4; count-- > 0;) {
      add_block();
      tar += repeating_text(random, random() % 2 * 512);
    }
    tar += std::string(random() % 500, '\0');
    const bool last = random() % 2 == 0;

    std::vector<HeaderPlace> places;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (blocks[b] >= begin) {
        places.push_back(
            {.offset = blocks[b] - begin,
             .distance = b == 0 ? 0 : blocks[b] - blocks[b - 1],
             .previous = b == 0 ? "" : std::string_view(tar).substr(blocks[b - 1], 512)});
      }
    }
    BitWriter out;
    encoder.encode(std::string_view(tar).substr(begin), places, last, out);
    out.align();
    out.flush_bytes();
    ASSERT_EQ(out.bytes(),
              reference::packed(reference::encode_h(tar, begin, tar.size(), blocks, last)))
        << i;
  }
}

TEST(EncoderH, CodesAnEmptyRunAsAnEmptyBlock) {
  BitWriter out;
  EncoderH().encode("", {}, true, out);
  out.align();
  out.flush_bytes();
  EXPECT_EQ(out.bytes(), std::string("\3\0", 2));
}

TEST(HuffmanLengths, AreCompleteAndLimited) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 500; ++i) {
    std::vector<std::uint32_t> counts(2 + random() % 285);
    for (std::uint32_t& count : counts) {
      count = static_cast<std::uint32_t>(random() % 3 == 0 ? 0 : random() >> (43 + random() % 20));
    }
    counts[0] = counts[1] = 1;
    const unsigned limit = counts.size() > 100 ? 15 : 7;
    double sum = 0;
    const auto lengths = huffman_lengths(counts, limit, true);
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
      ASSERT_EQ(lengths[symbol] == 0, counts[symbol] == 0);
      ASSERT_LE(lengths[symbol], limit);
      sum += lengths[symbol] == 0 ? 0 : 1.0 / (1 << lengths[symbol]);
    }
    ASSERT_EQ(sum, 1.0);
  }
  using Lengths = std::vector<std::uint8_t>;
  EXPECT_EQ(huffman_lengths({0, 0, 5}, 15, true), (Lengths{1, 0, 1}));
  EXPECT_EQ(huffman_lengths({5, 0, 0}, 15, true), (Lengths{1, 1, 0}));
  EXPECT_EQ(huffman_lengths({0, 0, 5}, 15, false), (Lengths{0, 0, 1}));
  EXPECT_EQ(huffman_lengths({0, 0, 0}, 15, false), (Lengths{0, 0, 0}));
}

}  // namespace
}  // namespace cartwheel::archive

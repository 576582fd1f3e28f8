#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/layer_lab.h"
#include "support/odd_wheels.h"
#include "support/zip_builder.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::layer {
namespace {

using testing::HasSubstr;
using tests::WheelBuilder;
using tests::ZipEntry;
using tests::ZipHeader;
using util::ErrorKind;

WheelBuilder demo() { return WheelBuilder("demo", "1.0").file("demo.py", "x = 1\n"); }

WheelBuilder with_raw(std::string content, std::string raw) {
  ZipEntry entry{.name = "raw.bin", .content = std::move(content)};
  entry.raw = std::move(raw);
  return demo().entry(entry);
}

void expect_refused(const tests::OddWheel& odd) {
  LayerLab lab;
  WheelInput input = lab.add(odd.filename, odd.bytes);
  try {
    lab.make(input);
    ADD_FAILURE() << "is taken";
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), odd.kind) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(odd.filename));
    for (const std::string& part : odd.says) {
      EXPECT_THAT(error.what(), HasSubstr(part));
    }
  }
  EXPECT_FALSE(lab.memo().find(memo_key(spec_of({input}))));
  EXPECT_FALSE(lab.memo().find_facts(input.sha256));
  EXPECT_EQ(lab.store().has(input.sha256), odd.kind != ErrorKind::integrity);
}

void expect_taken(const tests::OddWheel& odd) {
  LayerLab lab;
  WheelInput input = lab.add(odd.filename, odd.bytes);
  lab.make(input);
  std::vector<std::string> codes;
  const facts::WheelFacts facts = *lab.memo().find_facts(input.sha256);
  for (const facts::WheelFinding& finding : facts.findings) {
    codes.push_back(finding.code);
  }
  EXPECT_THAT(codes, testing::Contains(odd.says.at(0)));
}

TEST(OddWheel, IsRefusedWithAReasonOrTakenWithAFinding) {
  for (const tests::OddWheel& odd : tests::odd_wheels()) {
    SCOPED_TRACE(odd.name);
    if (odd.taken) {
      expect_taken(odd);
    } else {
      expect_refused(odd);
    }
  }
}

// Each has its row, with the exit code that it ends the program with.
TEST(OddWheel, IsDocumented) {
  std::string text = util::read_file(CARTWHEEL_SOURCE_DIR "/docs/strictness.md");
  for (const tests::OddWheel& odd : tests::odd_wheels()) {
    int code = odd.taken ? 0 : util::exit_code(odd.kind);
    std::string row = fmt::format("| `{}` |", odd.name);
    std::size_t at = text.find(row);
    ASSERT_NE(at, std::string::npos) << row;
    EXPECT_THAT(text.substr(at, text.find('\n', at) - at), HasSubstr(fmt::format("| {} |", code)))
        << row;
  }
}

// The same with helpers: an error comes from whichever thread meets it.
TEST(BadWheel, IsRefusedFromOtherThreadsToo) {
  for (std::size_t threads : {1U, 2U, 7U}) {
    LayerLab lab;
    WheelBuilder wheel("demo", "1.0");
    for (unsigned i = 0; i < 6; ++i) {
      wheel.file(fmt::format("demo/{}.bin", i), noise(1'500'000, i));
    }
    ZipEntry last{.name = "demo/last.bin", .content = noise(2'000'000)};
    last.local = last.central = [](ZipHeader& header) { header.crc32 ^= 1; };
    wheel.entry(last).file("demo/after.bin", noise(3'000'000));
    WheelInput input = lab.add(wheel);
    try {
      lab.make(spec_of({input}), threads);
      ADD_FAILURE() << threads;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::integrity) << error.what();
      EXPECT_THAT(error.what(), HasSubstr("demo-1.0-py3-none-any.whl: member 'demo/last.bin' at "));
      EXPECT_THAT(error.what(), HasSubstr(": CRC-32"));
    }
    EXPECT_FALSE(lab.store().has(input.sha256));
  }
}

// A complete stream whose literal code is incomplete: ISA-L takes it, zlib and Go do not
// (docs/formats.md section 4).
TEST(BadWheel, WithAnIncompleteCodeIsRefusedUnlessTrusted) {
  // BFINAL 1, BTYPE 10, HLIT 257, HDIST 1, HCLEN 18: lengths of codes 0 (1 bit) and 2 (2) and 18
  // (2)… Literal 0 and end of block have length 2 each: half of the code's room is unused.
  std::string bits;
  auto put = [&](unsigned value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      bits += (value >> i & 1) != 0 ? '1' : '0';
    }
  };
  put(1, 1);
  put(2, 2);
  put(0, 5);       // 257 literal and length codes
  put(0, 5);       // 1 distance code
  put(16 - 4, 4);  // 16 code lengths: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2
  for (int symbol : {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2}) {
    put(symbol == 0 ? 1 : symbol == 18 || symbol == 2 ? 2 : 0, 3);
  }
  // Canonical: 0 → "0"; 2 → "10"; 18 → "11" (first bit first).
  bits += "10";  // literal 0: length 2
  bits += "11";
  put(138 - 11, 7);
  bits += "11";
  put(117 - 11, 7);  // 255 zeros
  bits += "10";      // end of block: length 2
  bits += "0";       // distance 0: none
  bits += "00";      // literal 0 …
  bits += "01";      // … and the end
  std::string raw;
  for (std::size_t i = 0; i < bits.size(); i += 8) {
    unsigned byte = 0;
    for (std::size_t k = i; k < std::min(bits.size(), i + 8); ++k) {
      byte |= (bits[k] == '1' ? 1U : 0U) << (k - i);
    }
    raw += static_cast<char>(byte);
  }
  ASSERT_THROW(tests::inflate_raw(raw), std::runtime_error);
  LayerLab lab;
  WheelInput input = lab.add(with_raw(std::string(1, '\0'), raw));
  input.trusted = false;
  EXPECT_THROW(lab.make(input), util::Error);
  EXPECT_TRUE(lab.store().has(input.sha256));
}

TEST(BadWheel, ThatIsNotThereIsNamed) {
  LayerLab lab;
  WheelInput input = lab.add(demo());
  lab.store().remove(input.sha256);
  try {
    lab.make(input);
    ADD_FAILURE();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("demo-1.0-py3-none-any.whl"));
  }
}

}  // namespace
}  // namespace cartwheel::layer

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "layer/layer_lab.h"
#include "support/zip_builder.h"
#include "util/error.h"

namespace cartwheel::layer {
namespace {

using testing::HasSubstr;
using tests::WheelBuilder;
using tests::ZipEntry;
using tests::ZipHeader;
using util::ErrorKind;

struct Refusal {
  ErrorKind kind;
  std::string message;  // a part of it
};

struct Case {
  const char* what;
  WheelBuilder wheel;
  Refusal expected;
};

WheelBuilder demo() { return WheelBuilder("demo", "1.0").file("demo.py", "x = 1\n"); }

// A member whose headers say what `change` makes of the truth.
WheelBuilder with_lie(std::string content, const std::function<void(ZipHeader&)>& change) {
  ZipEntry entry{.name = "lie.bin", .content = std::move(content)};
  entry.local = entry.central = change;
  return demo().entry(entry);
}

WheelBuilder with_raw(std::string content, std::string raw) {
  ZipEntry entry{.name = "raw.bin", .content = std::move(content)};
  entry.raw = std::move(raw);
  return demo().entry(entry);
}

std::vector<Case> cases() {
  std::string text = noise(100'000);
  std::string deflated = tests::deflate_raw(text);
  std::string reserved = "would replace the interpreter";
  return {
      {"CRC",
       with_lie(text, [](ZipHeader& header) { header.crc32 ^= 1; }),
       {ErrorKind::integrity, "lie.bin: CRC-32"}},
      {"larger than declared",
       with_lie(text, [](ZipHeader& header) { header.size -= 1; }),
       {ErrorKind::malformed, "lie.bin: inflates to more than the 99999 bytes"}},
      {"smaller than declared",
       with_lie(text, [](ZipHeader& header) { header.size += 1; }),
       {ErrorKind::malformed, "lie.bin: has 100000 bytes, and declares 100001"}},
      {"broken deflate",
       with_raw(text, "\x06" + deflated.substr(1)),
       {ErrorKind::malformed, "raw.bin"}},
      {"deflate cut off",
       with_raw(text, deflated.substr(0, deflated.size() / 2)),
       {ErrorKind::malformed, "raw.bin"}},
      {"bytes after the stream", with_raw(text, deflated + "x"), {ErrorKind::malformed, "raw.bin"}},
      {"no dist-info",
       demo().without("METADATA").without("WHEEL").without("RECORD"),
       {ErrorKind::malformed, "wanted one .dist-info folder, found none"}},
      {"two dist-infos",
       demo().file("other-1.0.dist-info/METADATA", "x"),
       {ErrorKind::malformed, "found demo-1.0.dist-info, other-1.0.dist-info"}},
      {"no METADATA",
       demo().without("METADATA"),
       {ErrorKind::malformed, "demo-1.0.dist-info has no METADATA"}},
      {"no WHEEL", demo().without("WHEEL"), {ErrorKind::malformed, "has no WHEEL"}},
      {"no RECORD", demo().without("RECORD"), {ErrorKind::malformed, "has no RECORD"}},
      {"another package",
       demo().dist_info("METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n"),
       {ErrorKind::malformed, "its name says 'demo', its content 'other'"}},
      {"another version",
       demo().dist_info("METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n"),
       {ErrorKind::malformed, "'1.0', its METADATA '2.0'"}},
      {"newer wheel format",
       demo().dist_info("WHEEL", "Wheel-Version: 2.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
       {ErrorKind::unsupported, ""}},
      {"unknown scheme",
       demo().file("demo-1.0.data/etc/x", "x"),
       {ErrorKind::malformed, "wanted purelib, platlib, scripts, headers or data"}},
      {"file beside the schemes",
       demo().file("demo-1.0.data/scripts", "x"),
       {ErrorKind::malformed, "wanted purelib"}},
      {"folder among scripts",
       demo().file("demo-1.0.data/scripts/a/b", "x"),
       {ErrorKind::malformed, "a folder among the scripts"}},
      {"script in python's place",
       demo().file("demo-1.0.data/scripts/python3", "x"),
       {ErrorKind::refused, reserved}},
      {"data in python's place",
       demo().file("demo-1.0.data/data/bin/python3.11", "x"),
       {ErrorKind::refused, reserved}},
      {"data in pyvenv.cfg's place",
       demo().file("demo-1.0.data/data/pyvenv.cfg", "x"),
       {ErrorKind::refused, "pyvenv.cfg"}},
      {"two files in one place",
       demo().file("demo-1.0.data/purelib/demo.py", "y"),
       {ErrorKind::refused, "would be one file"}},
      {"two files by two schemes",
       demo().file("demo-1.0.data/data/lib/python3.11/site-packages/demo.py", "y"),
       {ErrorKind::refused, "two files would be"}},
      {"file in a folder's place",
       demo().file("demo-1.0.data/purelib/demo.py/x", "y"),
       {ErrorKind::refused, "and other files lie below it"}},
      {"unsafe path", demo().file("../evil.py", "x"), {ErrorKind::refused, "evil"}},
      {"absolute path", demo().file("/evil.py", "x"), {ErrorKind::refused, "evil"}},
      {"name above the limit", demo().file(std::string(256, 'n'), "x"), {ErrorKind::refused, ""}},
      {"entry point out of the folder",
       demo().console_script("../x", "demo:main"),
       {ErrorKind::malformed, "no name of a file"}},
      {"broken RECORD", demo().dist_info("RECORD", "\"x\n"), {ErrorKind::malformed, "RECORD"}},
  };
}

TEST(BadWheel, IsRefusedWithAReason) {
  for (const Case& one : cases()) {
    LayerLab lab;
    WheelInput input = lab.add(one.wheel);
    try {
      lab.make(input);
      ADD_FAILURE() << one.what;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), one.expected.kind) << one.what << ": " << error.what();
      EXPECT_THAT(error.what(), HasSubstr(one.expected.message)) << one.what;
      EXPECT_THAT(error.what(), HasSubstr("demo-1.0-py3-none-any.whl")) << one.what;
    }
    EXPECT_FALSE(lab.memo().find(memo_key(spec_of({input})))) << one.what;
    EXPECT_FALSE(lab.memo().find_facts(input.sha256)) << one.what;
    EXPECT_EQ(lab.store().has(input.sha256), one.expected.kind != ErrorKind::integrity) << one.what;
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
      EXPECT_THAT(error.what(), HasSubstr("demo-1.0-py3-none-any.whl: demo/last.bin: CRC-32"));
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

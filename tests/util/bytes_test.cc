#include "util/bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::util {
namespace {

TEST(Hex, GoesThereAndBack) {
  EXPECT_EQ(hex(as_bytes(std::string_view("\x00\x1f\xff", 3))), "001fff");
  EXPECT_EQ(as_text(from_hex("001FfF")), std::string_view("\x00\x1f\xff", 3));
  for (const char* bad : {"", "0", "0g", "g0", "0x10", " 0", "000"}) {
    EXPECT_TRUE(from_hex(bad).empty()) << bad;
  }
}

TEST(Base64Url, HasNoPadding) {
  struct Case {
    const char* text;
    const char* expected;
  };
  // RFC 4648 section 10, without '='
  for (const Case& c : {Case{"", ""},
                        {"f", "Zg"},
                        {"fo", "Zm8"},
                        {"foo", "Zm9v"},
                        {"foobar", "Zm9vYmFy"},
                        {"\xFB\xEF\xFF", "--__"}}) {
    EXPECT_EQ(base64url(as_bytes(c.text)), c.expected);
  }
}

TEST(ByteReader, ReadsWhatWasPut) {
  std::string text;
  put_u8(text, 0x12);
  put_u16(text, 0x3456);
  put_u32(text, 0x789ABCDE);
  put_u64(text, 0xF0123456789ABCDE);
  EXPECT_EQ(hex(as_bytes(text)), "125634debc9a78debc9a78563412f0");
  ByteReader reader(as_bytes(text), "place");
  EXPECT_EQ(reader.u8(), 0x12);
  EXPECT_EQ(reader.u16(), 0x3456);
  EXPECT_EQ(reader.u32(), 0x789ABCDEU);
  EXPECT_EQ(reader.position(), 7U);
  EXPECT_EQ(reader.remaining(), 8U);
  EXPECT_EQ(reader.u64(), 0xF0123456789ABCDEU);
  EXPECT_TRUE(reader.at_end());
}

TEST(ByteReader, ReadsVarints) {
  for (std::uint64_t value : {std::uint64_t{0},
                              std::uint64_t{127},
                              std::uint64_t{128},
                              std::uint64_t{300},
                              std::uint64_t{1} << 63,
                              ~std::uint64_t{0}}) {
    std::string text;
    put_varint(text, value);
    ByteReader reader(as_bytes(text), "place");
    EXPECT_EQ(reader.varint(), value);
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(ByteReader, RefusesLongVarints) {
  for (const std::string& bad : {std::string(10, '\xFF'),
                                 std::string(9, '\x80') + "\x02",
                                 std::string(9, '\xFF'),
                                 std::string(11, '\x80')}) {
    ByteReader reader(as_bytes(bad), "place");
    EXPECT_THROW(reader.varint(), Error);
  }
}

TEST(ByteReader, SaysWhereItEnds) {
  ByteReader reader(as_bytes("abc"), "a file");
  reader.take(2);
  try {
    reader.u32();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::malformed);
    EXPECT_STREQ(error.what(), "a file: ends at byte 3, wanted 3 more");
  }
  EXPECT_THROW(reader.take(~std::size_t{0}), Error);
  EXPECT_EQ(as_text(reader.take(1)), "c");
}

}  // namespace
}  // namespace cartwheel::util

#include "util/stream.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::util {
namespace {

// One byte a time, as a slow connection may give them.
class Dripping : public Source {
 public:
  explicit Dripping(std::string text) : inner_(std::move(text)) {}
  std::size_t read(MutableBytes buffer) override { return inner_.read(buffer.first(1)); }

 private:
  StringSource inner_;
};

TEST(Copy, MovesEveryByte) {
  std::string text(300000, 'x');
  text[150000] = 'y';
  StringSource source(text);
  std::string out;
  StringSink sink(out);
  EXPECT_EQ(copy(source, sink), text.size());
  EXPECT_EQ(out, text);
  Dripping drops("abc");
  EXPECT_EQ(copy(drops, sink), 3U);
  EXPECT_TRUE(out.ends_with("xabc"));
}

TEST(ReadAll, HoldsToItsLimit) {
  StringSource fits("12345");
  EXPECT_EQ(read_all(fits, 5, "place"), "12345");
  Dripping longer("123456");
  try {
    read_all(longer, 5, "place");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::malformed);
    EXPECT_STREQ(error.what(), "place: longer than 5 bytes");
  }
  StringSource empty("");
  EXPECT_EQ(read_all(empty, 0, "place"), "");
}

TEST(StringRandomAccess, ReadsWithinItsText) {
  StringRandomAccess text("0123456789");
  std::string out(4, ' ');
  text.read_at(6, std::as_writable_bytes(std::span(out)));
  EXPECT_EQ(out, "6789");
  text.read_at(10, {});
  EXPECT_THROW(text.read_at(7, std::as_writable_bytes(std::span(out))), Error);
  EXPECT_THROW(text.read_at(~std::uint64_t{0}, std::as_writable_bytes(std::span(out))), Error);
  EXPECT_THROW(text.read_at(11, {}), Error);
}

}  // namespace
}  // namespace cartwheel::util

#include "python/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

TEST(Record, IsRead) {
  auto entries = parse_record(
      "a/__init__.py,sha256=AVTFPZpEKzuHr7OvQZmhaU3LvwKz06AJw8mT\\_pNh2yI,12\r\n"
      "\"a,b \"\"c\"\".txt\",,\n"
      "\n"
      "\"two\nlines\",md5=x,0\r"
      "last.dist-info/RECORD,,");
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].path, "a/__init__.py");
  EXPECT_EQ(entries[0].hash, "sha256=AVTFPZpEKzuHr7OvQZmhaU3LvwKz06AJw8mT\\_pNh2yI");
  EXPECT_EQ(entries[0].size, 12U);
  EXPECT_EQ(entries[1].path, "a,b \"c\".txt");
  EXPECT_EQ(entries[1].hash, "");
  EXPECT_FALSE(entries[1].size);
  EXPECT_EQ(entries[2].path, "two\nlines");
  EXPECT_EQ(entries[2].size, 0U);
  EXPECT_EQ(entries[3].path, "last.dist-info/RECORD");
}

TEST(Record, ReadsShortLinesAndInnerQuotes) {
  auto entries = parse_record("only\na\"b,h\n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].path, "only");
  EXPECT_EQ(entries[1].path, "a\"b");
  EXPECT_TRUE(parse_record("").empty());
  EXPECT_TRUE(parse_record("\r\n\n").empty());
}

TEST(Record, RefusesWithTheLine) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c :
       {Case{"a,,\nb,,x\n", "RECORD: line 2: 'x' is no size"},
        {"a,,-1\n", "RECORD: line 1: '-1' is no size"},
        {"a,,99999999999999999999\n", "RECORD: line 1: '99999999999999999999' is no size"},
        {"a\xff,,\n", "RECORD: is no UTF-8"},
        {"a,,\n\n,,\n", "RECORD: line 3: its path is empty"},
        {"\"a,,\n", "RECORD: line 1: a quoted field does not end"},
        {"\"a\"b,,\n", "RECORD: line 1: text behind a quoted field"}}) {
    try {
      parse_record(c.text);
      ADD_FAILURE() << c.text;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
      EXPECT_STREQ(error.what(), c.expected);
    }
  }
}

TEST(Record, IsWrittenToTheByte) {
  std::vector<RecordEntry> entries{
      {"b.py", "sha256=x", 3}, {"a,b", "", {}}, {"q\"q", "", 0}, {"x\ny", "", {}}};
  EXPECT_EQ(record_text(entries), "b.py,sha256=x,3\n\"a,b\",,\n\"q\"\"q\",,0\n\"x\ny\",,\n");
  EXPECT_EQ(record_text({}), "");
}

TEST(Record, GoesThereAndBack) {
  std::vector<RecordEntry> entries{
      {"\"", "h,", 18446744073709551615U}, {"a\r\n,\"\"", "", {}}, {" sp ace ", "", 1}};
  auto again = parse_record(record_text(entries));
  ASSERT_EQ(again.size(), entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(again[i].path, entries[i].path);
    EXPECT_EQ(again[i].hash, entries[i].hash);
    EXPECT_EQ(again[i].size, entries[i].size);
  }
}

}  // namespace
}  // namespace cartwheel::python

#include "python/names.h"

#include <gtest/gtest.h>

namespace cartwheel::python {
namespace {

TEST(NormalizedName, FoldsCaseAndRunsOfSeparators) {
  struct Case {
    const char* text;
    const char* expected;
  };
  for (const Case& c : {Case{"Django", "django"},
                        {"oslo.concurrency", "oslo-concurrency"},
                        {"Friendly-._.-Bard", "friendly-bard"},
                        {"typing_extensions", "typing-extensions"},
                        {"a", "a"},
                        {"_x_", "-x-"},
                        {"", ""}}) {
    EXPECT_EQ(normalized_name(c.text), c.expected) << c.text;
  }
}

TEST(NormalizedName, IsStable) {
  for (const char* text : {"A__B", "x.-y", "-", "zope.interface"}) {
    std::string once = normalized_name(text);
    EXPECT_EQ(normalized_name(once), once);
  }
}

TEST(NormalizedName, OfManyIsASet) {
  EXPECT_EQ(normalized_names({"B_b", "a", "b.B"}), (std::set<std::string>{"a", "b-b"}));
  EXPECT_TRUE(normalized_names({}).empty());
}

TEST(ValidName, BeginsAndEndsWithLetterOrDigit) {
  for (const char* good : {"a", "A1", "foo.bar_baz-1", "0", "x--y"}) {
    EXPECT_TRUE(is_valid_name(good)) << good;
  }
  for (const char* bad : {"", "-a", "a-", ".", "a b", "a/b", "caf\xC3\xA9", "a\n", "_a", "a+b"}) {
    EXPECT_FALSE(is_valid_name(bad)) << bad;
  }
}

}  // namespace
}  // namespace cartwheel::python

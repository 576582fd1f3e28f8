#include "python/ini.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

using testing::HasSubstr;

// "[section]name=value;…", '\n' in a value as '|'.
std::string flat(std::string_view text) {
  std::string out;
  for (const IniSection& section : parse_ini(text)) {
    out += "[" + section.name + "]";
    for (auto [name, value] : section.values) {
      std::replace(value.begin(), value.end(), '\n', '|');
      out += name + "=" + value + ";";
    }
  }
  return out;
}

// What Python 3.11's configparser gives for the same texts.
TEST(Ini, IsReadAsConfigparserDoes) {
  struct Case {
    const char *text, *wanted;
  };
  for (const Case& one : {
           Case{"", ""},
           {"# c\n ; d\n\n[a]\n", "[a]"},
           {"[a]\nx = 1\n y = 2\n", "[a]x=1|y = 2;"},
           {"[a]\n  x = 1\n  y = 2\n", "[a]x=1;y=2;"},
           {"  [a]\n  x = 1\n y = 2\n", "[a]x=1;y=2;"},
           {"[a]\nx = 1\n\n  go on\n\n\ny=\n", "[a]x=1||go on;y=;"},
           {"[a]\nx =\n  1\n", "[a]x=|1;"},
           {"[a]\nx = 1\n  # no part of it\n  2\n", "[a]x=1|2;"},
           {"[a]\nx = 1\n  [b]\n", "[a]x=1|[b];"},
           {"[a] junk\nX=1\nx=2", "[a]X=1;x=2;"},
           {"[ a ]\rx = 1 # c\r\ny = 2\n", "[ a ]x=1 # c;y=2;"},
           {"[a]\nx = y = z\na b=\t\vc\f\n", "[a]x=y = z;a b=c;"},
           {"[DEFAULT]\nx = 1\ny = 2\n[a]\ny = 3\n", "[a]y=3;x=1;"},
       }) {
    EXPECT_EQ(flat(one.text), one.wanted) << one.text;
  }
}

TEST(Ini, NamesTheLineThatIsWrong) {
  struct Case {
    const char *text, *wanted;
  };
  for (const Case& one : {Case{"x = 1\n", "line 1: wanted a section"},
                          {"[]\nx = 1\n", "line 1: wanted a section"},
                          {"[a]\n\nx: 1\n", "line 3: wanted 'NAME = VALUE', found 'x: 1'"},
                          {"[a]\n= 1\n", "line 2: wanted 'NAME = VALUE'"},
                          {"[a]\nx=1\nx=2\n", "line 3: 'x' a second time in 'a'"},
                          {"[a]\n[b]\n[a]\n", "line 3: the section 'a' a second time"}}) {
    try {
      parse_ini(one.text);
      ADD_FAILURE() << one.text;
    } catch (const util::Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(one.wanted));
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
    }
  }
}

}  // namespace
}  // namespace cartwheel::python

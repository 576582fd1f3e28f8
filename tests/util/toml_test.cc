#include "util/toml.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::util {
namespace {

TEST(ParseToml, SaysFileAndLineOfWhatIsNotToml) {
  EXPECT_EQ(parse_toml("a.toml", "x = 1")["x"].value<int>(), 1);
  try {
    parse_toml("a.toml", "x = 1\ny = ");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::malformed);
    EXPECT_TRUE(std::string(error.what()).starts_with("a.toml:2: not TOML: ")) << error.what();
  }
}

TEST(TypeName, HasAnArticle) {
  const toml::table table =
      parse_toml("a.toml", "a = {}\nb = []\nc = ''\nd = 1\ne = 1.5\nf = true\ng = 1979-05-27\n");
  std::string names;
  for (const auto& [key, value] : table) {
    names += std::string(type_name(value)) + ",";
  }
  EXPECT_EQ(names, "a table,a list,a string,an integer,a float,a boolean,a date or time,");
}

}  // namespace
}  // namespace cartwheel::util

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/own.h"
#include "settings/settings.h"

namespace cartwheel::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHash(64, 'a');

TEST(Data, EntriesAreFilesFoldersAndUrls) {
  Settings settings =
      own("[[data]]\nfrom = 'models/'\nto = '/srv/models'\ninclude = ['*.bin']\n"
          "exclude = ['old/**']\n"
          "[[data]]\nurl = 'https://h/w.bin'\nsha256 = '" +
          std::string(64, 'A') + "'\nto = '/srv/w/'\n");
  ASSERT_EQ(settings.data.size(), 2U);
  EXPECT_EQ(settings.data[0].from, "models/");
  EXPECT_EQ(settings.data[0].to, "/srv/models");
  EXPECT_THAT(settings.data[0].include, ElementsAre("*.bin"));
  EXPECT_THAT(settings.data[0].exclude, ElementsAre("old/**"));
  EXPECT_EQ(settings.data[1].url, "https://h/w.bin");
  EXPECT_EQ(settings.data[1].sha256, kHash);
  EXPECT_EQ(settings.data[1].to, "/srv/w/");
}

TEST(Data, WrongEntriesAreNamed) {
  struct Row {
    std::string text, message;
  };
  for (const Row& row : std::vector<Row>{
           {"from = '/models'\nto = '/m'",
            "cartwheel.toml:2: data.from: '/models': wanted a path relative to the project"},
           {"to = '/m'", "data.from: '': wanted a path relative to the project"},
           {"from = 'a'\nto = 'm'", "data.to: 'm': wanted an absolute path in the image"},
           {"from = 'a'\nto = '/bin/x'", "data.to: '/bin/x': /bin is a link in the base"},
           {"from = 'a'\nurl = 'https://h/x'\nto = '/m'", "data.url: there is a from as well"},
           {"from = 'a'\nsha256 = '" + kHash + "'\nto = '/m'", "data.sha256: is for a url"},
           {"url = 'https://h/x'\nto = '/m'",
            "data.sha256: '': wanted the 64 hexadecimal digits of the file's SHA-256"},
           {"url = 'https://h/x'\nsha256 = 'abc'\nto = '/m'", "data.sha256: 'abc': wanted the 64"},
           {"url = 'h/x'\nsha256 = '" + kHash + "'\nto = '/m'",
            "data.url: wanted an address that begins with https://"},
           {"url = 'https://h/x'\nsha256 = '" + kHash + "'\nto = '/m'\ninclude = ['a']",
            "data.include: a file behind a url is taken whole"},
           {"form = 'a'\nto = '/m'", "data.form: unknown key (did you mean 'from'?)"}}) {
    EXPECT_THAT(error_of_own("[[data]]\n" + row.text), HasSubstr(row.message)) << row.text;
  }
}

}  // namespace
}  // namespace cartwheel::settings

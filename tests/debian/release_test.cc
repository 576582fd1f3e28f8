#include "debian/release.h"

#include <gtest/gtest.h>

#include "debian/date.h"
#include "util/error.h"

namespace cartwheel::debian {
namespace {

const std::string kHash(64, 'a');

TEST(Date, ReleaseDatesAreUtc) {
  EXPECT_EQ(parse_date("Sat, 11 Jul 2026 10:16:37 UTC", "x"), 1783764997);
  EXPECT_EQ(parse_date("Thu, 01 Jan 1970 00:00:00 GMT", "x"), 0);
  EXPECT_EQ(parse_date("Thu, 29 Feb 2024  1:02:03 +0000", "x"), 1709168523);
  EXPECT_EQ(rfc3339(1783764997), "2026-07-11T10:16:37Z");
  EXPECT_EQ(rfc3339(1709168523), "2024-02-29T01:02:03Z");
}

TEST(Date, OtherFormsAreRefused) {
  for (const char* text : {"",
                           "2026-07-11",
                           "Sat, 11 Jul 2026 10:16:37",
                           "Sat, 11 Jul 2026 10:16:37 CET",
                           "Sat, 31 Feb 2026 10:16:37 UTC",
                           "Sat, 11 Foo 2026 10:16:37 UTC",
                           "Sat, 11 Jul 2026 24:16:37 UTC",
                           "Sat, 11 Jul 2026 10:16 UTC"}) {
    EXPECT_THROW(parse_date(text, "x"), util::Error) << text;
  }
}

TEST(Release, FieldsAndFiles) {
  const Release release = parse_release(
      "Suite: oldstable\nCodename: bookworm\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n"
      "Valid-Until: Sat, 18 Jul 2026 10:16:37 UTC\nAcquire-By-Hash: yes\n"
      "MD5Sum:\n 00 1 main/Packages\nSHA256:\n " +
          kHash + "   42 main/binary-amd64/Packages.xz\n",
      "x");
  EXPECT_EQ(release.suite, "oldstable");
  EXPECT_EQ(release.codename, "bookworm");
  EXPECT_EQ(rfc3339(release.date), "2026-07-11T10:16:37Z");
  EXPECT_EQ(*release.valid_until - release.date, 7 * 86400);
  EXPECT_TRUE(release.acquire_by_hash);
  ASSERT_EQ(release.files.size(), 1U);
  EXPECT_EQ(release.files.at("main/binary-amd64/Packages.xz").size, 42U);
  EXPECT_EQ(release.files.at("main/binary-amd64/Packages.xz").sha256.hex(), kHash);
}

TEST(Release, WithoutWhatIsNeededIsRefused) {
  const std::string date = "Date: Sat, 11 Jul 2026 10:16:37 UTC\n";
  for (const std::string& text : {std::string(),
                                  std::string("Suite: x\n"),
                                  date,
                                  "SHA256:\n " + kHash + " 1 a\n",
                                  date + "SHA256:\n " + kHash + " x a\n",
                                  date + "SHA256:\n " + kHash + " 1\n",
                                  date + "SHA256:\n 00 1 a\n",
                                  date + "SHA256:\n\n\n" + date}) {
    EXPECT_THROW(parse_release(text, "x"), util::Error) << text;
  }
}

}  // namespace
}  // namespace cartwheel::debian

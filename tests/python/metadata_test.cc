#include "python/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HeaderFields, EndAtTheFirstEmptyLine) {
  EXPECT_THAT(header_fields("A: 1\r\nb:2\n\nC: 3\n"), ElementsAre(Pair("A", "1"), Pair("b", "2")));
  EXPECT_THAT(header_fields("A: x:y"), ElementsAre(Pair("A", "x:y")));
  EXPECT_THAT(header_fields("A:\n"), ElementsAre(Pair("A", "")));
  EXPECT_TRUE(header_fields("").empty());
  EXPECT_TRUE(header_fields("\nA: 1\n").empty());
}

TEST(HeaderFields, JoinContinuationLines) {
  EXPECT_THAT(header_fields("A: 1\n  two\n\tthree \nB: 4\n"),
              ElementsAre(Pair("A", "1\ntwo\nthree"), Pair("B", "4")));
  EXPECT_THAT(header_fields(" lost\nA: 1\n"), ElementsAre(Pair("A", "1")));
}

TEST(HeaderFields, EndWhereALineIsNoField) {
  EXPECT_THAT(header_fields("A: 1\nno field here\nB: 2\n"), ElementsAre(Pair("A", "1")));
  EXPECT_THAT(header_fields("A: 1\nhttp x: 2\n"), ElementsAre(Pair("A", "1")));
  EXPECT_THAT(header_fields("A: 1\n: 2\n"), ElementsAre(Pair("A", "1")));
}

TEST(HeaderFields, SkipAByteOrderMark) {
  EXPECT_THAT(header_fields("\xEF\xBB\xBF"
                            "A: 1\n"),
              ElementsAre(Pair("A", "1")));
}

TEST(Metadata, TakesWhatIsAsked) {
  Metadata metadata = Metadata::parse(
      "Metadata-Version: 2.4\n"
      "Name: Demo_Pkg\n"
      "Version: 1.0\n"
      "Summary: Shows things\n"
      "Home-page: https://example.org\n"
      "License-Expression: MIT OR Apache-2.0\n"
      "License-File: LICENSE\n"
      "License-File: NOTICE\n"
      "Classifier: Programming Language :: Python\n"
      "Classifier: License :: OSI Approved :: MIT License\n"
      "Requires-Python: >=3.9\n"
      "Requires-Dist: numpy>=1\n"
      "requires-dist: torch; extra == 'gpu'\n"
      "Provides-Extra: gpu\n"
      "\n"
      "Name: not this one\n");
  EXPECT_EQ(metadata.metadata_version, "2.4");
  EXPECT_EQ(metadata.name, "Demo_Pkg");
  EXPECT_EQ(metadata.version, "1.0");
  EXPECT_EQ(metadata.summary, "Shows things");
  EXPECT_EQ(metadata.home_page, "https://example.org");
  EXPECT_EQ(metadata.license_expression, "MIT OR Apache-2.0");
  EXPECT_EQ(metadata.requires_python, ">=3.9");
  EXPECT_THAT(metadata.license_files, ElementsAre("LICENSE", "NOTICE"));
  EXPECT_THAT(metadata.license_classifiers, ElementsAre("License :: OSI Approved :: MIT License"));
  EXPECT_THAT(metadata.requires_dist, ElementsAre("numpy>=1", "torch; extra == 'gpu'"));
  EXPECT_THAT(metadata.provides_extra, ElementsAre("gpu"));
}

TEST(Metadata, ReadsOldForms) {
  Metadata metadata = Metadata::parse(
      "Metadata-Version: 1.0\nName: old\nVersion: 0.1\nHome-page: UNKNOWN\nLicense: BSD\n        "
      "Redistribution\n"
      "Project-URL: Home Page, https://example.org/x, y\nDescription: long\n        |text\n");
  EXPECT_EQ(metadata.license, "BSD\nRedistribution");
  EXPECT_EQ(metadata.home_page, "https://example.org/x, y");
}

TEST(Metadata, FirstValueOfASingleFieldCounts) {
  EXPECT_EQ(Metadata::parse("Name: a\nName: b\nVersion: 1\n").name, "a");
}

TEST(Metadata, NeedsNameAndVersion) {
  for (const char* bad :
       {"", "Name: a\n", "Version: 1\n", "Name:\nVersion: 1\n", "\nName: a\nVersion: 1\n"}) {
    EXPECT_THROW(Metadata::parse(bad), util::Error) << bad;
  }
}

TEST(WheelFile, IsRead) {
  WheelFile wheel = WheelFile::parse(
      "Wheel-Version: 1.0\nGenerator: hatchling 1.2\nRoot-Is-Purelib: True\nTag: "
      "py2-none-any\nTag: py3-none-any\n"
      "Build: 3\n");
  EXPECT_EQ(wheel.generator, "hatchling 1.2");
  EXPECT_EQ(wheel.build, "3");
  EXPECT_TRUE(wheel.root_is_purelib);
  EXPECT_THAT(wheel.tags, ElementsAre("py2-none-any", "py3-none-any"));
}

TEST(WheelFile, IsPlatlibUnlessItSaysOtherwise) {
  EXPECT_FALSE(WheelFile::parse("Wheel-Version: 1.0\n").root_is_purelib);
  EXPECT_FALSE(WheelFile::parse("Wheel-Version: 1.0\nRoot-Is-Purelib: yes\n").root_is_purelib);
}

TEST(WheelFile, FirstVersionCounts) {
  EXPECT_NO_THROW(WheelFile::parse("Wheel-Version: 1.9\nWheel-Version: 2.0\n"));
}

TEST(WheelFile, RefusesOtherVersions) {
  struct Case {
    const char* text;
    util::ErrorKind kind;
  };
  for (const Case& c : {Case{"", util::ErrorKind::malformed},
                        {"Wheel-Version: x\n", util::ErrorKind::malformed},
                        {"Wheel-Version:\n", util::ErrorKind::malformed},
                        {"Wheel-Version: 2.0\n", util::ErrorKind::unsupported},
                        {"Wheel-Version: 10.0\n", util::ErrorKind::unsupported}}) {
    try {
      WheelFile::parse(c.text);
      ADD_FAILURE() << c.text;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), c.kind) << c.text;
    }
  }
}

}  // namespace
}  // namespace cartwheel::python

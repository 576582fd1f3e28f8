#include "debian/closure.h"

#include <gtest/gtest.h>

#include "debian/relation.h"
#include "util/error.h"

namespace cartwheel::debian {
namespace {

// A package of a paragraph's interesting lines.
Package package(const std::string& name,
                const std::string& version,
                const std::string& fields = "") {
  const std::string text = "Package: " + name + "\nVersion: " + version +
                           "\nArchitecture: amd64\nFilename: pool/" + name +
                           ".deb\nSize: 1\nSHA256: " + std::string(64, '0') + "\n" + fields;
  return parse_package(parse_paragraph(text, "test"), "test");
}

PackageIndex index_of(const std::vector<Package>& packages) {
  PackageIndex index("amd64");
  for (const Package& one : packages) {
    index.add(one);
  }
  return index;
}

std::string solve(const std::vector<Package>& packages, const ClosureRequest& request) {
  const PackageIndex index = index_of(packages);
  std::string text;
  for (const Package* one : closure(index, request)) {
    text += (text.empty() ? "" : " ") + one->name + "=" + one->version;
  }
  return text;
}

std::string error_of(const std::vector<Package>& packages, const ClosureRequest& request) {
  try {
    return "no error: " + solve(packages, request);
  } catch (const util::Error& error) {
    return error.what();
  }
}

TEST(Closure, ARootThatIsVirtualNamesItsProviders) {
  EXPECT_EQ(
      error_of({package("gawk", "1", "Provides: awk\n"), package("mawk", "1", "Provides: awk\n")},
               {.roots = {"awk"}}),
      "package 'awk' is virtual: name one that provides it: gawk, mawk");
}

TEST(Relation, PartsAndAlternatives) {
  const auto groups = parse_relations("a, b:any (>= 1:2~) | c(<<3) ,, d (< 4)", "x");
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0], (Alternatives{{"a", "", "", ""}}));
  EXPECT_EQ(groups[1], (Alternatives{{"b", "any", ">=", "1:2~"}, {"c", "", "<<", "3"}}));
  EXPECT_EQ(groups[2], (Alternatives{{"d", "", "<=", "4"}}));
  EXPECT_EQ(groups[1][0].str(), "b:any (>= 1:2~)");
}

TEST(Relation, BrokenOnesAreRefused) {
  for (const char* text :
       {"a (>= 1", "a (1)", "a (>=)", "a (=> 1)", "(>= 1)", "a | | b", "a [amd64]"}) {
    EXPECT_THROW(parse_relations(text, "x"), util::Error) << text;
  }
}

TEST(Packages, FieldsThatMustBeThere) {
  const std::string good =
      "Package: six\nVersion: 1\nArchitecture: all\nFilename: pool/six.deb\nSize: 7\nSHA256: " +
      std::string(64, 'a');
  EXPECT_EQ(parse_package(parse_paragraph(good, "x"), "x").size, 7U);
  for (const char* other : {"Package: ../six",
                            "Package: ",
                            "Filename: ../six.deb",
                            "Filename: /six.deb",
                            "Size: x",
                            "SHA256: 00",
                            "Version: "}) {
    const std::string name(other, std::string_view(other).find(':') + 1);
    std::string bad = good;
    const std::size_t at = bad.find(name);
    bad.replace(at, bad.find('\n', at) - at, other);
    EXPECT_THROW(parse_package(parse_paragraph(bad, "x"), "x"), util::Error) << bad;
  }
}

TEST(PackageIndex, EachNameHasItsNewestVersion) {
  PackageIndex index("amd64");
  index.add(package("a", "1"));
  index.add(package("a", "1+deb12u2"));
  index.add(package("a", "1+deb12u1"));
  Package foreign = package("a", "9");
  foreign.architecture = "arm64";
  index.add(foreign);
  EXPECT_EQ(index.size(), 1U);
  EXPECT_EQ(index.find("a")->version, "1+deb12u2");
  EXPECT_EQ(index.find("b"), nullptr);
}

TEST(PackageIndex, FirstSuiteStaysWhenVersionsAreEqual) {
  PackageIndex index("amd64");
  Package first = package("a", "1");
  first.suite = "bookworm";
  Package second = package("a", "1");
  second.suite = "bookworm-security";
  index.add(first);
  index.add(second);
  EXPECT_EQ(index.find("a")->suite, "bookworm");
}

TEST(Closure, FollowsDependenciesAndPreDependencies) {
  EXPECT_EQ(solve({package("a", "1", "Depends: b (>= 2)\nPre-Depends: c\n"),
                   package("b", "2", "Depends: a\n"),
                   package("c", "1"),
                   package("d", "1")},
                  {.roots = {"a"}}),
            "a=1 b=2 c=1");
}

TEST(Closure, OmittedDependenciesAreNotFollowed) {
  const std::vector<Package> packages = {package("a", "1", "Depends: b | b-2, c | d\n"),
                                         package("b", "1"),
                                         package("c", "1"),
                                         package("d", "1")};
  EXPECT_EQ(solve(packages, {.roots = {"a"}, .omit = {"b", "b-2", "c"}}), "a=1 c=1");
}

TEST(Closure, ChosenPackageMeetsAnyAlternative) {
  // Left to right would take b; d comes in by a single dependency that is followed first.
  EXPECT_EQ(solve({package("a", "1", "Depends: b | d, c\n"),
                   package("b", "1"),
                   package("c", "1", "Depends: d\n"),
                   package("d", "1")},
                  {.roots = {"a"}}),
            "a=1 c=1 d=1");
}

TEST(Closure, RealPackageIsTakenBeforeVirtualOne) {
  EXPECT_EQ(solve({package("a", "1", "Depends: v | r\n"),
                   package("p", "1", "Provides: v\n"),
                   package("r", "1")},
                  {.roots = {"a"}}),
            "a=1 r=1");
  EXPECT_EQ(solve({package("a", "1", "Depends: r\n"),
                   package("p", "1", "Provides: r\n"),
                   package("r", "1")},
                  {.roots = {"a"}}),
            "a=1 r=1");
}

TEST(Closure, VirtualPackageByPreferenceByPriorityOrByBeingTheOnlyOne) {
  const Package root = package("a", "1", "Depends: awk\n");
  const Package gawk = package("gawk", "1", "Provides: awk\n");
  const Package mawk = package("mawk", "1", "Provides: awk\nPriority: required\n");
  const Package other = package("original-awk", "1", "Provides: awk\n");
  EXPECT_EQ(solve({root, gawk}, {.roots = {"a"}}), "a=1 gawk=1");
  EXPECT_EQ(solve({root, gawk, mawk, other}, {.roots = {"a"}}), "a=1 mawk=1");
  EXPECT_EQ(solve({root, gawk, mawk}, {.roots = {"a"}, .prefer = {{"awk", "gawk"}}}), "a=1 gawk=1");
  EXPECT_EQ(error_of({root, gawk, other}, {.roots = {"a"}}),
            "a needs 'awk', which gawk, original-awk provide: name one under 'prefer'");
}

TEST(Closure, OnlyVersionedProvidesMeetVersionedDependencies) {
  const Package root = package("a", "1", "Depends: v (>= 2)\n");
  EXPECT_EQ(solve({root, package("p", "1", "Provides: v (= 3)\n")}, {.roots = {"a"}}), "a=1 p=1");
  EXPECT_EQ(error_of({root, package("p", "9", "Provides: v\n")}, {.roots = {"a"}}),
            "a needs 'v (>= 2)', which no package meets");
  EXPECT_EQ(error_of({root, package("p", "9", "Provides: v (= 1)\n")}, {.roots = {"a"}}),
            "a needs 'v (>= 2)', which no package meets");
}

TEST(Closure, UnmetDependencyNamesWhoAskedAndWhatThereIs) {
  EXPECT_EQ(error_of({package("a", "1", "Depends: b\n"),
                      package("b", "1", "Depends: c (= 2)\n"),
                      package("c", "3")},
                     {.roots = {"a"}}),
            "a → b needs 'c (= 2)', which no package meets; c 3 is what there is");
  EXPECT_EQ(error_of({package("libgomp1", "1")}, {.roots = {"libgomp"}}),
            "package 'libgomp' is in none of the suites for amd64 (did you mean 'libgomp1'?)");
}

TEST(Closure, ForeignArchitectureIsNotOurs) {
  EXPECT_EQ(
      solve({package("a", "1", "Depends: b:any, c:amd64\n"), package("b", "1"), package("c", "1")},
            {.roots = {"a"}}),
      "a=1 b=1 c=1");
  EXPECT_EQ(error_of({package("a", "1", "Depends: b:i386\n"), package("b", "1")}, {.roots = {"a"}}),
            "a needs 'b:i386', which no package meets; b 1 is what there is");
}

TEST(Closure, ConflictsAndBreaksOfWhatIsChosenAreRefused) {
  EXPECT_EQ(
      error_of({package("a", "1", "Breaks: b (<< 2)\n"), package("b", "1")}, {.roots = {"a", "b"}}),
      "a 1 conflicts with b 1 ('b (<< 2)')");
  EXPECT_EQ(
      solve({package("a", "1", "Breaks: b (<< 2)\n"), package("b", "2")}, {.roots = {"a", "b"}}),
      "a=1 b=2");
  // A package that provides what it conflicts with means the others that do.
  EXPECT_EQ(solve({package("a", "1", "Provides: v\nConflicts: v\n")}, {.roots = {"a"}}), "a=1");
  EXPECT_EQ(error_of({package("a", "1", "Provides: v\nConflicts: v\n"),
                      package("b", "1", "Provides: v\n")},
                     {.roots = {"a", "b"}}),
            "a 1 conflicts with b 1 ('v')");
}

TEST(Closure, InstalledPackagesMeetDependenciesAndAreNotGivenAgain) {
  const std::vector<Package> packages = {package("a", "1", "Depends: b (>= 2), c\n"),
                                         package("b", "2", "Depends: never\n"),
                                         package("c", "1", "Depends: b\n")};
  ClosureRequest request;
  request.roots = {"a"};
  request.installed = {"b"};
  EXPECT_EQ(solve(packages, request), "a=1 c=1");
}

TEST(Closure, WhatIsPutIsTheCandidateEvenIfItIsOlder) {
  PackageIndex index = index_of({package("a", "1", "Depends: b (>= 2)\n"), package("b", "3")});
  index.put(package("b", "1"));
  ClosureRequest request;
  request.roots = {"a"};
  request.installed = {"b"};
  try {
    closure(index, request);
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_STREQ(error.what(),
                 "a needs 'b (>= 2)', which no package meets; b 1 is what there is in the base");
  }
}

}  // namespace
}  // namespace cartwheel::debian

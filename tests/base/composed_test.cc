#include "base/composed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/read_archive.h"
#include "base/debian_archive.h"
#include "util/error.h"

namespace cartwheel::base {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using util::Error;
using util::ErrorKind;

const core::Platform kAmd64{core::Architecture::amd64};

// An archive, a store, and a client that gives up at once.
class Composed : public testing::Test {
 protected:
  tests::DebianArchive archive_{tests::least_debian()};
  util::TempDir folder_;
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  std::unique_ptr<net::Http> http_ = net::make_http({.attempts = 1, .backoff = 0});

  Context context(bool offline = false) {
    return {.http = *http_,
            .store = *store_,
            .progress = util::silent_progress(),
            .project = folder_.path(),
            .threads = 2,
            .offline = offline};
  }
  lock::BasePin pin(const core::Platform& platform = kAmd64) {
    return pin_composed(archive_.definition(), platform, context());
  }
  Error error_of(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::internal, "no error"};
  }
  void expect_pin_fails(ErrorKind kind, const std::string& message) {
    Error error = error_of([&] { pin(); });
    EXPECT_STREQ(util::kind_name(error.kind()), util::kind_name(kind));
    EXPECT_THAT(error.what(), HasSubstr(message));
  }
};

TEST_F(Composed, PinsTheClosureOfItsPackages) {
  archive_.publish();
  lock::BasePin pinned = pin();
  EXPECT_EQ(pinned.kind, "composed");
  EXPECT_EQ(pinned.name, "./test.toml");
  EXPECT_EQ(pinned.digest, archive_.definition().text_digest);
  std::vector<std::string> names;
  for (const lock::BasePackage& package : pinned.packages) {
    names.push_back(package.name + " " + package.version);
  }
  EXPECT_THAT(names,
              ElementsAre("base-files 12.4",
                          "base-passwd 3.6.1",
                          "libc6 2.36-9+deb12u4",
                          "libstdc++6 12.2.0-14",
                          "python3.11-minimal 3.11.2-6"));
  const tests::DebBuilder& libc = archive_.packages()[2];
  EXPECT_EQ(pinned.packages[2].sha256, core::Digest::of(libc.bytes()));
  EXPECT_EQ(pinned.packages[2].size, libc.bytes().size());
  EXPECT_EQ(pinned.packages[2].suite, "bookworm");
  ASSERT_EQ(pinned.releases.size(), 1U);
  EXPECT_EQ(pinned.releases[0].date, "2024-01-06T09:00:00Z");
  EXPECT_EQ(pinned.facts.glibc, "2.36");
  EXPECT_EQ(pinned.facts.python, "3.11.2");
  EXPECT_EQ(pinned.facts.libstdcxx, "3.4.30");
  EXPECT_EQ(pinned.facts.suite, "bookworm");
  EXPECT_THAT(pinned.facts.libraries, testing::Contains("libc.so.6"));
}

TEST_F(Composed, IsTheSameWithoutByHash) {
  archive_.publish();
  lock::BasePin first = pin();
  archive_.by_hash = false;
  archive_.publish();
  EXPECT_EQ(pin().packages, first.packages);
}

TEST_F(Composed, RefusesATextChangedAfterItWasSigned) {
  archive_.publish();
  std::string file = archive_.key().clear_signed(archive_.release_text());
  file.replace(file.find("Origin: Test"), 12, "Origin: Evil");
  archive_.serve_release(file);
  expect_pin_fails(ErrorKind::integrity, "bad signature");
  archive_.serve_release(archive_.release_text());
  expect_pin_fails(ErrorKind::integrity, "no good signature");
}

TEST_F(Composed, RefusesAnotherKey) {
  archive_.publish();
  tests::SigningKey other;
  archive_.serve_release(other.clear_signed(archive_.release_text()));
  expect_pin_fails(ErrorKind::integrity, "no good signature by one of the 1 keys");
}

TEST_F(Composed, RefusesAReleaseThatIsOver) {
  archive_.valid_until = "Sat, 13 Jan 2024 09:00:00 UTC";
  archive_.publish();
  expect_pin_fails(ErrorKind::refused, "was valid until 2024-01-13T09:00:00Z");
  Definition lax = archive_.definition();
  lax.check_valid_until = false;
  EXPECT_EQ(pin_composed(lax, kAmd64, context()).packages.size(), 5U);
}

TEST_F(Composed, RefusesAnotherSuite) {
  archive_.codename = "bullseye";
  archive_.publish();
  expect_pin_fails(ErrorKind::integrity, "wanted the suite 'bookworm', found 'bullseye'");
}

TEST_F(Composed, RefusesAPackageWithOtherBytes) {
  archive_.publish();
  archive_.spoil("base-files");
  expect_pin_fails(ErrorKind::integrity, "base-files");
}

TEST_F(Composed, RefusesWhatTheDefinitionDoesNotExpect) {
  archive_.packages()[2].version = "2.31-13";
  archive_.packages()[3].fields.clear();
  archive_.packages()[4].fields.clear();
  archive_.packages()[4].fields = {{"Depends", "libc6"}};
  archive_.packages()[3].fields = {{"Depends", "libc6"}};
  archive_.publish();
  expect_pin_fails(ErrorKind::refused, "wanted glibc 2.36 and Python 3.11");
}

TEST_F(Composed, RefusesADependencyThatIsNotThere) {
  archive_.packages()[4].fields = {{"Depends", "libnowhere1"}};
  archive_.publish();
  expect_pin_fails(ErrorKind::refused, "libnowhere1");
}

TEST_F(Composed, SaysWhatTheServerSaid) {
  archive_.publish();
  archive_.server().fail_next("/debian/dists/bookworm/InRelease", {.status = 404});
  expect_pin_fails(ErrorKind::not_found, "404");
  archive_.server().fail_next("/debian/dists/bookworm/InRelease", {.status = 403});
  expect_pin_fails(ErrorKind::denied, "403");
  Error offline = error_of([&] { pin_composed(archive_.definition(), kAmd64, context(true)); });
  EXPECT_EQ(offline.kind(), ErrorKind::network);
  EXPECT_THAT(offline.what(), HasSubstr("offline"));
}

TEST_F(Composed, ImageHoldsThePackagesAsIfInstalled) {
  archive_.publish();
  lock::BasePin pinned = pin();
  oci::Image image =
      compose_debian(pinned, archive_.definition(), core::Compression::splice, context());
  EXPECT_EQ(image.created, "2024-01-06T09:00:00Z");
  EXPECT_EQ(image.user, "65532:65532");
  ASSERT_EQ(image.layers.size(), 1U);
  std::map<std::string, std::string> found;
  std::map<std::string, unsigned> modes;
  auto source = image.layers[0].blob->open();
  archive::read_tar(*source, "layer", [&](const archive::ReadEntry& entry, util::Source& content) {
    found[entry.path] = entry.kind == archive::ReadEntry::Kind::symlink
                            ? "-> " + entry.target
                            : util::read_all(content, 1 << 20, entry.path);
    modes[entry.path] = entry.mode;
  });
  EXPECT_EQ(found["usr/bin/python3.11"], "python");
  EXPECT_EQ(found["usr/bin/python3.11-again"], "python") << "a hard link";
  EXPECT_EQ(found["usr/bin/python3"], "-> python3.11");
  EXPECT_EQ(found["usr/bin/python"], "-> python3.11");
  EXPECT_EQ(found["lib"], "-> usr/lib");
  EXPECT_EQ(found["usr/lib/x86_64-linux-gnu/libc.so.6"], "glibc") << "a merged /usr";
  EXPECT_EQ(found["etc/os-release"], "ID=debian\n");
  EXPECT_THAT(found["etc/passwd"], HasSubstr("root:*:0:0:"));
  EXPECT_THAT(found["etc/passwd"], HasSubstr("nonroot:*:65532:65532:"));
  EXPECT_THAT(found["var/lib/dpkg/status"], HasSubstr("Version: 2.36-9+deb12u4"));
  EXPECT_FALSE(found.contains("usr/share/man/man1/python3.11.1"));
  EXPECT_EQ(modes["tmp"], 01777U);
  EXPECT_EQ(modes["root"], 0700U);
}

TEST_F(Composed, IsMadeFromTheStoreTheSecondTime) {
  archive_.publish();
  lock::BasePin pinned = pin();
  oci::Image first =
      compose_debian(pinned, archive_.definition(), core::Compression::splice, context());
  std::size_t requests = archive_.server().requests().size();
  oci::Image second =
      compose_debian(pinned, archive_.definition(), core::Compression::splice, context(true));
  EXPECT_EQ(second.layers[0].descriptor, first.layers[0].descriptor);
  EXPECT_EQ(archive_.server().requests().size(), requests);
  EXPECT_EQ(oci::config_json(second), oci::config_json(first));
}

TEST_F(Composed, NeverRunsAScriptThatNothingStandsInFor) {
  tests::DebBuilder odd{.name = "odd", .version = "1"};
  odd.control = {{"postinst", "#!/bin/sh\nset -e\nfrobnicate --all\n"}};
  archive_.packages().push_back(odd);
  archive_.packages()[4].fields = {{"Depends", "odd"}};
  archive_.publish();
  expect_pin_fails(ErrorKind::unsupported, "nothing here stands in for 'frobnicate'");
}

TEST_F(Composed, RefusesPinsOfAnotherDefinition) {
  archive_.publish();
  lock::BasePin pinned = pin();
  Definition other = parse_definition("./test.toml", archive_.definition_text() + "\n", "/");
  Error error =
      error_of([&] { compose_debian(pinned, other, core::Compression::splice, context()); });
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.what(), HasSubstr("cartwheel base pin"));
}

TEST_F(Composed, PinnedPackageThatLeftTheArchiveIsSaid) {
  archive_.publish();
  lock::BasePin pinned = pin();
  pinned.packages[0].path = "pool/main/gone.deb";
  pinned.packages[0].sha256 = core::Digest::of(std::string("gone"));
  Error error = error_of(
      [&] { compose_debian(pinned, archive_.definition(), core::Compression::splice, context()); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("--upgrade-base"));
}

}  // namespace
}  // namespace cartwheel::base

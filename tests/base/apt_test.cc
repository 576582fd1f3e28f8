#include "base/apt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/read_archive.h"
#include "base/composed.h"
#include "base/debian_archive.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::base {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using util::Error;
using util::ErrorKind;

const core::Platform kAmd64{core::Architecture::amd64};

std::vector<std::string> names_of(const lock::AptPin& pin) {
  std::vector<std::string> names;
  for (const lock::BasePackage& package : pin.packages) {
    names.push_back(package.name + " " + package.version);
  }
  return names;
}

tests::DebBuilder package(const std::string& name,
                          const std::string& version,
                          const std::string& depends = "") {
  tests::DebBuilder out{.name = name, .version = version};
  if (!depends.empty()) {
    out.fields = {{"Depends", depends}};
  }
  out.data.folder("./usr").folder("./usr/bin").file("./usr/bin/" + name, name, 0755);
  return out;
}

// A base that is pinned, and an archive with more packages: tool needs libtool1 and libc6.
class Apt : public testing::Test {
 protected:
  Apt() {
    archive_.packages().push_back(package("tool", "1.0", "libc6 (>= 2.36), libtool1 (>= 1)"));
    archive_.packages().push_back(package("libtool1", "1.2"));
    archive_.packages().push_back(package("other", "3", "mail-agent"));
    archive_.packages().back().fields.emplace_back("Conflicts", "libtool1");
    for (const char* name : {"agent-a", "agent-b"}) {
      archive_.packages().push_back(package(name, "1"));
      archive_.packages().back().fields.emplace_back("Provides", "mail-agent");
    }
    archive_.publish();
    write_definition("");
    base_ = pin_composed(definition(), kAmd64, context());
  }

  void write_definition(const std::string& more) {
    util::write_file(folder_.path() / "test.toml", archive_.definition_text() + more, 0644, false);
  }
  Definition definition() { return find_definition("./test.toml", folder_.path()); }
  Context context(bool offline = false) {
    return {.http = *http_,
            .store = *store_,
            .progress = util::silent_progress(),
            .project = folder_.path(),
            .threads = 2,
            .offline = offline};
  }
  tests::DebBuilder& find(const std::string& name) {
    for (tests::DebBuilder& each : archive_.packages()) {
      if (each.name == name) {
        return each;
      }
    }
    throw Error(ErrorKind::internal, name);
  }
  lock::AptPin pin(std::vector<std::string> roots, const lock::AptPin* old = nullptr) {
    request_.roots = std::move(roots);
    return pin_apt(request_, base_, old, context());
  }
  Error error_of(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::internal, "no error"};
  }
  // The layer's entries: path → content, "-> TARGET" or "/".
  std::map<std::string, std::string> layer_of(const lock::AptPin& pin) {
    const memo::LayerRecord record =
        apt_layer(request_, base_, pin, core::Compression::splice, context());
    util::FileSource source(store_->find(record.blob.digest)->path());
    std::map<std::string, std::string> found;
    archive::read_tar(source, "layer", [&](const archive::ReadEntry& entry, util::Source& content) {
      modes_[entry.path] = entry.mode;
      found[entry.path] = entry.kind == archive::ReadEntry::Kind::symlink ? "-> " + entry.target
                          : entry.kind == archive::ReadEntry::Kind::directory
                              ? "/"
                              : util::read_all(content, 1 << 20, entry.path);
    });
    return found;
  }

  tests::DebianArchive archive_{tests::least_debian()};
  util::TempDir folder_;
  std::shared_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  std::unique_ptr<net::Http> http_ = net::make_http({.attempts = 1, .backoff = 0});
  lock::BasePin base_;
  AptRequest request_;
  std::map<std::string, unsigned> modes_;  // of the last layer's entries
};

TEST_F(Apt, PinsWhatTheBaseHasNot) {
  const lock::AptPin pinned = pin({"tool"});
  EXPECT_THAT(names_of(pinned), ElementsAre("libtool1 1.2", "tool 1.0"));
  EXPECT_THAT(pinned.roots, ElementsAre("tool"));
  EXPECT_EQ(pinned.base, "./test.toml");
  EXPECT_EQ(pinned.releases, base_.releases);
  EXPECT_EQ(pinned.facts.glibc, "2.36");
  EXPECT_EQ(pinned.digest, apt_digest(request_, base_));
  request_.roots = {"libtool1"};
  EXPECT_NE(pinned.digest, apt_digest(request_, base_));
}

// The base's Python does without awk, which its definition omits; others may run it.
TEST_F(Apt, WhatTheBaseDoesWithoutIsForOthers) {
  archive_.packages().push_back(package("report", "1", "awk, debconf"));
  archive_.packages().push_back(package("awk", "2"));
  archive_.publish();
  EXPECT_THAT(names_of(pin({"report"})), ElementsAre("awk 2", "report 1"));
}

TEST_F(Apt, UnknownPackageNamesTheNearest) {
  const Error error = error_of([&] { pin({"tol"}); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_STREQ(error.what(),
               "apt for linux/amd64: package 'tol' is in none of the suites for amd64 (did you "
               "mean 'tool'?)");
}

TEST_F(Apt, ConflictsAndChoicesAreSaid) {
  request_.prefer = {{"mail-agent", "agent-b"}};
  EXPECT_THAT(error_of([&] {
                pin({"other", "tool"});
              }).what(),
              HasSubstr("other 3 conflicts with tool → libtool1 1.2 ('libtool1')"));
  EXPECT_THAT(names_of(pin({"other"})), ElementsAre("agent-b 1", "other 3"));
  request_.prefer.clear();
  EXPECT_THAT(error_of([&] { pin({"other"}); }).what(),
              HasSubstr("other needs 'mail-agent', which agent-a, agent-b provide: name one"));
}

TEST_F(Apt, PinnedVersionsStayWhenMoreIsAskedFor) {
  const lock::AptPin first = pin({"libtool1"});
  find("libtool1").version = "1.3";
  find("libc6").version = "2.36-9+deb12u5";
  find("tool").fields = {{"Depends", "libtool1 (>= 1.2), libc6 (>= 2.36-9+deb12u4)"}};
  archive_.publish();
  EXPECT_THAT(names_of(pin({"libtool1", "tool"}, &first)), ElementsAre("libtool1 1.2", "tool 1.0"));
  EXPECT_THAT(names_of(pin({"libtool1", "tool"})), ElementsAre("libtool1 1.3", "tool 1.0"));
}

TEST_F(Apt, WhatThePinnedBaseDoesNotMeetIsRefusedNeverChanged) {
  find("libc6").version = "2.36-9+deb12u5";
  find("tool").fields = {{"Depends", "libc6 (>= 2.36-9+deb12u5)"}};
  archive_.publish();
  const Error error = error_of([&] { pin({"tool"}); });
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_THAT(error.what(), HasSubstr("libc6 2.36-9+deb12u4 is what there is in the base"));
  EXPECT_THAT(error.what(), HasSubstr("cartwheel base update"));
}

TEST_F(Apt, LayerHoldsWhatChangesAndNothingElse) {
  find("tool").control = {
      {"postinst",
       "#!/bin/sh\nset -e\nadduser --system --group --home /nonexistent runner\n"
       "update-alternatives --install /usr/bin/do do /usr/bin/tool 10\ntouch /var/tmp/mark\n"}};
  find("libtool1")
      .data.folder("./usr/share")
      .folder("./usr/share/man")
      .file("./usr/share/man/left-out", "x");
  archive_.publish();
  const std::map<std::string, std::string> layer = layer_of(pin({"tool"}));
  EXPECT_EQ(layer.at("usr/bin/tool"), "tool");
  EXPECT_EQ(layer.at("usr/bin/do"), "-> /etc/alternatives/do");
  EXPECT_EQ(layer.at("etc/alternatives/do"), "-> /usr/bin/tool");
  EXPECT_THAT(layer.at("etc/passwd"), HasSubstr("runner:x:100:100::/nonexistent:"));
  EXPECT_THAT(layer.at("etc/passwd"), HasSubstr("nonroot:*:65532:"));
  EXPECT_THAT(layer.at("var/lib/dpkg/status"), HasSubstr("Package: tool\n"));
  EXPECT_THAT(layer.at("var/lib/dpkg/status"), HasSubstr("Package: libc6\n"));
  EXPECT_EQ(modes_.at("var/tmp"), 01777U) << "as in the base";
  EXPECT_EQ(layer.count("usr/bin/python3.11"), 0U);
  EXPECT_EQ(layer.count("usr/share/man/left-out"), 0U);
  EXPECT_EQ(layer.count("var/lib/dpkg/info/libc6.list"), 0U);
}

TEST_F(Apt, LayerComesFromTheMemoTheSecondTime) {
  const lock::AptPin pinned = pin({"tool"});
  layer_of(pinned);
  const std::size_t requests = archive_.server().requests().size();
  const memo::LayerRecord again =
      apt_layer(request_, base_, pinned, core::Compression::splice, context(true));
  EXPECT_EQ(again.kind, "debian");
  EXPECT_EQ(again.packages.size(), 2U);
  EXPECT_EQ(archive_.server().requests().size(), requests);
}

TEST_F(Apt, ScriptThatNothingStandsInForIsRefusedUntilItIsAcknowledged) {
  find("tool").control = {{"postinst", "#!/bin/sh\nset -e\nfrobnicate --all\n"}};
  archive_.publish();
  const Error error = error_of([&] { pin({"tool"}); });
  EXPECT_EQ(error.kind(), ErrorKind::unsupported);
  EXPECT_THAT(error.what(),
              HasSubstr("package 'tool' 1.0: its postinst: line 3: 'frobnicate --all'"));
  EXPECT_THAT(error.what(), HasSubstr("apt-scripts = { \"tool\" = \"skip\" }"));
  request_.skips_scripts = {"tool"};
  EXPECT_EQ(layer_of(pin({"tool"})).at("usr/bin/tool"), "tool");
}

TEST_F(Apt, SameFileInTwoPackagesIsRefused) {
  find("libtool1").data.file("./usr/bin/tool", "another");
  archive_.publish();
  EXPECT_THAT(error_of([&] { layer_of(pin({"tool"})); }).what(),
              HasSubstr("both have 'usr/bin/tool'"));
}

TEST_F(Apt, ImageAsBaseIsRefused) {
  base_.name = "oci:somewhere";
  EXPECT_THAT(error_of([&] { pin({"tool"}); }).what(), HasSubstr("is an image"));
}

TEST_F(Apt, PackageThatLeftTheArchiveComesFromTheSnapshot) {
  const std::string gone = "/snapshot/20240106T210000Z/pool/main/tool/tool_1.0_amd64.deb";
  const std::string old = find("tool").bytes();
  write_definition("[snapshots]\nbookworm = \"" + archive_.server().url("/snapshot/{date}") +
                   "\"\n");
  base_ = pin_composed(definition(), kAmd64, context());
  const lock::AptPin pinned = pin({"tool"});
  store_->remove(pinned.packages.back().sha256);
  for (int request = 0; request < 4; ++request) {  // twice for each try
    archive_.server().fail_next("/debian/pool/main/tool/tool_1.0_amd64.deb", {.status = 404});
  }
  const Error error = error_of([&] { layer_of(pinned); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("tool 1.0 was pinned in cartwheel.lock and has left"));
  EXPECT_THAT(error.what(), HasSubstr("--upgrade-base"));
  archive_.server().serve(gone, old);
  EXPECT_EQ(layer_of(pinned).at("usr/bin/tool"), "tool");
}

}  // namespace
}  // namespace cartwheel::base

#include "build/runtime.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/apt.h"
#include "util/error.h"
#include "util/file.h"

namespace cartwheel::build {
namespace {

using facts::BaseFacts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

// "home/nonroot 2775 65532:0"
std::vector<std::string> texts(const std::vector<BaseFacts::Parent>& folders) {
  std::vector<std::string> out;
  for (const BaseFacts::Parent& folder : folders) {
    std::ostringstream text;
    text << folder.path << ' ' << std::oct << folder.mode << std::dec << ' ' << folder.uid << ':'
         << folder.gid;
    out.push_back(text.str());
  }
  return out;
}

lock::BasePin composed() {
  lock::BasePin pin{.platform = core::Platform::parse("linux/amd64"), .name = "debian"};
  pin.facts.parents = {{.path = "home/nonroot", .mode = 0755, .uid = 65532, .gid = 65532},
                       {.path = "root", .mode = 0700},
                       {.path = "tmp", .mode = 01777},
                       {.path = "var/local", .mode = 02775, .gid = 50}};
  return pin;
}

class RuntimeOf : public testing::Test {
 protected:
  Runtime make() { return make_runtime(settings_, composed(), {}, {}, *store_); }

  util::TempDir folder_;
  std::unique_ptr<store::Store> store_ = store::open_store(folder_.path() / "store");
  settings::Settings settings_;
};

TEST_F(RuntimeOf, AComposedBaseIsTheKnownAccountAndReadsNothing) {
  Runtime runtime = make();
  EXPECT_EQ(runtime.account, base::default_account());
  EXPECT_TRUE(runtime.files.empty());
  EXPECT_EQ(runtime.bundle, "");
  EXPECT_THAT(texts(runtime.folders), ElementsAre("app 755 0:0", "home/nonroot 2775 65532:0"));
}

TEST_F(RuntimeOf, WritableFoldersAreOfGroupRootAndTheBasesAboveThemStay) {
  settings_.writable = {"/var/local/app/", "/srv/out"};
  settings_.cache = "/var/cache/app";
  settings_.workdir = "/srv/out";
  EXPECT_THAT(texts(make().folders),
              ElementsAre("home/nonroot 2775 65532:0",
                          "srv/out 2775 65532:0",
                          "var/cache/app 2775 65532:0",
                          "var/local 2775 0:50",
                          "var/local/app 2775 65532:0"));
}

TEST_F(RuntimeOf, LayersAboveGiveFoldersWhatTheyHave) {
  EXPECT_THAT(texts(layer_parents(make(), composed())),
              ElementsAre("app 755 0:0",
                          "home/nonroot 2775 65532:0",
                          "root 700 0:0",
                          "tmp 1777 0:0",
                          "var/local 2775 0:50"));
  EXPECT_THAT(
      texts(layer_parents(settings_, composed())),
      ElementsAre(
          "home/nonroot 2775 65532:0", "root 700 0:0", "tmp 1777 0:0", "var/local 2775 0:50"));
}

TEST_F(RuntimeOf, EnvironmentSaysWhoItIsAndWhereItMayWrite) {
  plan::Plan plan{.target = plan::make_target(core::Platform::parse("linux/amd64"),
                                              python::Glibc::parse("2.36"),
                                              python::PythonVersion::parse("3.11"),
                                              "")};
  plan.packages.push_back({.name = "torch"});
  Runtime runtime = make();
  EXPECT_THAT(runtime_environment(runtime, plan, settings_),
              ElementsAre(Pair("HOME", "/home/nonroot"),
                          Pair("TORCHINDUCTOR_CACHE_DIR", "/tmp/cache/torchinductor"),
                          Pair("TORCH_HOME", "/tmp/cache/torch"),
                          Pair("USER", "nonroot"),
                          Pair("XDG_CACHE_HOME", "/tmp/cache")));
  runtime.bundle = "/etc/ssl/certs/ca-certificates.crt";
  auto environment = runtime_environment(runtime, plan, settings_);
  for (const char* name : {"SSL_CERT_FILE",
                           "REQUESTS_CA_BUNDLE",
                           "CURL_CA_BUNDLE",
                           "AWS_CA_BUNDLE",
                           "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"}) {
    EXPECT_THAT(environment, testing::Contains(Pair(name, runtime.bundle)));
  }
}

TEST(RuntimeFindings, NameWhatAClusterDoesNotTakeAndWhatCannotRun) {
  settings::Settings settings;
  EXPECT_TRUE(runtime_findings(settings, true).empty());
  for (const char* root : {"0", "root", "0:0"}) {
    settings.user = root;
    ASSERT_EQ(runtime_findings(settings, true).size(), 1U) << root;
    EXPECT_EQ(runtime_findings(settings, true)[0].code, "runs-as-root");
  }
  settings.user = "1000:0";
  settings.healthcheck = settings::Healthcheck{.shell = "true"};
  ASSERT_EQ(runtime_findings(settings, true).size(), 1U);
  EXPECT_EQ(runtime_findings(settings, true)[0].code, "healthcheck-shell");
  EXPECT_TRUE(runtime_findings(settings, false).empty());
  settings.healthcheck = settings::Healthcheck{.command = {"true"}};
  EXPECT_TRUE(runtime_findings(settings, true).empty());
}

// Debian's /bin/sh is that of dash, which a composed base has only when it is asked for.
TEST(LacksShell, IsSaidOfPinnedPackagesAlone) {
  settings::Settings settings;
  const core::Platform amd64 = core::Platform::parse("amd64");
  lock::BaseLock lock;
  EXPECT_FALSE(lacks_shell(settings, lock, amd64, ""));
  lock.bases.push_back({.platform = amd64, .kind = "composed", .name = settings.base});
  EXPECT_TRUE(lacks_shell(settings, lock, amd64, ""));
  settings.apt = {{"all", {"git"}}};
  EXPECT_FALSE(lacks_shell(settings, lock, amd64, "")) << "not pinned: it may come with git";
  lock::AptPin apt{.platform = amd64, .base = settings.base, .packages = {{.name = "git"}}};
  apt.digest = base::apt_digest(apt_request(settings, amd64), lock.bases[0]);
  lock.apt.push_back(apt);
  EXPECT_TRUE(lacks_shell(settings, lock, amd64, ""));
  lock.apt[0].packages.push_back({.name = "dash"});
  EXPECT_FALSE(lacks_shell(settings, lock, amd64, ""));
  lock.apt.clear();
  settings.apt.clear();
  lock.bases[0].kind = "image";
  EXPECT_FALSE(lacks_shell(settings, lock, amd64, ""));
}

TEST_F(RuntimeOf, CertificatesThatAreNotThereAreNamed) {
  settings_.ca_certificates = {"corp.pem"};
  try {
    company_certificates(settings_, folder_.path());
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_EQ(error.kind(), util::ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("ca-certificates"));
    EXPECT_THAT(error.what(), HasSubstr("corp.pem"));
  }
}

}  // namespace
}  // namespace cartwheel::build

// stop-signal, healthcheck, init, writable, cache, ca-certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "settings/own.h"
#include "settings/settings.h"

namespace cartwheel::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Runtime, DefaultsKeepCachesWhereAReadOnlyContainerCanWrite) {
  Settings settings = own("");
  EXPECT_EQ(settings.cache, "/tmp/cache");
  EXPECT_FALSE(settings.init);
  EXPECT_FALSE(settings.healthcheck);
  EXPECT_TRUE(settings.writable.empty());
  EXPECT_TRUE(settings.ca_certificates.empty());
}

TEST(Runtime, KeysAreRead) {
  Settings settings =
      own("init = true\nwritable = ['/var/lib/app', '/srv/out']\ncache = '/var/cache/app'\n"
          "ca-certificates = ['certs/corp.pem', '../other.pem']\n");
  EXPECT_TRUE(settings.init);
  EXPECT_THAT(settings.writable, ElementsAre("/var/lib/app", "/srv/out"));
  EXPECT_EQ(settings.cache, "/var/cache/app");
  EXPECT_THAT(settings.ca_certificates, ElementsAre("certs/corp.pem", "../other.pem"));
}

TEST(Runtime, StopSignalHasOneSpelling) {
  struct Row {
    const char *text, *canonical;
  };
  for (const Row& row : std::vector<Row>{{"SIGTERM", "SIGTERM"},
                                         {"term", "SIGTERM"},
                                         {"SigInt", "SIGINT"},
                                         {"9", "9"},
                                         {"SIGRTMIN+3", "SIGRTMIN+3"},
                                         {"RTMAX-1", "SIGRTMAX-1"},
                                         {"SIGRTMIN", "SIGRTMIN"}}) {
    EXPECT_EQ(own("stop-signal = '" + std::string(row.text) + "'").stop_signal, row.canonical);
  }
  for (const char* bad :
       {"", "0", "65", "-1", "SIGFOO", "SIGRTMIN-3", "SIGRTMIN+31", "15 ", "SIG"}) {
    EXPECT_THAT(error_of_own("stop-signal = '" + std::string(bad) + "'"),
                HasSubstr("wanted a signal as \"SIGTERM\" or 1 to 64"))
        << bad;
  }
  EXPECT_THAT(error_of_own("stop-signal = 'SIGTREM'"), HasSubstr("(did you mean 'SIGTERM'?)"));
}

TEST(Healthcheck, IsAProgramOrALineForTheShell) {
  EXPECT_EQ(own("healthcheck = ['python', '-c', '']").healthcheck,
            (Healthcheck{.command = {"python", "-c", ""}}));
  EXPECT_EQ(own("healthcheck = 'true || false'").healthcheck,
            Healthcheck{.shell = "true || false"});
}

TEST(Healthcheck, HasTimesAndRetries) {
  Settings settings = own(R"(
[healthcheck]
command = ["python", "check.py"]
interval = "1m30s"
timeout = "500ms"
start-period = "2h"
start-interval = "1s"
retries = 5
)");
  EXPECT_EQ(settings.healthcheck,
            (Healthcheck{.command = {"python", "check.py"},
                         .interval = 90'000'000'000,
                         .timeout = 500'000'000,
                         .start_period = 7'200'000'000'000,
                         .start_interval = 1'000'000'000,
                         .retries = 5}));
}

TEST(Healthcheck, WrongOnesAreNamed) {
  struct Row {
    const char *text, *message;
  };
  for (const Row& row : std::vector<Row>{
           {"healthcheck = ''", "cartwheel.toml:1: healthcheck: is empty"},
           {"healthcheck = []", "healthcheck: wanted a program and its arguments"},
           {"healthcheck = 3", "healthcheck: wanted a string, found an integer"},
           {"[healthcheck]\ninterval = '1s'",
            "healthcheck.command: wanted a list of strings, or a line for /bin/sh"},
           {"[healthcheck]\ncommand = 'x'\nretries = 0",
            "healthcheck.retries: 0: wanted 1 to 1000"},
           {"[healthcheck]\ncommand = 'x'\ntimeout = '5'",
            "healthcheck.timeout: '5': wanted a time as \"30s\" or \"1m30s\", from 1ms to 24h"},
           {"[healthcheck]\ncommand = 'x'\ntimeout = '1us'", "from 1ms to 24h"},
           {"[healthcheck]\ncommand = 'x'\ntimeout = '25h'", "from 1ms to 24h"},
           {"[healthcheck]\ncommand = 'x'\ntimeout = '99999999999999999999s'", "from 1ms to 24h"},
           {"[healthcheck]\ncommand = 'x'\ninterval = '-1s'", "from 1ms to 24h"},
           {"[healthcheck]\ncommand = 'x'\ntime-out = '1s'",
            "healthcheck.time-out: unknown key (did you mean 'timeout'?)"}}) {
    EXPECT_THAT(error_of_own(row.text), HasSubstr(row.message)) << row.text;
  }
}

TEST(Runtime, FoldersAreAbsoluteAndNoLinksOfTheBase) {
  for (const char* bad : {"app", "/", "/a/../b", ""}) {
    EXPECT_THAT(error_of_own("writable = ['" + std::string(bad) + "']"),
                HasSubstr("wanted an absolute path as /var/lib/app"))
        << bad;
    EXPECT_THAT(error_of_own("cache = '" + std::string(bad) + "'"),
                HasSubstr("wanted an absolute"));
  }
  EXPECT_THAT(error_of_own("writable = ['/var/run/app']"),
              HasSubstr("/var/run is a link in the base"));
  EXPECT_THAT(error_of_own("writable = ['/lib/app']"), HasSubstr("/lib is a link in the base"));
  EXPECT_EQ(error_of_own("writable = ['/library', '/var/running']"), "");
}

TEST(Runtime, CertificatesAreOfTheProject) {
  EXPECT_THAT(error_of_own("ca-certificates = ['/etc/corp.pem']"),
              HasSubstr("ca-certificates: '/etc/corp.pem': wanted a path relative to the project"));
}

}  // namespace
}  // namespace cartwheel::settings

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/apt.h"

namespace cartwheel::build {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const core::Platform kAmd64 = core::Platform::parse("amd64");

TEST(AutomaticPackages, AreAddedToThoseAskedFor) {
  settings::Settings settings;
  settings.apt = {{"all", {"git"}}, {"linux/amd64", {"libgl1", "ffmpeg"}}};
  settings.apt_auto = true;
  plan::Needs needs{.checked = true, .apt = {"libgl1", "libglib2.0-0"}};
  add_automatic_packages(settings, needs, nullptr, kAmd64);
  EXPECT_THAT(apt_request(settings, kAmd64).roots,
              ElementsAre("ffmpeg", "git", "libgl1", "libglib2.0-0"));
  EXPECT_THAT(apt_request(settings, core::Platform::parse("arm64")).roots, ElementsAre("git"));
}

TEST(AutomaticPackages, StayAsTheyWerePinnedWhileNothingIsKnown) {
  settings::Settings settings;
  settings.apt_auto = true;
  lock::AptPin pinned;
  pinned.roots = {"libgl1"};
  add_automatic_packages(settings, plan::Needs(), &pinned, kAmd64);
  EXPECT_THAT(apt_request(settings, kAmd64).roots, ElementsAre("libgl1"));
}

TEST(AutomaticPackages, NoneUnlessAskedFor) {
  settings::Settings settings;
  plan::Needs needs{.checked = true, .apt = {"libgl1"}};
  add_automatic_packages(settings, needs, nullptr, kAmd64);
  EXPECT_THAT(apt_request(settings, kAmd64).roots, IsEmpty());
  settings.jit = "gcc";
  EXPECT_THAT(apt_request(settings, kAmd64).roots, ElementsAre("gcc", "libc6-dev"));
}

}  // namespace
}  // namespace cartwheel::build

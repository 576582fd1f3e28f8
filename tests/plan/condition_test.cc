#include "plan/condition.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "plan/lock_text.h"
#include "util/error.h"

namespace cartwheel::plan {
namespace {

const std::vector<std::string> kNames = {"extra-1-p-a", "extra-1-p-b", "group-1-p-c"};

python::Marker marker(const std::string& text) { return python::Marker::parse(text); }

// What is active by the bits of a number.
ActiveNames active(unsigned bits) {
  ActiveNames out;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if ((bits >> i & 1U) != 0) {
      out.insert(kNames[i]);
    }
  }
  return out;
}

const std::vector<std::string> kMarkers = {
    "extra == 'extra-1-p-a'",
    "extra != 'extra-1-p-a'",
    "'extra-1-p-b' == extra",
    "sys_platform == 'linux'",
    "sys_platform == 'win32' or extra == 'group-1-p-c'",
    "sys_platform == 'linux' and extra != 'group-1-p-c'",
    "(extra == 'extra-1-p-a' or extra == 'extra-1-p-b') and extra != 'group-1-p-c'",
    "extra == 'extra-1-p-a' or extra == 'extra-1-p-b' and extra != 'group-1-p-c'",
    "(extra == 'extra-1-p-a' and extra != 'extra-1-p-a') or platform_machine not in 'x86_64 "
    "aarch64'",
    "(python_full_version < '3.12' and (extra != 'extra-1-p-b' or (extra == 'extra-1-p-a' and "
    "os_name == 'posix')))",
};

TEST(Conditions, HoldWhereTheMarkerHolds) {
  Target target = target_for("linux/amd64");
  Conditions conditions;
  for (const std::string& text : kMarkers) {
    Conditions::Id id = conditions.of(marker(text), target.environment);
    for (unsigned bits = 0; bits < 8; ++bits) {
      python::MarkerEnvironment environment = target.environment;
      environment.extras = active(bits);
      EXPECT_EQ(conditions.holds(id, active(bits)), marker(text).evaluate(environment))
          << text << " " << bits;
    }
  }
}

TEST(Conditions, BothAndEitherAreThoseOfLogic) {
  Target target = target_for("linux/amd64");
  Conditions conditions;
  std::vector<Conditions::Id> ids = {Conditions::kNever, Conditions::kAlways};
  for (const std::string& text : kMarkers) {
    ids.push_back(conditions.of(marker(text), target.environment));
  }
  for (Conditions::Id a : ids) {
    for (Conditions::Id b : ids) {
      for (unsigned bits = 0; bits < 8; ++bits) {
        bool left = conditions.holds(a, active(bits));
        bool right = conditions.holds(b, active(bits));
        EXPECT_EQ(conditions.holds(conditions.both(a, b), active(bits)), left && right);
        EXPECT_EQ(conditions.holds(conditions.either(a, b), active(bits)), left || right);
      }
    }
  }
}

TEST(Conditions, EqualFunctionsHaveEqualIds) {
  Target target = target_for("linux/amd64");
  Conditions conditions;
  auto id = [&](const std::string& text) {
    return conditions.of(marker(text), target.environment);
  };
  EXPECT_EQ(id("extra == 'a' and extra == 'b'"),
            id("extra == 'b' and (extra == 'a' and sys_platform == 'linux')"));
  EXPECT_EQ(id("extra == 'a' or extra != 'a'"), Conditions::kAlways);
  EXPECT_EQ(id("extra == 'a' and extra != 'a'"), Conditions::kNever);
  EXPECT_EQ(conditions.of(python::Marker(), target.environment), Conditions::kAlways);
}

TEST(Conditions, TooManyNamesAreRefused) {
  Target target = target_for("linux/amd64");
  Conditions conditions;
  auto ask = [&] {
    for (int i = 0; i < 5000; ++i) {
      conditions.of(marker("extra == 'n" + std::to_string(i) + "'"), target.environment);
    }
  };
  EXPECT_THROW(ask(), util::Error);
}

}  // namespace
}  // namespace cartwheel::plan

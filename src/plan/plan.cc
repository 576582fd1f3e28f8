#include "plan/plan.h"

namespace cartwheel::plan {

const char* severity_name(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::debug:
      return "debug";
    case Severity::info:
      break;
  }
  return "info";
}

const char* origin_name(Origin origin) {
  switch (origin) {
    case Origin::wheel:
      return "wheel";
    case Origin::sdist:
      return "sdist";
    case Origin::git:
      return "git";
    case Origin::archive:
      return "archive";
    case Origin::directory:
      return "directory";
    case Origin::missing:
      break;
  }
  return "missing";
}

Total total_of(const Plan& plan) {
  Total total;
  for (const PlannedPackage& package : plan.packages) {
    if (package.wheel && package.wheel->size) {
      total.bytes += *package.wheel->size;
    } else {
      ++total.unknown;
    }
  }
  return total;
}

}  // namespace cartwheel::plan

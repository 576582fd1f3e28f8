#include "core/platform.h"

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::core {

Platform Platform::parse(std::string_view text) {
  std::string_view name = text;
  if (name.starts_with("linux/")) {
    name.remove_prefix(6);
  }
  if (name == "amd64" || name == "x86_64") {
    return {Architecture::amd64};
  }
  if (name == "arm64" || name == "arm64/v8" || name == "aarch64") {
    return {Architecture::arm64};
  }
  throw util::Error(util::ErrorKind::usage,
                    fmt::format("platform '{}': wanted linux/amd64 or linux/arm64", text));
}

std::string Platform::str() const { return "linux/" + oci_name(); }

std::string Platform::oci_name() const {
  return architecture == Architecture::amd64 ? "amd64" : "arm64";
}

std::string Platform::oci_variant() const {
  return architecture == Architecture::amd64 ? "" : "v8";
}

std::string Platform::machine() const {
  return architecture == Architecture::amd64 ? "x86_64" : "aarch64";
}

std::string Platform::triplet() const { return machine() + "-linux-gnu"; }

}  // namespace cartwheel::core

#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace cartwheel::core {

// The two machines that images are made for.
enum class Architecture { amd64, arm64 };

// An OCI platform: always linux; arm64 has the variant v8 (image-spec, image-index.md).
struct Platform {
  Architecture architecture = Architecture::amd64;

  // "linux/amd64", "amd64", "x86_64", "linux/arm64", "linux/arm64/v8", "arm64", "aarch64"; throws
  // Error{usage}.
  static Platform parse(std::string_view text);
  std::string str() const;          // "linux/amd64"
  std::string oci_name() const;     // "amd64", "arm64": GOARCH, and Debian's name too
  std::string oci_variant() const;  // "", "v8"
  std::string machine() const;      // "x86_64", "aarch64": uname -m, PEP 508 platform_machine
  std::string triplet() const;  // "x86_64-linux-gnu", "aarch64-linux-gnu": Debian's library folder
  auto operator<=>(const Platform&) const = default;  // amd64 before arm64
};

}  // namespace cartwheel::core

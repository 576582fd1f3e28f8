#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"
#include "core/platform.h"
#include "facts/base_facts.h"

namespace cartwheel::lock {

// cartwheel.lock (docs/formats.md section 12): what the Python lock cannot hold.
struct BasePackage {  // a Debian package
  std::string name, version, arch;
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::uint64_t size = 0;
  std::string path;   // below the archive's root: "pool/main/…"
  std::string suite;  // "bookworm", "bookworm-security"
  bool operator==(const BasePackage&) const = default;
};
struct BaseRelease {  // the signed Release that the packages come from
  std::string url;    // of the suite, without credentials
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::string date;  // RFC 3339
  bool operator==(const BaseRelease&) const = default;
};
struct BaseArchive {     // a Python on top of the packages
  std::string location;  // URL without credentials, or a path that is meant from the definition
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::optional<std::uint64_t> size;  // bytes
  bool operator==(const BaseArchive&) const = default;
};
struct BasePin {
  core::Platform platform;
  std::string kind = "composed";  // or "image"; "archive": composed, with `archive` on top
  std::string name;               // "debian12-python3.11", "oci:…"
  std::string digest;             // composed: of the definition's text; image: of the manifest
  std::vector<BasePackage> packages;
  std::vector<BaseRelease> releases;
  std::optional<BaseArchive> archive;
  facts::BaseFacts facts;
  bool operator==(const BasePin&) const = default;
};
// Debian packages on top of a base (the setting `apt`), with the signed Releases that they come
// from.
struct AptPin {
  core::Platform platform;
  std::string base;                // name of the base's pin
  std::string variant;             // of the settings, or ""
  std::string digest;              // of what was asked for and of the base's packages
  std::vector<std::string> roots;  // the packages asked for, sorted
  std::vector<BasePackage> packages;
  std::vector<BaseRelease> releases;
  facts::BaseFacts facts;  // of the base with these packages
  bool operator==(const AptPin&) const = default;
};
struct BuiltWheel {  // [[built]]: only of immutable sources
  std::string name, version, source, filename;
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::uint64_t size = 0;
  std::string frontend;
  bool operator==(const BuiltWheel&) const = default;
};
// A Debian package of which one static program goes into images, whatever their base: tini,
// busybox-static.
struct ToolPin {
  core::Platform platform;
  BasePackage package;
  std::string archive;  // where package.path lies: a URL without credentials
  BaseRelease release;  // of package.suite
  bool operator==(const ToolPin&) const = default;
};
struct BaseLock {
  std::vector<BasePin> bases;  // one for each platform and base (variants may have several)
  std::vector<ToolPin> tools;  // each package once for a platform
  std::vector<AptPin> apt;     // one for each platform, base and variant at most
  std::vector<BuiltWheel> built;
  bool operator==(const BaseLock&) const = default;
};

BaseLock read_base_lock(
    std::string_view text);  // Error{malformed} "cartwheel.lock:LINE: …", Error{unsupported}
std::string base_lock_text(const BaseLock& lock);  // sorted; equal values give equal bytes

}  // namespace cartwheel::lock

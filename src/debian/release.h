#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.h"

namespace cartwheel::debian {

// What the Release file of a suite says (wiki.debian.org/DebianRepository/Format).
struct Release {
  struct File {
    core::Digest sha256 = core::Digest::of(std::string_view());
    std::uint64_t size = 0;  // bytes
  };
  std::string suite, codename;
  std::int64_t date = 0;                    // seconds since 1970
  std::optional<std::int64_t> valid_until;  // the same
  bool acquire_by_hash = false;
  std::map<std::string, File>
      files;  // "main/binary-amd64/Packages.xz" → its hash: the section SHA256
};

// `text`: what the signature covers, never the InRelease file as it is. Throws Error{malformed}.
Release parse_release(std::string_view text, const std::string& place);

}  // namespace cartwheel::debian

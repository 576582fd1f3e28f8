#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "util/stream.h"

namespace cartwheel::transport {

// Where the files of a plain tar lie, found from its headers alone (POSIX ustar and pax, GNU long
// names): blobs can then be read again and again in place, which no streaming reader can give.
class TarIndex {
 public:
  struct Member {
    std::uint64_t offset = 0;  // of the content
    std::uint64_t size = 0;    // bytes
  };

  // Throws Error{malformed} for a wrong checksum, a member that reaches past the end and a file
  // that is there twice, Error{unsupported} for a compressed tar and sparse members.
  explicit TarIndex(const util::RandomAccess& tar);

  // A regular file; links (docker save makes them for layers that are there twice) are followed.
  // path without leading "./".
  std::optional<Member> find(const std::string& path) const;

 private:
  std::map<std::string, Member> files_;
  std::map<std::string, std::string> links_;  // path → path
};

}  // namespace cartwheel::transport

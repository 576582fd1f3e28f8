#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "archive/zip.h"
#include "archive/zip_directory.h"
#include "util/error.h"

namespace cartwheel::archive {

// The general purpose flags (APPNOTE 4.4.4) that say how to read a member; 1 and 2 say only how
// well it was compressed.
inline constexpr std::uint16_t kEncrypted = 1 << 0;
inline constexpr std::uint16_t kDescriptor = 1 << 3;
inline constexpr std::uint16_t kPatch = 1 << 5;
inline constexpr std::uint16_t kStrongEncryption = 1 << 6;
inline constexpr std::uint16_t kUtf8 = 1 << 11;
inline constexpr std::uint16_t kMasked = 1 << 13;

// A member that the central directory lists.
struct ListedMember {
  ZipMember member;
  std::uint16_t flags = 0;
};

// Compares each local header with what the central directory says, and sets data_offset. listed: in
// order of the local headers. Refuses members that overlap, and local headers that the directory
// does not list.
void read_local_headers(const util::RandomAccess& file,
                        const ZipDirectory& directory,
                        std::vector<ListedMember>& found);

// "member 'NAME' at OFFSET"
std::string place_of(const ZipMember& member);
util::Error malformed(const ZipMember& member, const std::string& what);

// util::in_context, but the place is only put into words when it is needed.
template <typename Body>
auto in_member(const ZipMember& member, Body&& body) {
  try {
    return body();
  } catch (const util::Error& error) {
    throw error.within(place_of(member));
  }
}

}  // namespace cartwheel::archive

// The central directory (APPNOTE 6.3.10 section 4.3.12), a header for each member:
//
//   "PK\1\2" u16 made by u16 needed u16 flags u16 method u16 time u16 date u32 crc
//   u32 compressed u32 size u16 name size u16 extra size u16 comment size u16 disk
//   u16 internal u32 external u32 offset, name, extra, comment
#include "archive/zip.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "archive/zip_directory.h"
#include "archive/zip_member.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::archive {

namespace {

using util::Bytes;
using util::Error;
using util::ErrorKind;

constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::size_t kCentralSize = 46;
constexpr std::uint64_t kMaxMembers = 1'000'000;
constexpr std::uint64_t kReadAhead = std::uint64_t{256} << 10;

// A deflate stream makes at most 258 bytes of 2 bits, after a header.
constexpr std::uint64_t kMaxRatio = 1032;
constexpr std::uint64_t kRatioSlack = 1024;

Error unsafe(const ZipMember& member, const std::string& what) {
  return {ErrorKind::refused, place_of(member) + ": " + what};
}

Error unsupported(const ZipMember& member, const std::string& what) {
  return {ErrorKind::unsupported, place_of(member) + ": " + what};
}

// Letters that are not seen, in order: two names that look alike, or one that reads backwards.
constexpr std::pair<char32_t, char32_t> kInvisible[] = {{0x80, 0x9f},
                                                        {0xad, 0xad},
                                                        {0x600, 0x605},
                                                        {0x61c, 0x61c},
                                                        {0x200b, 0x200f},
                                                        {0x202a, 0x202e},
                                                        {0x2060, 0x206f},
                                                        {0xfeff, 0xfeff},
                                                        {0xfff9, 0xfffb},
                                                        {0xe0000, 0xe0fff}};

// text: valid UTF-8.
bool has_invisible(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char32_t letter = length == 1 ? first : first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      letter = letter << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    at += length;
    if (std::ranges::any_of(kInvisible, [&](const auto& range) {
          return letter >= range.first && letter <= range.second;
        })) {
      return true;
    }
  }
  return false;
}

void check_name(const ZipMember& member, std::uint16_t flags) {
  const std::string& name = member.name;
  if (name.empty()) {
    throw unsafe(member, "empty name");
  }
  if (!util::is_valid_utf8(name)) {
    throw malformed(member, "name is not valid UTF-8");
  }
  const bool ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return (c & '\x80') == 0; });
  if (!ascii && (flags & kUtf8) == 0) {
    throw malformed(member, "name has bytes beyond ASCII and is not marked as UTF-8");
  }
  if (name.find('\\') != std::string::npos) {
    throw unsafe(member, "name with a backslash");
  }
  if (std::any_of(
          name.begin(), name.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; })) {
    throw unsafe(member, "name with a NUL or another control character");
  }
  if (!ascii && has_invisible(name)) {
    throw unsafe(member, "name with a letter that is not seen");
  }
  if (name.front() == '/') {
    throw unsafe(member, "absolute path");
  }
  if (name.size() >= 2 && name[1] == ':' && ((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z')) {
    throw unsafe(member, "path with a drive");
  }
  const std::string_view path =
      std::string_view(name).substr(0, name.size() - (member.is_directory ? 1 : 0));
  for (std::string_view component : util::split(path, '/')) {
    if (component.empty() || component == "." || component == "..") {
      throw unsafe(member, fmt::format("path with the component '{}'", component));
    }
  }
}

void check_kind(const ZipMember& member, std::uint32_t external, bool unix) {
  constexpr unsigned kTypeMask = 0170000, kSymlink = 0120000, kRegular = 0100000,
                     kDirectory = 0040000;
  const unsigned type = (external >> 16) & kTypeMask;
  if (type == kSymlink) {
    throw unsafe(member, "symbolic link");
  }
  if (!unix || type == 0) {
    return;
  }
  if (type != kRegular && type != kDirectory) {
    throw unsafe(member, fmt::format("neither file nor directory (mode {:o})", external >> 16));
  }
  if (type == kDirectory && !member.is_directory) {
    throw malformed(member, "mode of a directory, name of a file");
  }
}

void check_sizes(const ZipMember& member) {
  if (!member.deflated && member.size != member.compressed_size) {
    throw malformed(
        member, fmt::format("stored, with {} bytes in {}", member.size, member.compressed_size));
  }
  if (member.deflated && member.size > kRatioSlack &&
      (member.size - kRatioSlack) / kMaxRatio > member.compressed_size) {
    throw malformed(member,
                    fmt::format("says that {} compressed bytes give {}, more than deflate can",
                                member.compressed_size,
                                member.size));
  }
  if (member.is_directory && member.size != 0) {
    throw malformed(member, fmt::format("directory with {} bytes", member.size));
  }
}

ZipFields central_fields(Bytes header) {
  return {.flags = load16(header, 8),
          .method = load16(header, 10),
          .crc32 = load32(header, 16),
          .compressed_size = load32(header, 20),
          .size = load32(header, 24),
          .offset = load32(header, 42),
          .disk = load16(header, 34)};
}

void check_flags(const ZipMember& member, const ZipFields& fields) {
  if ((fields.flags & (kEncrypted | kStrongEncryption | kMasked)) != 0) {
    throw unsupported(member, "encrypted");
  }
  if ((fields.flags & kPatch) != 0) {
    throw unsupported(member, "patch data");
  }
  if (fields.method != 0 && fields.method != 8) {
    throw unsupported(
        member,
        fmt::format("compression method {}, wanted 0 (stored) or 8 (deflated)", fields.method));
  }
  if (fields.disk != 0) {
    throw unsupported(member, "several disks");
  }
}

// The member that the central header at `at` describes; at moves behind it.
ListedMember read_central(ZipWindow& window, const ZipDirectory& directory, std::uint64_t& at) {
  const std::uint64_t end = directory.offset + directory.size;
  const auto room = [&](std::uint64_t length) {
    if (length > end - at) {
      throw Error(
          ErrorKind::malformed,
          fmt::format("zip: central header at {} reaches past the directory's end at {}", at, end));
    }
  };
  const auto ahead = static_cast<std::size_t>(std::min(kReadAhead, end - at));
  room(kCentralSize);
  Bytes header = window.at(at, kCentralSize, ahead);
  if (load32(header, 0) != kCentralSignature) {
    throw Error(ErrorKind::malformed, fmt::format("zip: no central header at {}", at));
  }
  const std::size_t name_size = load16(header, 28);
  const std::size_t extra_size = load16(header, 30);
  const std::size_t total = kCentralSize + name_size + extra_size + load16(header, 32);
  room(total);
  header = window.at(at, total, ahead);

  ZipFields fields = central_fields(header);
  ListedMember found{.member = {}, .flags = fields.flags};
  ZipMember& member = found.member;
  member.name = util::as_text(header.subspan(kCentralSize, name_size));
  member.header_offset = fields.offset;
  in_member(member, [&] {
    apply_zip_extra(
        header.subspan(kCentralSize + name_size, extra_size), member.name, true, fields);
  });
  member.is_directory = member.name.ends_with('/');
  member.deflated = fields.method == 8;
  member.crc32 = fields.crc32;
  member.compressed_size = fields.compressed_size;
  member.size = fields.size;
  if (fields.offset > directory.offset - directory.base) {
    throw malformed(member, fmt::format("offset {} behind the central directory", fields.offset));
  }
  member.header_offset = fields.offset + directory.base;

  const unsigned maker = load16(header, 4) >> 8;
  const bool unix = maker == 3 || maker == 19;  // Unix, and what macOS calls itself
  const std::uint32_t external = load32(header, 38);
  member.unix_mode = external >> 16;  // Python writes it on Windows, too
  check_flags(member, fields);
  check_name(member, fields.flags);
  check_kind(member, external, unix);
  check_sizes(member);
  at += total;
  return found;
}

std::vector<ListedMember> read_directory(const util::RandomAccess& file,
                                         const ZipDirectory& directory) {
  if (directory.entries > kMaxMembers) {
    throw Error(
        ErrorKind::refused,
        fmt::format("zip: {} members, at most {} are taken", directory.entries, kMaxMembers));
  }
  std::vector<ListedMember> found;
  found.reserve(static_cast<std::size_t>(directory.entries));
  ZipWindow window(file);
  std::uint64_t at = directory.offset;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    found.push_back(read_central(window, directory, at));
  }
  if (at != directory.offset + directory.size) {
    throw Error(ErrorKind::malformed,
                fmt::format("zip: {} bytes left in the central directory after {} entries",
                            directory.offset + directory.size - at,
                            directory.entries));
  }
  return found;
}

// Names in such an order that what lies in a directory comes directly behind it.
bool path_less(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto rank = [](char c) {
      return c == '/' ? 0U : static_cast<unsigned>(static_cast<unsigned char>(c));
    };
    return rank(x) < rank(y);
  });
}

void check_twins(const std::vector<ListedMember>& found) {
  std::vector<const ZipMember*> sorted;
  sorted.reserve(found.size());
  for (const ListedMember& each : found) {
    sorted.push_back(&each.member);
  }
  const auto path = [](const ZipMember* member) {
    return std::string_view(member->name)
        .substr(0, member->name.size() - (member->is_directory ? 1 : 0));
  };
  std::sort(sorted.begin(), sorted.end(), [&](const ZipMember* a, const ZipMember* b) {
    return path_less(path(a), path(b));
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const std::string_view before = path(sorted[i - 1]);
    const std::string_view here = path(sorted[i]);
    if (here == before) {
      throw malformed(
          *sorted[i],
          fmt::format("the same path as the member at {}", sorted[i - 1]->header_offset));
    }
    if (!sorted[i - 1]->is_directory && here.size() > before.size() && here.starts_with(before) &&
        here[before.size()] == '/') {
      throw malformed(*sorted[i], fmt::format("lies below '{}', which is a file", before));
    }
  }
}

}  // namespace

std::vector<ZipMember> read_zip(const util::RandomAccess& file) {
  const ZipDirectory directory = find_zip_directory(file);
  std::vector<ListedMember> found = read_directory(file, directory);
  check_twins(found);
  std::stable_sort(found.begin(), found.end(), [](const ListedMember& a, const ListedMember& b) {
    return a.member.header_offset < b.member.header_offset;
  });
  read_local_headers(file, directory, found);
  std::vector<ZipMember> members;
  members.reserve(found.size());
  for (ListedMember& each : found) {
    members.push_back(std::move(each.member));
  }
  return members;
}

}  // namespace cartwheel::archive

// What lies at a member's place (APPNOTE 6.3.10 sections 4.3.7 and 4.3.9):
//
//   local header  "PK\3\4" u16 needed u16 flags u16 method u16 time u16 date u32 crc
//                 u32 compressed u32 size u16 name size u16 extra size, name, extra
//   data
//   descriptor    ["PK\7\8"] u32 crc u32|u64 compressed u32|u64 size     when flag 3 is set
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "archive/printable.h"
#include "archive/zip_member.h"
#include "util/bytes.h"

namespace cartwheel::archive {

namespace {

using util::Bytes;
using util::Error;
using util::ErrorKind;

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::uint16_t kMeaningful =
    kEncrypted | kDescriptor | kPatch | kStrongEncryption | kUtf8 | kMasked;

// Headers that lie no further apart than this are read together, up to kBatch bytes.
constexpr std::uint64_t kNear = std::uint64_t{8} << 10;
constexpr std::uint64_t kBatch = std::uint64_t{256} << 10;
constexpr std::uint64_t kExtraGuess = 128;

ZipFields local_fields(Bytes header) {
  return {.flags = load16(header, 6),
          .method = load16(header, 8),
          .crc32 = load32(header, 14),
          .compressed_size = load32(header, 18),
          .size = load32(header, 22)};
}

// How much to read at once from `offset` on: as long as the members behind it lie close together.
std::size_t batch_from(const std::vector<ListedMember>& found,
                       std::size_t index,
                       std::uint64_t offset) {
  std::uint64_t end = offset + kLocalSize + kExtraGuess;
  for (std::size_t i = index; i < found.size(); ++i) {
    const ZipMember& member = found[i].member;
    const std::uint64_t header_end =
        member.header_offset + kLocalSize + member.name.size() + kExtraGuess;
    if (member.header_offset > end + kNear || header_end > offset + kBatch) {
      break;
    }
    end = std::max(end, header_end);
  }
  return static_cast<std::size_t>(end - offset);
}

// Compares one number of both headers. With a descriptor the local header may leave it zero.
void compare(const ZipMember& member,
             std::string_view what,
             std::uint64_t local,
             std::uint64_t central,
             bool may_be_zero) {
  if (local != central && !(may_be_zero && local == 0)) {
    throw malformed(
        member,
        fmt::format(
            "{} is {} in the local header, {} in the central directory", what, local, central));
  }
}

// Reads the local header, compares it with the central one, and sets data_offset. True when it has
// a zip64 field.
bool read_local(ZipWindow& window, ListedMember& found, std::size_t ahead) {
  ZipMember& member = found.member;
  Bytes header =
      in_member(member, [&] { return window.at(member.header_offset, kLocalSize, ahead); });
  if (load32(header, 0) != kLocalSignature) {
    throw malformed(member, "no local header");
  }
  const std::size_t name_size = load16(header, 26);
  const std::size_t extra_size = load16(header, 28);
  const std::size_t total = kLocalSize + name_size + extra_size;
  header = in_member(member, [&] { return window.at(member.header_offset, total, ahead); });
  if (util::as_text(header.subspan(kLocalSize, name_size)) != member.name) {
    throw malformed(member, "another name in the local header");
  }
  ZipFields fields = local_fields(header);
  in_member(member, [&] {
    apply_zip_extra(header.subspan(kLocalSize + name_size), member.name, false, fields);
  });
  const bool descriptor = (found.flags & kDescriptor) != 0;
  compare(member, "flags", fields.flags & kMeaningful, found.flags & kMeaningful, false);
  compare(member, "method", fields.method, member.deflated ? 8 : 0, false);
  compare(member, "crc-32", fields.crc32, member.crc32, descriptor);
  compare(member, "compressed size", fields.compressed_size, member.compressed_size, descriptor);
  compare(member, "size", fields.size, member.size, descriptor);
  member.data_offset = member.header_offset + total;
  return fields.zip64;
}

// How many bytes the descriptor at data's end has. The signature is optional, and sizes have 8
// bytes where there is a zip64 field (or, as some writers have it, where they need them).
std::size_t read_descriptor(ZipWindow& window,
                            const ZipMember& member,
                            bool zip64,
                            std::uint64_t limit,
                            std::size_t ahead) {
  const std::uint64_t at = member.data_offset + member.compressed_size;
  const bool wide = zip64 || member.size > 0xffffffff || member.compressed_size > 0xffffffff;
  const std::size_t width = wide ? 8 : 4;
  for (std::size_t start : {std::size_t{4}, std::size_t{0}}) {
    const std::size_t size = start + 4 + 2 * width;
    if (size > limit - at) {
      continue;
    }
    const Bytes bytes = window.at(at, size, std::max(size, ahead));
    if (start == 4 && load32(bytes, 0) != kDescriptorSignature) {
      continue;
    }
    const auto number = [&](std::size_t place) {
      return wide ? load64(bytes, place) : load32(bytes, place);
    };
    if (load32(bytes, start) == member.crc32 && number(start + 4) == member.compressed_size &&
        number(start + 4 + width) == member.size) {
      return size;
    }
  }
  throw malformed(
      member,
      fmt::format("no data descriptor at {} with the central directory's crc-32 and sizes", at));
}

// A reader that goes from local header to local header must not find one that the directory does
// not have.
void check_gap(ZipWindow& window, std::uint64_t from, std::uint64_t to, std::size_t ahead) {
  if (to - from >= 4 &&
      load32(window.at(from, 4, std::max<std::size_t>(ahead, 4)), 0) == kLocalSignature) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("zip: local header at {} that the central directory does not have", from));
  }
}

}  // namespace

std::string place_of(const ZipMember& member) {
  return fmt::format("member '{}' at {}", printable(member.name), member.header_offset);
}

Error malformed(const ZipMember& member, const std::string& what) {
  return {ErrorKind::malformed, place_of(member) + ": " + what};
}

void read_local_headers(const util::RandomAccess& file,
                        const ZipDirectory& directory,
                        std::vector<ListedMember>& found) {
  ZipWindow window(file);
  std::uint64_t end = 0;  // of the member before
  for (std::size_t i = 0; i < found.size(); ++i) {
    ZipMember& member = found[i].member;
    const std::uint64_t limit =
        i + 1 < found.size() ? found[i + 1].member.header_offset : directory.offset;
    if (member.header_offset < end) {
      throw malformed(
          member, fmt::format("overlaps '{}', which ends at {}", found[i - 1].member.name, end));
    }
    if (member.header_offset > end) {
      check_gap(window, end, member.header_offset, batch_from(found, i, end));
    }
    const bool zip64 = read_local(window, found[i], batch_from(found, i, member.header_offset));
    if (member.data_offset > limit || member.compressed_size > limit - member.data_offset) {
      throw malformed(member,
                      fmt::format("{} bytes at {} overlap what begins at {}",
                                  member.compressed_size,
                                  member.data_offset,
                                  limit));
    }
    end = member.data_offset + member.compressed_size;
    if ((found[i].flags & kDescriptor) != 0) {
      end += read_descriptor(window, member, zip64, limit, batch_from(found, i + 1, end));
    }
  }
  check_gap(window, end, directory.offset, 0);
}

}  // namespace cartwheel::archive

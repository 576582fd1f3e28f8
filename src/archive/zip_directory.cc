// The end of a zip (APPNOTE 6.3.10 sections 4.3.14 to 4.3.16):
//
//   zip64 end record  "PK\6\6" u64 size of the rest=44 u16 made by u16 needed u32 disk
//                     u32 directory's disk u64 entries on disk u64 entries
//                     u64 directory size u64 directory offset
//   zip64 locator     "PK\6\7" u32 disk u64 record's offset u32 disks
//   end record        "PK\5\6" u16 disk u16 directory's disk u16 entries on disk u16 entries
//                     u32 directory size u32 directory offset u16 comment size, comment
#include "archive/zip_directory.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::archive {

namespace {

using util::Bytes;
using util::Error;
using util::ErrorKind;

constexpr std::size_t kEndSize = 22;
constexpr std::size_t kLocatorSize = 20;
constexpr std::size_t kEnd64Size = 56;
constexpr std::size_t kCentralSize = 46;
constexpr std::size_t kMaxComment = 65535;
constexpr std::uint32_t kMax32 = 0xffffffff;
constexpr std::uint16_t kMax16 = 0xffff;
constexpr std::uint32_t kCentralSignature = 0x02014b50;
constexpr std::uint32_t kEnd64Signature = 0x06064b50;
constexpr std::uint32_t kLocatorSignature = 0x07064b50;
constexpr std::string_view kEndSignature("PK\5\6", 4);

Error malformed(const std::string& what) { return {ErrorKind::malformed, "zip: " + what}; }

struct End {
  std::uint64_t at = 0;  // where the end record begins
  std::uint64_t disk = 0, directory_disk = 0, disk_entries = 0, entries = 0, size = 0, offset = 0;
};

// The one end record. A reader that looks from the end backwards, one that looks for a comment
// which reaches to the end of the file, and one that takes the last 22 bytes must all find the
// same.
End find_end(const util::RandomAccess& file) {
  const std::uint64_t file_size = file.size();
  if (file_size < kEndSize) {
    throw malformed(fmt::format("{} bytes are too few for an end record", file_size));
  }
  std::vector<std::byte> tail(
      static_cast<std::size_t>(std::min<std::uint64_t>(file_size, kEndSize + kMaxComment)));
  const std::uint64_t tail_at = file_size - tail.size();
  file.read_at(tail_at, tail);
  const std::string_view text = util::as_text(tail);

  std::optional<std::size_t> found;
  for (std::size_t at = text.find(kEndSignature); at != std::string_view::npos;
       at = text.find(kEndSignature, at + 1)) {
    if (found) {
      throw malformed(fmt::format(
          "end record at {} inside the comment of another at {}", tail_at + at, tail_at + *found));
    }
    if (tail.size() - at >= kEndSize && at + kEndSize + load16(tail, at + 20) == tail.size()) {
      found = at;
    }
  }
  if (!found) {
    throw malformed(text.find(kEndSignature) == std::string_view::npos
                        ? "no end record"
                        : "no end record whose comment ends where the file ends");
  }
  const Bytes record = Bytes(tail).subspan(*found);
  return {.at = tail_at + *found,
          .disk = load16(record, 4),
          .directory_disk = load16(record, 6),
          .disk_entries = load16(record, 8),
          .entries = load16(record, 10),
          .size = load32(record, 12),
          .offset = load32(record, 16)};
}

// A field of the end record beside the zip64 one: the same, or left to it.
std::uint64_t agreed(std::uint64_t narrow,
                     std::uint64_t mark,
                     std::uint64_t wide,
                     std::string_view what) {
  if (narrow != mark && narrow != wide) {
    throw malformed(
        fmt::format("end record and zip64 end record differ in {}: {} and {}", what, narrow, wide));
  }
  return wide;
}

// The zip64 end record before `end`, when there is a locator. record_offset: what the locator says.
std::optional<End> find_end64(const util::RandomAccess& file,
                              const End& end,
                              std::uint64_t& record_offset) {
  if (end.at < kLocatorSize) {
    return std::nullopt;
  }
  std::vector<std::byte> bytes(
      static_cast<std::size_t>(std::min<std::uint64_t>(end.at, kLocatorSize + kEnd64Size)));
  file.read_at(end.at - bytes.size(), bytes);
  const Bytes locator = Bytes(bytes).last(kLocatorSize);
  if (load32(locator, 0) != kLocatorSignature) {
    return std::nullopt;
  }
  if (load32(locator, 4) != 0 || load32(locator, 16) > 1) {
    throw Error(ErrorKind::unsupported, "zip: several disks");
  }
  const Bytes record(bytes);
  if (record.size() < kLocatorSize + kEnd64Size || load32(record, 0) != kEnd64Signature ||
      load64(record, 4) != 44) {
    throw malformed(
        fmt::format("zip64 locator at {} without a zip64 end record of 56 bytes before it",
                    end.at - kLocatorSize));
  }
  record_offset = load64(locator, 8);
  return End{.at = end.at - kLocatorSize - kEnd64Size,
             .disk = agreed(end.disk, kMax16, load32(record, 16), "disk"),
             .directory_disk = agreed(end.directory_disk, kMax16, load32(record, 20), "disk"),
             .disk_entries = agreed(end.disk_entries, kMax16, load64(record, 24), "entries"),
             .entries = agreed(end.entries, kMax16, load64(record, 32), "entries"),
             .size = agreed(end.size, kMax32, load64(record, 40), "directory size"),
             .offset = agreed(end.offset, kMax32, load64(record, 48), "directory offset")};
}

bool has_signature(const util::RandomAccess& file, std::uint64_t offset, std::uint32_t signature) {
  std::byte bytes[4] = {};
  if (offset + sizeof bytes > file.size()) {
    return false;
  }
  file.read_at(offset, bytes);
  return load32(bytes, 0) == signature;
}

}  // namespace

std::uint16_t load16(Bytes bytes, std::size_t at) {
  const std::uint8_t* b = util::as_u8(bytes) + at;
  return static_cast<std::uint16_t>(b[0] | b[1] << 8);
}

std::uint32_t load32(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(load16(bytes, at)) |
         static_cast<std::uint32_t>(load16(bytes, at + 2)) << 16;
}

std::uint64_t load64(Bytes bytes, std::size_t at) {
  return static_cast<std::uint64_t>(load32(bytes, at)) |
         static_cast<std::uint64_t>(load32(bytes, at + 4)) << 32;
}

Bytes ZipWindow::at(std::uint64_t offset, std::size_t length, std::size_t ahead) {
  if (offset > size_ || length > size_ - offset) {
    throw malformed(fmt::format("wanted {} bytes at {}, the file has {}", length, offset, size_));
  }
  if (offset < offset_ || offset + length > offset_ + buffer_.size()) {
    const std::uint64_t wanted = std::min<std::uint64_t>(std::max(length, ahead), size_ - offset);
    buffer_.resize(static_cast<std::size_t>(wanted));
    offset_ = offset;
    file_.read_at(offset, buffer_);
  }
  return Bytes(buffer_).subspan(static_cast<std::size_t>(offset - offset_), length);
}

ZipDirectory find_zip_directory(const util::RandomAccess& file) {
  const End end32 = find_end(file);
  std::uint64_t record_offset = 0;
  const std::optional<End> end64 = find_end64(file, end32, record_offset);
  const End& end = end64 ? *end64 : end32;

  if (end.disk != 0 || end.directory_disk != 0 || end.disk_entries != end.entries) {
    throw Error(ErrorKind::unsupported, "zip: several disks");
  }
  if (end.size > end.at || end.offset > end.at - end.size) {
    throw malformed(
        fmt::format("central directory of {} bytes at {} does not end before its end record at {}",
                    end.size,
                    end.offset,
                    end.at));
  }
  if (end.entries > end.size / kCentralSize) {
    throw malformed(
        fmt::format("{} entries in a central directory of {} bytes", end.entries, end.size));
  }
  ZipDirectory directory{.base = end.at - end.size - end.offset,
                         .offset = end.at - end.size,
                         .size = end.size,
                         .entries = end.entries};
  if (end64 && record_offset + directory.base != end.at) {
    throw malformed(fmt::format(
        "zip64 locator points to {}, the zip64 end record is at {}", record_offset, end.at));
  }
  // A reader that takes the offset as it stands must not find another directory there.
  if (directory.base != 0 && has_signature(file, end.offset, kCentralSignature)) {
    throw malformed(
        fmt::format("two central directories, at {} and {}", end.offset, directory.offset));
  }
  return directory;
}

}  // namespace cartwheel::archive

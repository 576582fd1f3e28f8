// The tar header of docs/formats.md section 2:
//
//   offset size field
//        0  100 name
//      100    8 mode      7 octal digits, NUL
//      108    8 uid       the same
//      116    8 gid       the same
//      124   12 size      11 octal digits, NUL
//      136   12 mtime     the same
//      148    8 chksum    6 octal digits, NUL, space: sum of all bytes with this field as spaces
//      156    1 typeflag
//      157  100 linkname
//      257    8 magic     "ustar" NUL "00"
//      265   64 uname, gname: zeros
//      329   16 devmajor, devminor: 7 octal digits, NUL each
//      345  155 prefix
//      500   12 zeros
#include "archive/tar_writer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "archive/printable.h"
#include "core/format.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::archive {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameSize = 100;
constexpr std::size_t kPrefixSize = 155;
constexpr std::size_t kMaxPath = 4095;
constexpr std::size_t kMaxComponent = 255;
constexpr std::uint64_t kMaxFile = std::uint64_t{1} << 40;
constexpr std::uint64_t kMaxOctalSize = 0777'7777'7777;  // 11 octal digits
constexpr unsigned kMaxOwner = 0777'7777;                // 7 octal digits
constexpr unsigned kMaxMode = 07777;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & '\x80') == 0; });
}

// Index of the '/' that parts prefix from name; nothing when the path cannot be split.
std::optional<std::size_t> split_at(std::string_view path) {
  const std::size_t first = path.size() - (kNameSize + 1);
  const std::size_t index = path.find('/', std::max<std::size_t>(first, 1));
  if (index == std::string_view::npos || index > kPrefixSize || index + 1 == path.size()) {
    return std::nullopt;
  }
  return index;
}

struct Fields {
  std::string_view name = {}, prefix = {}, link = {};
  unsigned mode = 0, uid = 0, gid = 0;
  std::uint64_t size = 0;
  char type = '0';
};

template <std::size_t Digits>
void put_octal(std::string& block, std::size_t offset, std::uint64_t value) {
  for (std::size_t i = Digits; i-- > 0; value >>= 3) {
    block[offset + i] = static_cast<char>('0' + (value & 7));
  }
}

std::string header_block(const Fields& fields) {
  std::string block(kBlock, '\0');
  auto put = [&](std::size_t offset, std::string_view text) {
    block.replace(offset, text.size(), text);
  };
  put(0, fields.name);
  put_octal<7>(block, 100, fields.mode);
  put_octal<7>(block, 108, fields.uid);
  put_octal<7>(block, 116, fields.gid);
  put_octal<11>(block, 124, fields.size);
  put_octal<11>(block, 136, static_cast<std::uint64_t>(core::kLayerTime));
  put(148, "        ");
  block[156] = fields.type;
  put(157, fields.link);
  put(257, std::string_view("ustar\00000", 8));
  put(329, "0000000");
  put(337, "0000000");
  put(345, fields.prefix);
  std::uint64_t sum = 0;
  for (char c : block) {
    sum += static_cast<unsigned char>(c);
  }
  put_octal<6>(block, 148, sum);
  block[154] = '\0';
  return block;
}

// "LEN KEY=VALUE\n", LEN counting its own digits.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (rest + std::to_string(length).size() != length) {
    length = rest + std::to_string(length).size();
  }
  return fmt::format("{} {}={}\n", length, key, value);
}

// What the entry's own block holds of a text that pax carries.
std::string shortened(std::string_view text) {
  if (text.size() > kNameSize) {
    text.remove_prefix(text.size() - kNameSize);
  }
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return (c & '\x80') != 0; }, '_');
  return out;
}

char type_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::directory:
      return '5';
    case EntryKind::symlink:
      return '2';
    case EntryKind::file:
      break;
  }
  return '0';
}

Error bad_entry(const TarEntry& entry, std::string_view what) {
  return {ErrorKind::refused, fmt::format("path '{}' {}", printable(entry.path), what)};
}

void check_path(const TarEntry& entry) {
  // A directory's '/' counts: that is what a reader gets to see.
  const std::size_t size = entry.path.size() + (entry.kind == EntryKind::directory ? 1 : 0);
  if (entry.path.empty()) {
    throw bad_entry(entry, "is empty");
  }
  if (size > kMaxPath) {
    throw bad_entry(entry, fmt::format("is longer than {} bytes", kMaxPath));
  }
  if (entry.path.front() == '/') {
    throw bad_entry(entry, "is absolute");
  }
  if (entry.path.find('\0') != std::string::npos) {
    throw bad_entry(entry, "has a NUL");
  }
  if (!util::is_valid_utf8(entry.path)) {
    throw bad_entry(entry, "is not valid UTF-8");
  }
  for (std::string_view component : util::split(entry.path, '/')) {
    if (component.empty() || component == "." || component == "..") {
      throw bad_entry(entry, fmt::format("has the component '{}'", component));
    }
    if (component.size() > kMaxComponent) {
      throw bad_entry(entry, fmt::format("has a component longer than {} bytes", kMaxComponent));
    }
  }
}

void check_target(const TarEntry& entry) {
  if (entry.target.empty() || entry.target.size() > kMaxPath) {
    throw bad_entry(
        entry,
        fmt::format("has a target of {} bytes, wanted 1 to {}", entry.target.size(), kMaxPath));
  }
  if (entry.target.find('\0') != std::string::npos || !util::is_valid_utf8(entry.target)) {
    throw bad_entry(entry, "has a target with a NUL or invalid UTF-8");
  }
}

}  // namespace

void check_entry(const TarEntry& entry) {
  check_path(entry);
  if (entry.kind == EntryKind::symlink) {
    check_target(entry);
  } else if (!entry.target.empty()) {
    throw bad_entry(entry, "has a target but is no symlink");
  }
  if (entry.size > kMaxFile) {
    throw bad_entry(entry, fmt::format("has {} bytes, more than {}", entry.size, kMaxFile));
  }
  if (entry.size > 0 && entry.kind != EntryKind::file) {
    throw bad_entry(entry, "has a size but is no file");
  }
  if (entry.mode > kMaxMode || entry.uid > kMaxOwner || entry.gid > kMaxOwner) {
    throw bad_entry(entry,
                    fmt::format("has mode {:o}, owner {}:{}", entry.mode, entry.uid, entry.gid));
  }
}

std::string tar_header(const TarEntry& entry) {
  check_entry(entry);
  const std::string path = entry.kind == EntryKind::directory ? entry.path + "/" : entry.path;
  Fields fields{.mode = entry.mode,
                .uid = entry.uid,
                .gid = entry.gid,
                .size = entry.size,
                .type = type_of(entry.kind)};
  std::string records;
  std::string short_path, short_target;

  // In order of the key.
  if (entry.target.size() > kNameSize || !is_ascii(entry.target)) {
    records += pax_record("linkpath", entry.target);
    short_target = shortened(entry.target);
    fields.link = short_target;
  } else {
    fields.link = entry.target;
  }
  const std::optional<std::size_t> split = path.size() > kNameSize ? split_at(path) : std::nullopt;
  if (!is_ascii(path) || (path.size() > kNameSize && !split)) {
    records += pax_record("path", path);
    short_path = shortened(path);
    fields.name = short_path;
  } else if (split) {
    fields.prefix = std::string_view(path).substr(0, *split);
    fields.name = std::string_view(path).substr(*split + 1);
  } else {
    fields.name = path;
  }
  if (entry.size > kMaxOctalSize) {
    records += pax_record("size", std::to_string(entry.size));
    fields.size = 0;
  }
  if (records.empty()) {
    return header_block(fields);
  }
  std::string out =
      header_block({.name = "././@PaxHeader", .mode = 0644, .size = records.size(), .type = 'x'});
  out += records;
  out.append(tar_padding(records.size()), '\0');
  return out + header_block(fields);
}

}  // namespace cartwheel::archive

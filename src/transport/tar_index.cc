#include "transport/tar_index.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint64_t kBlock = 512;
constexpr std::uint64_t kMostText = 1 << 20;  // bytes of a pax header or a long name
constexpr std::size_t kMostMembers = 1'000'000;
constexpr int kMostLinks = 8;

using Header = std::array<std::byte, kBlock>;

[[noreturn]] void malformed(std::uint64_t offset, const std::string& what) {
  throw Error(ErrorKind::malformed, fmt::format("tar header at byte {}: {}", offset, what));
}

std::string_view field(const Header& header, std::size_t offset, std::size_t size) {
  std::string_view text = util::as_text(util::Bytes(header).subspan(offset, size));
  return text.substr(0, text.find('\0'));
}

// Octal digits between spaces, or GNU's base 256 with the first bit set.
std::uint64_t number(const Header& header,
                     std::size_t offset,
                     std::size_t size,
                     std::uint64_t place) {
  util::Bytes raw = util::Bytes(header).subspan(offset, size);
  std::uint64_t value = 0;
  if ((raw[0] & std::byte{0x80}) != std::byte{0}) {
    for (std::size_t i = 0; i < size; ++i) {
      std::byte byte = i == 0 ? raw[i] & std::byte{0x7f} : raw[i];
      if (value >> 55 != 0) {
        malformed(place, "a number is too large");
      }
      value = (value << 8) | std::to_integer<std::uint64_t>(byte);
    }
    return value;
  }
  std::string_view text = util::trim(field(header, offset, size));
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (!text.empty() && (error != std::errc() || end != text.data() + text.size())) {
    malformed(place, fmt::format("'{}' is no octal number", text));
  }
  return value;
}

void check_sum(const Header& header, std::uint64_t place) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    bool own = i >= 148 && i < 156;
    sum += own ? ' ' : std::to_integer<std::uint64_t>(header.at(i));
  }
  if (sum != number(header, 148, 8, place)) {
    malformed(place, "wrong checksum");
  }
}

std::string without_dot(std::string_view path) {
  while (path.starts_with("./") || path.starts_with("/")) {
    path.remove_prefix(path[0] == '/' ? 1 : 2);
  }
  return std::string(path);
}

// The path that a symbolic link in the folder of `path` means.
std::string resolve(const std::string& path, const std::string& target) {
  std::vector<std::string> parts;
  std::size_t slash = path.rfind('/');
  std::string joined = slash == std::string::npos ? target : path.substr(0, slash + 1) + target;
  for (std::string_view part : util::split(joined, '/')) {
    if (part == ".." && !parts.empty()) {
      parts.pop_back();
    } else if (!part.empty() && part != "." && part != "..") {
      parts.emplace_back(part);
    }
  }
  return util::join(parts, "/");
}

void refuse_compressed(const util::RandomAccess& tar) {
  static constexpr std::array<std::string_view, 4> kMagic{"\x1f\x8b",
                                                          "\x28\xb5\x2f\xfd",
                                                          "BZh",
                                                          "\xfd"
                                                          "7zXZ"};
  std::array<std::byte, 8> first{};
  if (tar.size() < first.size()) {
    return;
  }
  tar.read_at(0, first);
  if (std::ranges::any_of(kMagic, [&](std::string_view magic) {
        return util::as_text(first).starts_with(magic);
      })) {
    throw Error(ErrorKind::unsupported, "is a compressed archive: decompress it first");
  }
}

// What pax headers and long names say of the member that comes next.
struct Extended {
  std::optional<std::string> path, link;
  std::optional<std::uint64_t> size;
};

void read_pax(std::string_view text, std::uint64_t place, Extended& extended) {
  while (!text.empty()) {
    std::size_t length = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    std::size_t space = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || length <= space + 1 || length > text.size() || text[space] != ' ' ||
        text[length - 1] != '\n') {
      malformed(place, "broken pax record");
    }
    std::string_view record = text.substr(space + 1, length - space - 2);
    text.remove_prefix(length);
    std::string_view key = record.substr(0, record.find('='));
    std::string_view value = record.substr(std::min(key.size() + 1, record.size()));
    if (key == "path") {
      extended.path = std::string(value);
    } else if (key == "linkpath") {
      extended.link = std::string(value);
    } else if (key == "size") {
      std::uint64_t size = 0;
      auto [stop, wrong] = std::from_chars(value.data(), value.data() + value.size(), size);
      if (wrong != std::errc() || stop != value.data() + value.size()) {
        malformed(place, "broken pax size");
      }
      extended.size = size;
    } else if (key.starts_with("GNU.sparse.")) {
      throw Error(ErrorKind::unsupported, "tar with sparse files");
    }
  }
}

std::string text_at(const util::RandomAccess& tar, TarIndex::Member member, std::uint64_t place) {
  if (member.size > kMostText) {
    malformed(place, fmt::format("a name of {} bytes", member.size));
  }
  std::string text(member.size, '\0');
  tar.read_at(member.offset, std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

std::string name_of(const Header& header) {
  std::string_view prefix =
      util::as_text(util::Bytes(header).subspan(257, 6)) == std::string_view("ustar\0", 6)
          ? field(header, 345, 155)
          : std::string_view();  // GNU has times there
  std::string name(field(header, 0, 100));
  return prefix.empty() ? name : fmt::format("{}/{}", prefix, name);
}

}  // namespace

TarIndex::TarIndex(const util::RandomAccess& tar) {
  refuse_compressed(tar);
  Extended extended;
  std::uint64_t total = tar.size();
  std::size_t count = 0;
  for (std::uint64_t at = 0; at < total;) {
    Header header{};
    if (total - at < kBlock) {
      malformed(at, "the file ends within it");
    }
    tar.read_at(at, header);
    if (std::ranges::all_of(header, [](std::byte byte) { return byte == std::byte{0}; })) {
      break;
    }
    check_sum(header, at);
    if (++count > kMostMembers) {
      malformed(at, "too many members");
    }
    char type = std::to_integer<char>(header.at(156));
    bool has_content = type == '0' || type == '\0' || type == '7' || type == 'x' || type == 'g' ||
                       type == 'L' || type == 'K';
    bool is_member = type != 'x' && type != 'g' && type != 'L' && type != 'K';
    std::uint64_t size = is_member && extended.size ? *extended.size : number(header, 124, 12, at);
    Member member{at + kBlock, has_content ? size : 0};
    if (member.size > total - member.offset) {
      malformed(
          at,
          fmt::format("wanted {} bytes behind it, found {}", member.size, total - member.offset));
    }
    std::string path = without_dot(extended.path ? *extended.path : name_of(header));
    std::string link = extended.link ? *extended.link : std::string(field(header, 157, 100));
    if (type == 'x') {
      read_pax(text_at(tar, member, at), at, extended);
    } else if (type == 'L') {
      extended.path = text_at(tar, member, at).c_str();
    } else if (type == 'K') {
      extended.link = text_at(tar, member, at).c_str();
    } else if (type == 'S' || type == 'M' || type == 'V') {
      throw Error(ErrorKind::unsupported,
                  fmt::format("tar header at byte {}: type '{}'", at, type));
    } else if (type == '1') {
      links_[path] = without_dot(link);
    } else if (type == '2') {
      links_[path] = resolve(path, link);
    } else if (has_content && type != 'g' && !path.ends_with('/') &&
               !files_.emplace(path, member).second) {
      malformed(at, fmt::format("'{}' is there twice", path));
    }
    if (is_member) {
      extended = {};
    }
    at = member.offset + (member.size + kBlock - 1) / kBlock * kBlock;
  }
}

std::optional<TarIndex::Member> TarIndex::find(const std::string& path) const {
  std::string wanted = path;
  for (int followed = 0; followed <= kMostLinks; ++followed) {
    if (auto file = files_.find(wanted); file != files_.end()) {
      return file->second;
    }
    auto link = links_.find(wanted);
    if (link == links_.end()) {
      return std::nullopt;
    }
    wanted = link->second;
  }
  return std::nullopt;
}

}  // namespace cartwheel::transport

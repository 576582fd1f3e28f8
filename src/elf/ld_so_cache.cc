// /etc/ld.so.cache, format "glibc-ld.so.cache1.1" as glibc's ldconfig writes it (its
// sysdeps/generic/dl-cache.h):
//   48 B   magic (20), u32 number of libraries, u32 size of the string table, u8 flags 2
//   (little-endian), 3 B zero,
//          u32 file offset of the extension, 12 B zero
//   24 B   for each library: i32 flags, u32 key, u32 value (file offsets of strings), u32 0, u64 0
//   (hwcap) table  strings, each ended by NUL; a string that ends the one before shares its bytes
//   0..3 B zero, so that the extension begins at a multiple of 4
//   24 B   u32 0xeaa42174, u32 1 section: u32 tag 0 (generator), u32 0, u32 file offset, u32 size
//   text   of the generator, without NUL

#include <algorithm>
#include <set>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "elf/elf.h"
#include "util/error.h"

namespace cartwheel::elf {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kMagic = "glibc-ld.so.cache1.1";
constexpr std::size_t kHeaderSize = 48;
constexpr std::size_t kEntrySize = 24;
constexpr std::uint32_t kExtensionMagic = 0xeaa42174;
constexpr std::size_t kExtensionSize = 24;

std::uint32_t flags_of(const std::string& machine) {
  if (machine == "x86_64") {
    return 0x0303;
  }
  if (machine == "aarch64") {
    return 0x0a03;
  }
  throw Error(ErrorKind::unsupported,
              fmt::format("ld.so.cache for machine '{}': wanted x86_64 or aarch64", machine));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// As glibc's int arithmetic, which wraps.
std::int32_t number_at(std::string_view text, std::size_t& i) {
  std::uint32_t value = 0;
  while (i < text.size() && is_digit(text[i])) {
    value = value * 10 + static_cast<std::uint32_t>(text[i++] - '0');
  }
  return static_cast<std::int32_t>(value);
}

// glibc's _dl_cache_libcmp: runs of digits as numbers, a digit above anything else. ld.so searches
// by this order.
int compare_names(std::string_view one, std::string_view other) {
  std::size_t i = 0;
  std::size_t k = 0;
  while (i < one.size() && k < other.size()) {
    bool digit = is_digit(one[i]);
    if (digit != is_digit(other[k])) {
      return digit ? 1 : -1;
    }
    if (digit) {
      std::int32_t a = number_at(one, i);
      std::int32_t b = number_at(other, k);
      if (a != b) {
        return a < b ? -1 : 1;
      }
    } else if (one[i] != other[k]) {
      return one[i] < other[k] ? -1 : 1;
    } else {
      ++i;
      ++k;
    }
  }
  if (i == one.size() && k == other.size()) {
    return 0;
  }
  return i < one.size() ? 1 : -1;
}

struct StringTable {
  std::string bytes;
  std::unordered_map<std::string, std::size_t> offsets;  // from the table's beginning
};

StringTable merge_strings(const std::vector<CacheEntry>& entries) {
  std::set<std::string> reversed;
  for (const CacheEntry& entry : entries) {
    reversed.emplace(entry.soname.rbegin(), entry.soname.rend());
    reversed.emplace(entry.path.rbegin(), entry.path.rend());
  }
  StringTable table;
  std::string last;  // reversed
  for (auto it = reversed.rbegin(); it != reversed.rend(); ++it) {
    if (!last.starts_with(*it) || last.empty()) {
      last = *it;
      table.bytes.append(last.rbegin(), last.rend());
      table.bytes.push_back('\0');
    }
    table.offsets[std::string(it->rbegin(), it->rend())] = table.bytes.size() - 1 - it->size();
  }
  return table;
}

void put_size(std::string& out, std::size_t value) {
  util::put_u32(out, static_cast<std::uint32_t>(value));
}

}  // namespace

std::string ld_so_cache(const CacheInput& input) {
  std::uint32_t flags = flags_of(input.machine);
  std::vector<CacheEntry> entries = input.entries;
  std::ranges::stable_sort(entries, [](const CacheEntry& one, const CacheEntry& other) {
    return compare_names(one.soname, other.soname) > 0;
  });
  StringTable table = merge_strings(entries);
  std::size_t strings_at = kHeaderSize + kEntrySize * entries.size();
  std::size_t extension_at = (strings_at + table.bytes.size() + 3) / 4 * 4;

  std::string out(kMagic);
  put_size(out, entries.size());
  put_size(out, table.bytes.size());
  out += '\2';
  out.append(3, '\0');
  put_size(out, extension_at);
  out.append(12, '\0');
  for (const CacheEntry& entry : entries) {
    util::put_u32(out, entry.flags == 0 ? flags : entry.flags);
    put_size(out, strings_at + table.offsets.at(entry.soname));
    put_size(out, strings_at + table.offsets.at(entry.path));
    util::put_u32(out, 0);
    util::put_u64(out, 0);
  }
  out += table.bytes;
  out.resize(extension_at, '\0');
  util::put_u32(out, kExtensionMagic);
  util::put_u32(out, 1);
  util::put_u32(out, 0);
  util::put_u32(out, 0);
  put_size(out, extension_at + kExtensionSize);
  put_size(out, input.generator.size());
  return out + input.generator;
}

CacheInput read_ld_so_cache(std::string_view bytes) {
  std::size_t begin = bytes.find(kMagic);
  if (begin == std::string_view::npos) {
    throw Error(ErrorKind::malformed, fmt::format("ld.so.cache: has no '{}'", kMagic));
  }
  bytes.remove_prefix(begin);  // all offsets are meant from there
  util::ByteReader in(util::as_bytes(bytes), "ld.so.cache");
  auto text_at = [&](std::uint64_t offset, std::size_t length) {
    if (offset > bytes.size() || length > bytes.size() - offset) {
      throw Error(ErrorKind::malformed,
                  fmt::format("ld.so.cache: text at {} of {} bytes", offset, bytes.size()));
    }
    std::string_view rest = bytes.substr(offset, length);
    return std::string(rest.substr(0, rest.find('\0')));
  };
  in.take(kMagic.size());
  std::uint32_t count = in.u32();
  in.take(8);  // size of the strings, flags
  std::uint32_t extension = in.u32();
  in.take(12);
  CacheInput cache;
  for (std::uint32_t i = 0; i < count; ++i) {
    CacheEntry entry;
    entry.flags = in.u32();
    std::uint32_t key = in.u32();
    std::uint32_t value = in.u32();
    in.take(4);
    bool is_for_all = in.u64() == 0;
    entry.soname = text_at(key, bytes.size() - std::min<std::size_t>(key, bytes.size()));
    entry.path = text_at(value, bytes.size() - std::min<std::size_t>(value, bytes.size()));
    if (is_for_all) {
      cache.entries.push_back(std::move(entry));
    }
  }
  if (extension != 0 && extension + kExtensionSize <= bytes.size()) {
    util::ByteReader section(util::as_bytes(bytes.substr(extension)), "ld.so.cache");
    bool is_extension = section.u32() == kExtensionMagic;
    std::uint32_t sections = section.u32();
    for (std::uint32_t i = 0; is_extension && i < sections; ++i) {
      std::uint32_t tag = section.u32();
      section.take(4);
      std::uint32_t offset = section.u32();
      std::uint32_t size = section.u32();
      if (tag == 0) {
        cache.generator = text_at(offset, size);
      }
    }
  }
  return cache;
}

}  // namespace cartwheel::elf

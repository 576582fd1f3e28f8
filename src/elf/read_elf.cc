// The dynamic part of ELF64 files (gABI, chapters 4 and 5; the GNU version sections of the LSB).
// Only what program headers reach is read, as the loader does; section headers are never looked at.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "elf/elf.h"
#include "util/error.h"

namespace cartwheel::elf {

using util::ByteReader;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kMagic =
    "\x7f"
    "ELF";
constexpr std::uint32_t kLoad = 1;               // PT_LOAD
constexpr std::uint32_t kDynamic = 2;            // PT_DYNAMIC
constexpr std::uint16_t kShared = 3;             // ET_DYN
constexpr std::uint16_t kIsBase = 1;             // VER_FLG_BASE
constexpr std::uint64_t kMostDynamic = 1 << 20;  // bytes
constexpr std::size_t kMostRecords = 1 << 16;    // of a version section
constexpr std::size_t kMostName = 4096;          // bytes of a string
constexpr std::size_t kHeaderSize = 64;
constexpr std::uint64_t kVersionGuess = 64 << 10;  // bytes of a version section
constexpr std::size_t kWindow = 16 << 10;          // bytes read at once

struct Segment {
  std::uint32_t type = 0;
  std::uint64_t offset = 0, address = 0, size = 0;  // size: in the file
};

// What the entries of .dynamic say; addresses are those of the loaded file.
struct Dynamic {
  std::vector<std::uint64_t> needed;  // offsets into the string table
  std::optional<std::uint64_t> soname, rpath, runpath;
  std::uint64_t strings = 0, strings_size = 0;
  std::uint64_t needs = 0, need_count = 0;  // DT_VERNEED, DT_VERNEEDNUM
  std::uint64_t definitions = 0, definition_count = 0;
};

// A version of another library: offsets of both names.
struct NeededVersion {
  std::uint64_t library = 0, version = 0;
};

// Reads at any place, through a window that it moves forwards; so tables are cheap to read in order
// of their offset.
class File {
 public:
  File(std::uint64_t size, const std::function<std::string(std::uint64_t, std::size_t)>& read_at)
      : size_(size),
        read_at_(read_at) {}

  std::uint64_t size() const { return size_; }

  // Up to `length` bytes, fewer at the end of the file. Valid until the next call.
  std::string_view some(std::uint64_t offset, std::size_t length) {
    if (offset >= size_) {
      return {};
    }
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
    if (offset < begin_ || offset + length > begin_ + window_.size()) {
      std::uint64_t wanted = std::min<std::uint64_t>(std::max(length, kWindow), size_ - offset);
      window_ = read_at_(offset, static_cast<std::size_t>(wanted));
      begin_ = offset;
    }
    return std::string_view(window_).substr(static_cast<std::size_t>(offset - begin_), length);
  }

  std::string_view exactly(std::uint64_t offset, std::size_t length) {
    std::string_view bytes = some(offset, length);
    if (bytes.size() < length) {
      throw Error(ErrorKind::malformed,
                  fmt::format("ELF table at {} reaches past the end of {} bytes", offset, size_));
    }
    return bytes;
  }

 private:
  std::uint64_t size_;
  const std::function<std::string(std::uint64_t, std::size_t)>& read_at_;
  std::uint64_t begin_ = 0;
  std::string window_;
};

ByteReader reader(std::string_view bytes) { return {util::as_bytes(bytes), "ELF"}; }

// What of the ELF header is asked for.
struct Header {
  bool is_shared = false;
  std::uint16_t machine = 0;
  std::uint64_t program_headers = 0;  // offset
  std::uint16_t entry_size = 0, count = 0;
};

// Nothing for what is no little-endian ELF64.
std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic) || bytes[4] != 2 || bytes[5] != 1) {
    return std::nullopt;  // class 2: 64 bits; data 1: little-endian
  }
  ByteReader in = reader(bytes.substr(0, kHeaderSize));
  in.take(16);
  Header header;
  header.is_shared = in.u16() == kShared;
  header.machine = in.u16();
  in.take(4 + 8);  // version, entry point
  header.program_headers = in.u64();
  in.take(8 + 4 + 2);  // section headers, flags, size of this header
  header.entry_size = in.u16();
  header.count = in.u16();
  return header;
}

std::vector<Segment> read_segments(File& file, const Header& header) {
  std::uint64_t offset = header.program_headers;
  std::uint16_t entry_size = header.entry_size;
  std::uint16_t count = header.count;
  std::vector<Segment> segments;
  if (count != 0 && entry_size != 56) {
    throw Error(ErrorKind::malformed,
                fmt::format("ELF program headers of {} bytes: wanted 56", entry_size));
  }
  for (std::uint16_t i = 0; i < count; ++i) {
    ByteReader in = reader(file.exactly(offset + std::uint64_t{i} * 56, 56));
    Segment segment;
    segment.type = in.u32();
    in.u32();  // flags
    segment.offset = in.u64();
    segment.address = in.u64();
    in.u64();  // physical address
    segment.size = in.u64();
    segments.push_back(segment);
  }
  return segments;
}

void set_entry(Dynamic& dynamic, std::uint64_t tag, std::uint64_t value) {
  switch (tag) {
    case 1:
      dynamic.needed.push_back(value);
      break;
    case 5:
      dynamic.strings = value;
      break;
    case 10:
      dynamic.strings_size = value;
      break;
    case 14:
      dynamic.soname = value;
      break;
    case 15:
      dynamic.rpath = value;
      break;
    case 29:
      dynamic.runpath = value;
      break;
    case 0x6ffffffc:
      dynamic.definitions = value;
      break;
    case 0x6ffffffd:
      dynamic.definition_count = value;
      break;
    case 0x6ffffffe:
      dynamic.needs = value;
      break;
    case 0x6fffffff:
      dynamic.need_count = value;
      break;
    default:
      break;
  }
}

Dynamic read_dynamic(File& file, const Segment& segment) {
  Dynamic dynamic;
  std::uint64_t size = std::min(segment.size, kMostDynamic);
  for (std::uint64_t at = 0; at + 16 <= size; at += 16) {
    ByteReader in = reader(file.exactly(segment.offset + at, 16));
    std::uint64_t tag = in.u64();
    std::uint64_t value = in.u64();
    if (tag == 0) {
      break;
    }
    set_entry(dynamic, tag, value);
  }
  return dynamic;
}

// The place in the file of what is loaded at an address.
std::optional<std::uint64_t> find_offset(const std::vector<Segment>& segments,
                                         std::uint64_t address) {
  for (const Segment& segment : segments) {
    if (segment.type == kLoad && address >= segment.address &&
        address - segment.address < segment.size) {
      return segment.offset + (address - segment.address);
    }
  }
  return std::nullopt;
}

std::uint64_t file_offset(const std::vector<Segment>& segments, std::uint64_t address) {
  if (std::optional<std::uint64_t> offset = find_offset(segments, address)) {
    return *offset;
  }
  throw Error(ErrorKind::malformed,
              fmt::format("ELF address {:#x} is in no segment of the file", address));
}

// Steps through a chain whose records say how far the next one is. Offsets never fall, so it ends.
void check_steps(std::size_t& steps) {
  if (++steps > kMostRecords) {
    throw Error(ErrorKind::malformed,
                fmt::format("ELF version section with more than {} records", kMostRecords));
  }
}

std::vector<NeededVersion> read_needed_versions(File& file, std::uint64_t at, std::uint64_t count) {
  std::vector<NeededVersion> out;
  std::size_t steps = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    check_steps(steps);
    ByteReader in = reader(file.exactly(at, 16));
    in.u16();  // version of the structure
    std::uint16_t versions = in.u16();
    std::uint32_t library = in.u32();
    std::uint64_t aux = at + in.u32();
    std::uint32_t next = in.u32();
    for (std::uint16_t k = 0; k < versions; ++k) {
      check_steps(steps);
      ByteReader one = reader(file.exactly(aux, 16));
      one.u32();  // hash
      one.u32();  // flags, index
      out.push_back({library, one.u32()});
      aux += one.u32();
    }
    if (next == 0) {
      break;
    }
    at += next;
  }
  return out;
}

std::vector<std::uint64_t> read_defined_versions(File& file,
                                                 std::uint64_t at,
                                                 std::uint64_t count) {
  std::vector<std::uint64_t> out;
  std::size_t steps = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    check_steps(steps);
    ByteReader in = reader(file.exactly(at, 20));
    in.u16();  // version of the structure
    std::uint16_t flags = in.u16();
    in.u32();  // index, number of names
    in.u32();  // hash
    std::uint64_t aux = at + in.u32();
    std::uint32_t next = in.u32();
    if ((flags & kIsBase) == 0) {
      out.push_back(reader(file.exactly(aux, 8)).u32());
    }
    if (next == 0) {
      break;
    }
    at += next;
  }
  return out;
}

// The strings at these offsets of the string table. They are read in order of the offset.
class Strings {
 public:
  Strings(std::uint64_t begin, std::uint64_t size) : begin_(begin), size_(size) {}

  void want(std::uint64_t offset) { strings_[offset]; }

  void read(File& file) {
    for (auto& [offset, text] : strings_) {
      if (offset >= size_) {
        throw Error(ErrorKind::malformed,
                    fmt::format("ELF string at {}: the table has {} bytes", offset, size_));
      }
      std::size_t most =
          static_cast<std::size_t>(std::min<std::uint64_t>(kMostName, size_ - offset));
      std::string_view bytes = file.some(begin_ + offset, most);
      std::size_t end = bytes.find('\0');
      if (end == std::string_view::npos) {
        throw Error(ErrorKind::malformed, fmt::format("ELF string at {} has no end", offset));
      }
      text = bytes.substr(0, end);
    }
  }

  const std::string& operator[](std::uint64_t offset) const { return strings_.at(offset); }

 private:
  std::uint64_t begin_, size_;
  std::map<std::uint64_t, std::string> strings_;
};

std::vector<unsigned long> numbers(std::string_view text) {
  std::vector<unsigned long> out;
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    unsigned long value = 0;
    auto [rest, code] = std::from_chars(at, end, value);
    if (code != std::errc()) {
      break;
    }
    out.push_back(value);
    at = rest < end ? rest + 1 : end;
  }
  return out;
}

// "GLIBC_2.28" → GLIBC, 2.28; what ends in no number stands for itself.
void note_version(std::map<std::string, std::string>& versions, const std::string& name) {
  std::size_t cut = name.rfind('_');
  bool numeric = cut != std::string::npos && cut + 1 < name.size() && name[cut + 1] >= '0' &&
                 name[cut + 1] <= '9';
  std::string key = numeric ? name.substr(0, cut) : name;
  std::string value = numeric ? name.substr(cut + 1) : name;
  std::string& largest = versions[key];
  if (largest.empty() || numbers(largest) < numbers(value)) {
    largest = value;
  }
}

std::vector<std::string> split_paths(const std::string& text) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find(':', begin);
    std::string part = text.substr(begin, end == std::string::npos ? end : end - begin);
    if (!part.empty()) {
      out.push_back(part);
    }
  }
  return out;
}

void read_tables(File& file,
                 const std::vector<Segment>& segments,
                 const Dynamic& dynamic,
                 Elf& elf) {
  std::vector<NeededVersion> needs;
  std::vector<std::uint64_t> definitions;
  if (dynamic.needs != 0) {
    needs = read_needed_versions(file, file_offset(segments, dynamic.needs), dynamic.need_count);
  }
  if (dynamic.definitions != 0) {
    definitions = read_defined_versions(
        file, file_offset(segments, dynamic.definitions), dynamic.definition_count);
  }
  std::vector<std::uint64_t> wanted = dynamic.needed;
  for (const std::optional<std::uint64_t>& one : {dynamic.soname, dynamic.rpath, dynamic.runpath}) {
    if (one) {
      wanted.push_back(*one);
    }
  }
  wanted.insert(wanted.end(), definitions.begin(), definitions.end());
  for (const NeededVersion& one : needs) {
    wanted.insert(wanted.end(), {one.library, one.version});
  }
  if (wanted.empty()) {
    return;
  }
  Strings strings(file_offset(segments, dynamic.strings), dynamic.strings_size);
  for (std::uint64_t offset : wanted) {
    strings.want(offset);
  }
  strings.read(file);
  for (std::uint64_t offset : dynamic.needed) {
    elf.needed.push_back(strings[offset]);
  }
  elf.soname = dynamic.soname ? strings[*dynamic.soname] : "";
  elf.rpath = dynamic.rpath ? split_paths(strings[*dynamic.rpath]) : std::vector<std::string>();
  elf.runpath =
      dynamic.runpath ? split_paths(strings[*dynamic.runpath]) : std::vector<std::string>();
  for (const NeededVersion& one : needs) {
    note_version(elf.versions_needed[strings[one.library]], strings[one.version]);
  }
  for (std::uint64_t offset : definitions) {
    elf.versions_defined.push_back(strings[offset]);
  }
}

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case 62:
      return "x86_64";
    case 183:
      return "aarch64";
    default:
      return fmt::format("EM_{}", machine);
  }
}

}  // namespace

bool looks_like_elf(util::Bytes first_bytes) {
  return util::as_text(first_bytes).starts_with(kMagic);
}

std::optional<Elf> read_elf(std::uint64_t size,
                            const std::function<std::string(std::uint64_t, std::size_t)>& read_at) {
  File file(size, read_at);
  std::optional<Header> header = read_header(file.some(0, kHeaderSize));
  if (!header) {
    return std::nullopt;
  }
  Elf elf;
  elf.is_shared = header->is_shared;
  elf.machine = machine_name(header->machine);
  std::vector<Segment> segments = read_segments(file, *header);
  auto segment = std::ranges::find(segments, kDynamic, &Segment::type);
  if (segment != segments.end()) {
    elf.is_dynamic = true;
    read_tables(file, segments, read_dynamic(file, *segment), elf);
  }
  return elf;
}

namespace {

// A file of which only the beginning is there.
struct Head {
  explicit Head(util::Bytes bytes)
      : read_at([bytes](std::uint64_t offset, std::size_t length) {
          std::string_view text = util::as_text(bytes);
          return offset < text.size() ? std::string(text.substr(offset, length)) : std::string();
        }),
        file(bytes.size(), read_at) {}

  std::function<std::string(std::uint64_t, std::size_t)> read_at;
  File file;
};

}  // namespace

std::uint64_t program_headers_end(util::Bytes first_bytes) {
  std::optional<Header> header = read_header(util::as_text(first_bytes));
  if (!header) {
    return 0;
  }
  return std::max<std::uint64_t>(
      kHeaderSize, header->program_headers + std::uint64_t{header->count} * header->entry_size);
}

std::optional<Range> find_dynamic(util::Bytes head) {
  Head beginning(head);
  std::optional<Header> header = read_header(util::as_text(head));
  if (!header) {
    return std::nullopt;
  }
  std::vector<Segment> segments = read_segments(beginning.file, *header);
  auto segment = std::ranges::find(segments, kDynamic, &Segment::type);
  if (segment == segments.end()) {
    return std::nullopt;
  }
  return Range{.offset = segment->offset, .size = std::min(segment->size, kMostDynamic)};
}

std::vector<Range> find_tables(util::Bytes head, util::Bytes dynamic, std::uint64_t file_size) {
  Head beginning(head);
  std::optional<Header> header = read_header(util::as_text(head));
  if (!header) {
    return {};
  }
  std::vector<Segment> segments = read_segments(beginning.file, *header);
  Head table(dynamic);
  Dynamic entries = read_dynamic(table.file, {.size = dynamic.size()});
  std::vector<Range> ranges;
  auto add = [&](std::uint64_t address, std::uint64_t size) {
    std::optional<std::uint64_t> offset = find_offset(segments, address);
    if (address != 0 && offset && *offset < file_size) {
      ranges.push_back({.offset = *offset, .size = std::min(size, file_size - *offset)});
    }
  };
  add(entries.strings, entries.strings_size);
  add(entries.needs, kVersionGuess);
  add(entries.definitions, kVersionGuess);
  return ranges;
}

}  // namespace cartwheel::elf

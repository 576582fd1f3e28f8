// The dynamic part of ELF64 files (gABI, chapters 4 and 5; the GNU version sections of the LSB).
// Only what program headers reach is read, as the loader does; section headers are never looked at.

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "elf/dynamic.h"
#include "elf/elf.h"
#include "elf/version_sections.h"
#include "util/error.h"

namespace cartwheel::elf {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kMostName = 4096;            // bytes of a string
constexpr std::uint64_t kVersionGuess = 64 << 10;  // bytes of a version section

// The strings at these offsets of the string table. They are read in order of the offset.
class Strings {
 public:
  Strings(std::uint64_t begin, std::uint64_t size) : begin_(begin), size_(size) {}

  void want(std::uint64_t offset) { strings_[offset]; }

  void read(ElfFile& file) {
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

void read_tables(ElfFile& file,
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
  return util::as_text(first_bytes).starts_with(kElfMagic);
}

std::optional<Elf> read_elf(std::uint64_t size,
                            const std::function<std::string(std::uint64_t, std::size_t)>& read_at) {
  ElfFile file(size, read_at);
  std::optional<ElfHeader> header = read_header(file.some(0, kHeaderSize));
  if (!header) {
    return std::nullopt;
  }
  Elf elf;
  elf.is_shared = header->is_shared;
  elf.machine = machine_name(header->machine);
  std::vector<Segment> segments = read_segments(file, *header);
  auto segment = std::ranges::find(segments, kDynamicSegment, &Segment::type);
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
  ElfFile file;
};

}  // namespace

std::uint64_t program_headers_end(util::Bytes first_bytes) {
  std::optional<ElfHeader> header = read_header(util::as_text(first_bytes));
  if (!header) {
    return 0;
  }
  return std::max<std::uint64_t>(
      kHeaderSize, header->program_headers + std::uint64_t{header->count} * header->entry_size);
}

std::optional<Range> find_dynamic(util::Bytes head) {
  Head beginning(head);
  std::optional<ElfHeader> header = read_header(util::as_text(head));
  if (!header) {
    return std::nullopt;
  }
  std::vector<Segment> segments = read_segments(beginning.file, *header);
  auto segment = std::ranges::find(segments, kDynamicSegment, &Segment::type);
  if (segment == segments.end()) {
    return std::nullopt;
  }
  return Range{.offset = segment->offset, .size = std::min(segment->size, kMostDynamic)};
}

std::vector<Range> find_tables(util::Bytes head, util::Bytes dynamic, std::uint64_t file_size) {
  Head beginning(head);
  std::optional<ElfHeader> header = read_header(util::as_text(head));
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

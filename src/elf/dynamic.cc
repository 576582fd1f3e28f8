#include "elf/dynamic.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::elf {

using util::ByteReader;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint32_t kLoad = 1;    // PT_LOAD
constexpr std::uint16_t kShared = 3;  // ET_DYN

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

}  // namespace

std::optional<ElfHeader> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kElfMagic) || bytes[4] != 2 ||
      bytes[5] != 1) {
    return std::nullopt;  // class 2: 64 bits; data 1: little-endian
  }
  ByteReader in = elf_reader(bytes.substr(0, kHeaderSize));
  in.take(16);
  ElfHeader header;
  header.is_shared = in.u16() == kShared;
  header.machine = in.u16();
  in.take(4 + 8);  // version, entry point
  header.program_headers = in.u64();
  in.take(8 + 4 + 2);  // section headers, flags, size of this header
  header.entry_size = in.u16();
  header.count = in.u16();
  return header;
}

std::vector<Segment> read_segments(ElfFile& file, const ElfHeader& header) {
  std::uint64_t offset = header.program_headers;
  std::uint16_t entry_size = header.entry_size;
  std::uint16_t count = header.count;
  std::vector<Segment> segments;
  if (count != 0 && entry_size != 56) {
    throw Error(ErrorKind::malformed,
                fmt::format("ELF program headers of {} bytes: wanted 56", entry_size));
  }
  for (std::uint16_t i = 0; i < count; ++i) {
    ByteReader in = elf_reader(file.exactly(offset + std::uint64_t{i} * 56, 56));
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

Dynamic read_dynamic(ElfFile& file, const Segment& segment) {
  Dynamic dynamic;
  std::uint64_t size = std::min(segment.size, kMostDynamic);
  for (std::uint64_t at = 0; at + 16 <= size; at += 16) {
    ByteReader in = elf_reader(file.exactly(segment.offset + at, 16));
    std::uint64_t tag = in.u64();
    std::uint64_t value = in.u64();
    if (tag == 0) {
      break;
    }
    set_entry(dynamic, tag, value);
  }
  return dynamic;
}

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

}  // namespace cartwheel::elf

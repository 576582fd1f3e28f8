#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"

namespace cartwheel::elf {

constexpr std::size_t kHeaderSize = 64;
constexpr std::uint64_t kMostDynamic = 1 << 20;  // bytes that are read of .dynamic
constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";
constexpr std::uint32_t kDynamicSegment = 2;  // PT_DYNAMIC

// What of the ELF header is asked for.
struct ElfHeader {
  bool is_shared = false;
  std::uint16_t machine = 0;
  std::uint64_t program_headers = 0;  // offset
  std::uint16_t entry_size = 0, count = 0;
};

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

// Nothing for what is no little-endian ELF64.
std::optional<ElfHeader> read_header(std::string_view bytes);
std::vector<Segment> read_segments(ElfFile& file, const ElfHeader& header);
Dynamic read_dynamic(ElfFile& file, const Segment& segment);

// The place in the file of what is loaded at an address.
std::optional<std::uint64_t> find_offset(const std::vector<Segment>& segments,
                                         std::uint64_t address);
// The same, which must be one: Error{malformed}.
std::uint64_t file_offset(const std::vector<Segment>& segments, std::uint64_t address);

}  // namespace cartwheel::elf

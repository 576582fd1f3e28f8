#pragma once

#include <cstdint>
#include <vector>

#include "elf/elf_file.h"

namespace cartwheel::elf {

// A version of another library: offsets of both names.
struct NeededVersion {
  std::uint64_t library = 0, version = 0;
};

// The records of .gnu.version_r, from an offset in the file. Throws Error{malformed}.
std::vector<NeededVersion> read_needed_versions(ElfFile& file,
                                                std::uint64_t at,
                                                std::uint64_t count);
// Those of .gnu.version_d: offsets of the names, without the file's own.
std::vector<std::uint64_t> read_defined_versions(ElfFile& file,
                                                 std::uint64_t at,
                                                 std::uint64_t count);

}  // namespace cartwheel::elf

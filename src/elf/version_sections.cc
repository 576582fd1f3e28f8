#include "elf/version_sections.h"

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::elf {

using util::ByteReader;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint16_t kIsBase = 1;           // VER_FLG_BASE
constexpr std::size_t kMostRecords = 1 << 16;  // of a version section

// Steps through a chain whose records say how far the next one is. Offsets never fall, so it ends.
void check_steps(std::size_t& steps) {
  if (++steps > kMostRecords) {
    throw Error(ErrorKind::malformed,
                fmt::format("ELF version section with more than {} records", kMostRecords));
  }
}

}  // namespace

std::vector<NeededVersion> read_needed_versions(ElfFile& file,
                                                std::uint64_t at,
                                                std::uint64_t count) {
  std::vector<NeededVersion> out;
  std::size_t steps = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    check_steps(steps);
    ByteReader in = elf_reader(file.exactly(at, 16));
    in.u16();  // version of the structure
    std::uint16_t versions = in.u16();
    std::uint32_t library = in.u32();
    std::uint64_t aux = at + in.u32();
    std::uint32_t next = in.u32();
    for (std::uint16_t k = 0; k < versions; ++k) {
      check_steps(steps);
      ByteReader one = elf_reader(file.exactly(aux, 16));
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

std::vector<std::uint64_t> read_defined_versions(ElfFile& file,
                                                 std::uint64_t at,
                                                 std::uint64_t count) {
  std::vector<std::uint64_t> out;
  std::size_t steps = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    check_steps(steps);
    ByteReader in = elf_reader(file.exactly(at, 20));
    in.u16();  // version of the structure
    std::uint16_t flags = in.u16();
    in.u32();  // index, number of names
    in.u32();  // hash
    std::uint64_t aux = at + in.u32();
    std::uint32_t next = in.u32();
    if ((flags & kIsBase) == 0) {
      out.push_back(elf_reader(file.exactly(aux, 8)).u32());
    }
    if (next == 0) {
      break;
    }
    at += next;
  }
  return out;
}

}  // namespace cartwheel::elf

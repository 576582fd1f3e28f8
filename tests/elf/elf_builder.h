#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel::tests {

// A small ELF64 file in memory: header, one PT_LOAD over everything, PT_DYNAMIC, then the tables in
// the order that `dynamic_last` says (as linkers lay them out: .dynstr, .gnu.version_r, .dynamic;
// patchelf: .dynamic first).
struct ElfBuilder {
  std::uint16_t type = 3;      // ET_DYN
  std::uint16_t machine = 62;  // EM_X86_64
  std::string soname;
  std::vector<std::string> needed;
  std::string rpath, runpath;
  std::vector<std::pair<std::string, std::vector<std::string>>> versions;  // library, its versions
  std::vector<std::string> defines;  // after the base definition
  bool dynamic_last = true;
  bool has_dynamic = true;
  std::size_t gap = 0;  // zero bytes between .dynamic and the other tables
  std::uint64_t load_address = 0x10000;

  std::string bytes() const;
};

}  // namespace cartwheel::tests

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "util/bytes.h"

namespace cartwheel::layer {

// Set in the number of an architecture: with kSpecificGpu code runs on that GPU only (90 with it is
// sm_90a), with kFamilyGpu on those of its major version that are not older (100 with it: sm_100f).
inline constexpr unsigned kSpecificGpu = 1U << 16;
inline constexpr unsigned kFamilyGpu = 1U << 17;
std::string gpu_name(unsigned architecture);  // "90a"
unsigned gpu_number(std::string_view name);   // and back

// Architecture → how many pieces of code for it.
using GpuCounts = std::map<unsigned, std::uint64_t>;

// Finds the GPU code in a file as it goes by: the fat binaries that nvcc embeds, each a header (u32
// 0xba55ed50, u16 1, u16 16, u64 size of what follows) and entries, at multiples of 8. An entry's
// header: u16 kind, u16 0x0101, u32 size of the header, u64 size of the code, u32 0, u32 where the
// options are told in the header, u32 0, u32 architecture, u32 where the source's name is, u32 its
// length, u64 flags, 16 bytes more; then the name and the options (u32 where, u32 length), each
// text with a NUL, to a multiple of 8. Kinds are 1, PTX, 2, machine code, and 256, several of one
// kind compressed together (nvcc --concat): behind its 64 bytes u32 number, u32 size from here on,
// and an entry's header for each. Found by what nvcc 11 to 13.5 write; cuobjdump lists the same
// (tests/interop/gpu.sh). PTX of relocatable code counts: the
// runtime links it for a GPU for which there is nothing else, as was seen on an H200.
class FatBinaryWatch {
 public:
  void take(util::Bytes piece);
  const GpuCounts& sass() const { return sass_; }  // 80 for sm_80
  const GpuCounts& ptx() const { return ptx_; }    // 90 for compute_90

 private:
  void read();
  bool read_header();  // false: more has to come
  bool read_entry();
  void count_group(std::string_view header);

  std::uint64_t position_ = 0;  // in the file, of the next byte
  std::uint64_t next_ = 0;      // where to look next: for a header, or the next entry
  std::uint64_t end_ = 0;       // of the fat binary that we are in; 0: in none
  std::string pending_;         // bytes from next_ on that came so far, fewer than are wanted
  std::size_t wanted_ = 16;     // a header's bytes, or an entry's header's
  GpuCounts sass_, ptx_;
};

}  // namespace cartwheel::layer

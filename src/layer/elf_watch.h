#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf.h"
#include "util/bytes.h"

namespace cartwheel::layer {

// Set in the number of an architecture whose code runs on that GPU only, and on no later one of its
// major version: 90 with it is sm_90a.
inline constexpr unsigned kSpecificGpu = 1U << 16;
std::string gpu_name(unsigned architecture);  // "90a"
unsigned gpu_number(std::string_view name);   // and back

// Architecture → how many pieces of code for it.
using GpuCounts = std::map<unsigned, std::uint64_t>;

// Finds the GPU code in a file as it goes by: the fat binaries that nvcc embeds, each a header (u32
// 0xba55ed50, u16 1, u16 16, u64 size of what follows) and entries (u16 kind, u16 0x0101, u32 size
// of the entry's header, u64 size of the code, …, at byte 28 u32 architecture, at byte 40 u64
// flags), at multiples of 8. Kinds are 1, PTX, and 2, machine code; PTX of relocatable code does
// not count.
class FatBinaryWatch {
 public:
  void take(util::Bytes piece);
  const GpuCounts& sass() const { return sass_; }  // 80 for sm_80
  const GpuCounts& ptx() const { return ptx_; }    // 90 for compute_90

 private:
  std::size_t scan(util::Bytes piece);
  void read_entry();

  std::uint64_t position_ = 0;  // in the file, of the next byte
  std::uint64_t next_ = 0;      // where to look next: for a header, or the next entry
  std::uint64_t end_ = 0;       // of the fat binary that we are in; 0: in none
  std::string pending_;         // bytes from next_ on that came so far, fewer than are wanted
  std::size_t wanted_ = 16;     // a header's bytes, or an entry's header's
  GpuCounts sass_, ptx_;
};

// Keeps of a file that goes by what elf::read_elf needs (docs/formats.md section 7): its beginning,
// .dynamic, and the tables that lie behind it. The tables before it come from a second look.
class ElfWatch {
 public:
  // The file again, from its beginning, in pieces, until the callback gives false.
  using Replay = std::function<void(const std::function<bool(util::Bytes)>&)>;

  explicit ElfWatch(std::uint64_t size) : size_(size) {}
  // The next piece. Gives false when the file is no ELF file: then the rest tells nothing.
  bool take(util::Bytes piece);
  // After the last piece. Nothing for a file that is no ELF64; Error{malformed} for broken tables,
  // and for a string table above 32 MiB.
  std::optional<elf::Elf> finish(const Replay& replay);
  const FatBinaryWatch& gpu_code() const { return gpu_code_; }

 private:
  struct Kept {
    elf::Range range;
    std::string bytes;  // from range.offset on
    bool is_whole() const { return bytes.size() == range.size; }
  };

  void find_dynamic();
  void find_tables(std::uint64_t piece_begin, util::Bytes piece);
  std::string read_at(std::uint64_t offset, std::size_t length) const;
  static void keep(Kept& kept, std::uint64_t piece_begin, util::Bytes piece);
  void look_again(const Replay& replay);

  std::uint64_t size_;
  std::uint64_t position_ = 0;
  std::string head_;
  bool decided_ = false, is_elf_ = false;
  std::uint64_t headers_end_ = 0;
  bool has_dynamic_ = false, has_tables_ = false;
  Kept dynamic_;
  std::vector<Kept> tables_;
  FatBinaryWatch gpu_code_;
};

}  // namespace cartwheel::layer

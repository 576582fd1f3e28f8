#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elf/elf.h"
#include "layer/fat_binary_watch.h"
#include "util/bytes.h"

namespace cartwheel::layer {

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

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "archive/bit_writer.h"

namespace cartwheel::archive {

// A tar header block in a run, for candidate P of docs/formats.md section 3.1.
struct HeaderPlace {
  std::size_t offset = 0;      // of the block in the run
  std::uint64_t distance = 0;  // bytes of tar back to the header block before it; 0: there is none
  std::string_view previous;   // the 512 bytes of that block
};

// Encoder H: one block with fixed codes, of a run of fewer than 4,096 bytes. places: in order of
// offset.
class EncoderH {
 public:
  static constexpr std::size_t kMaxRun = 4095;

  EncoderH();
  void encode(std::string_view text,
              const std::vector<HeaderPlace>& places,
              bool last,
              BitWriter& out);

 private:
  static constexpr unsigned kHashBits = 12;

  struct Match {
    unsigned length = 0;
    unsigned distance = 0;
  };
  Match nearest(std::string_view text, std::size_t at) const;
  void insert(std::string_view text, std::size_t at);

  std::vector<std::uint16_t> head_;  // position + 1 of the latest with this hash; 0: none
  std::vector<std::uint16_t> before_;
};

}  // namespace cartwheel::archive

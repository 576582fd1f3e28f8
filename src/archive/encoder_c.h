#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "archive/bit_writer.h"
#include "archive/deflate_tables.h"

namespace cartwheel::archive {

// Encoder C of docs/formats.md section 3.1: deflate whose every choice is frozen, as the text goes
// by. Holds a window, one block of tokens and tables: about 1 MiB, whatever the length of the text.
// Not thread-safe.
class EncoderC {
 public:
  EncoderC();
  // A new text, with nothing before it.
  void begin();
  // The next bytes of it. Whole blocks go to out as they are full.
  void feed(std::string_view bytes, BitWriter& out);
  // Its end; last: the last block has BFINAL.
  void end(bool last, BitWriter& out);

 private:
  static constexpr unsigned kHashBits = 15;
  static constexpr std::size_t kBlockTokens = 32768;
  static constexpr std::size_t kSpace =
      std::size_t{1} << 18;  // bytes of text held: window and what is not coded yet

  struct Match {
    unsigned length = 0;  // 0: none
    unsigned distance = 0;
  };
  void work(bool at_end, BitWriter& out);
  Match longest(std::size_t at, std::size_t end, unsigned more_than) const;
  void insert_up_to(std::size_t at);
  void slide();
  void token(std::uint32_t token, BitWriter& out);
  void put_block(bool last, BitWriter& out);

  // text_[0, size_): the bytes held; those before at_ are coded, those before inserted_ are in the
  // hash chains.
  std::vector<unsigned char> text_;
  std::size_t size_ = 0, at_ = 0, inserted_ = 0;
  Match pending_;  // M(at_), when has_pending_
  bool has_pending_ = false;
  std::vector<std::uint32_t> head_;  // position + 1 in text_ of the latest with this hash; 0: none
  std::vector<std::uint32_t> before_;  // by position mod kWindow
  std::vector<std::uint32_t> tokens_;  // literal, or length << 16 | distance - 1
  std::vector<std::uint32_t> literal_counts_;
  std::vector<std::uint32_t> distance_counts_;
};

}  // namespace cartwheel::archive

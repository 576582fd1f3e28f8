#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "util/bytes.h"

namespace cartwheel::archive {

// Which inflater. isa_l takes incomplete Huffman codes, which zlib and Go refuse: `strict` inflates
// with zlib as well.
enum class Inflater { fastest, zlib };
Inflater fastest_inflater();  // whether ISA-L may be used on this machine

// Where the last block of a deflate stream begins and ends (docs/formats.md section 4): bit offsets
// from its first bit.
struct DeflateEnd {
  std::uint64_t final_bit = 0;
  std::uint64_t end = 0;
};

// Inflates one raw deflate stream (RFC 1951) as its bytes go by and finds its last block. Not
// thread-safe.
class MemberInflater {
 public:
  explicit MemberInflater(Inflater inflater);
  MemberInflater(MemberInflater&&) noexcept;
  ~MemberInflater();
  // Starts over for another member; keeps the allocated state.
  void reset();
  // Inflates `compressed`, calling out with each piece (at most `piece` bytes, in order; valid
  // during the call only). Throws Error{malformed} for a broken stream and for bytes after its end.
  void feed(util::Bytes compressed, const std::function<void(util::Bytes)>& out);
  // Whether the last block begins in what was fed so far.
  bool in_last_block() const;
  // After the last byte; Error{malformed} when the stream has not ended.
  DeflateEnd finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// CRC-32 (RFC 1952 section 8), as fast as the machine can.
std::uint32_t crc32(std::uint32_t crc, util::Bytes bytes);
// Of A followed by B from both and the length of B.
std::uint32_t crc32_combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_length);

}  // namespace cartwheel::archive

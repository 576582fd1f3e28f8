#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::archive::reference {

// docs/formats.md section 3 written a second time, word by word and without a thought of speed, to
// hold the encoders against. Bits, one char ('0' or '1') each, in the order in which they leave.

// A header block in the tar: its position there.
std::string encode_h(std::string_view tar,
                     std::size_t run_begin,
                     std::size_t run_end,
                     const std::vector<std::size_t>& header_blocks,
                     bool last);
std::string encode_c(std::string_view text, bool last);

// Bits packed into bytes, zeros at the end.
std::string packed(const std::string& bits);

}  // namespace cartwheel::archive::reference

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cartwheel::archive {

// Code lengths of the frozen Huffman algorithm (docs/formats.md section 3.1), 0 for a symbol that
// is not used. No length exceeds limit. complete: a code of one symbol gets a second one, so that
// every reader takes it.
std::vector<std::uint8_t> huffman_lengths(std::vector<std::uint32_t> counts,
                                          unsigned limit,
                                          bool complete);

// The canonical codes of these lengths (RFC 1951 section 3.2.2), reversed, so that they can be put
// least significant bit first.
std::vector<std::uint16_t> huffman_codes(std::span<const std::uint8_t> lengths);

}  // namespace cartwheel::archive

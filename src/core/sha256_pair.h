#pragma once

// For digest.cc only.

#include <array>
#include <cstddef>
#include <cstdint>

namespace cartwheel::core {

using Sha256Words = std::array<std::uint32_t, 8>;  // the chaining value, FIPS 180-4 section 6.2

// Whether this machine can do what follows: x86-64 with the SHA extensions.
bool has_sha256_pair();

// Goes on with two messages at once, by `blocks` blocks of 64 bytes of each. A round waits for the
// one before it, and the unit that computes it is idle meanwhile: a second message costs next to
// nothing. Where x and y are the same bytes, they are expanded once.
void sha256_pair(
    Sha256Words& a, const std::byte* x, Sha256Words& b, const std::byte* y, std::size_t blocks);

}  // namespace cartwheel::core

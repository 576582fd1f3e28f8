#include "core/sha256_pair.h"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include "util/error.h"
#endif

namespace cartwheel::core {

#if defined(__x86_64__)

namespace {

#define CARTWHEEL_SHA __attribute__((target("sha,sse4.1"), always_inline)) inline

alignas(16) constexpr std::uint32_t kRounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// The chaining value in the order in which the instructions have it.
struct Lane {
  __m128i abef, cdgh;
};

CARTWHEEL_SHA Lane load(const Sha256Words& words) {
  const auto* at = reinterpret_cast<const __m128i*>(words.data());
  __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(at), 0xb1);
  __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(at + 1), 0x1b);
  return {_mm_alignr_epi8(badc, hgfe, 8), _mm_blend_epi16(hgfe, badc, 0xf0)};
}

CARTWHEEL_SHA void store(const Lane& lane, Sha256Words& words) {
  auto* at = reinterpret_cast<__m128i*>(words.data());
  __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
  _mm_storeu_si128(at, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(at + 1, _mm_alignr_epi8(dchg, feba, 8));
}

// The 16 latest words of the expanded message, four in each.
struct Words {
  __m128i w[4];
};

CARTWHEEL_SHA Words load_block(const std::byte* block) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  Words words;
  for (int i = 0; i < 4; ++i) {
    words.w[i] =
        _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i), big_endian);
  }
  return words;
}

// The four words after them, in place of the first of them.
CARTWHEEL_SHA void expand(Words& words, int i) {
  __m128i& first = words.w[i & 3];
  const __m128i second = words.w[(i + 1) & 3];
  const __m128i third = words.w[(i + 2) & 3];
  const __m128i fourth = words.w[(i + 3) & 3];
  first = _mm_sha256msg1_epu32(first, second);
  first = _mm_add_epi32(first, _mm_alignr_epi8(fourth, third, 4));
  first = _mm_sha256msg2_epu32(first, fourth);
}

CARTWHEEL_SHA __m128i with_constants(const Words& words, int i) {
  return _mm_add_epi32(words.w[i & 3],
                       _mm_load_si128(reinterpret_cast<const __m128i*>(kRounds) + i));
}

template <bool kSame>
CARTWHEEL_SHA void compress(Lane& a, const std::byte* x, Lane& b, const std::byte* y) {
  const Lane a_before = a;
  const Lane b_before = b;
  Words xs = load_block(x);
  Words ys = kSame ? xs : load_block(y);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {  // four rounds each
    if (i >= 4) {
      expand(xs, i);
      if (!kSame) {
        expand(ys, i);
      }
    }
    __m128i of_a = with_constants(xs, i);
    __m128i of_b = kSame ? of_a : with_constants(ys, i);
    a.cdgh = _mm_sha256rnds2_epu32(a.cdgh, a.abef, of_a);
    b.cdgh = _mm_sha256rnds2_epu32(b.cdgh, b.abef, of_b);
    of_a = _mm_shuffle_epi32(of_a, 0x0e);
    of_b = kSame ? of_a : _mm_shuffle_epi32(of_b, 0x0e);
    a.abef = _mm_sha256rnds2_epu32(a.abef, a.cdgh, of_a);
    b.abef = _mm_sha256rnds2_epu32(b.abef, b.cdgh, of_b);
  }
  a.abef = _mm_add_epi32(a.abef, a_before.abef);
  a.cdgh = _mm_add_epi32(a.cdgh, a_before.cdgh);
  b.abef = _mm_add_epi32(b.abef, b_before.abef);
  b.cdgh = _mm_add_epi32(b.cdgh, b_before.cdgh);
}

template <bool kSame>
__attribute__((target("sha,sse4.1"))) void run(
    Sha256Words& a, const std::byte* x, Sha256Words& b, const std::byte* y, std::size_t blocks) {
  Lane lane_a = load(a);
  Lane lane_b = load(b);
  for (std::size_t i = 0; i < blocks; ++i) {
    compress<kSame>(lane_a, x + 64 * i, lane_b, y + 64 * i);
  }
  store(lane_a, a);
  store(lane_b, b);
}

}  // namespace

bool has_sha256_pair() {
  static const bool usable = [] {
    constexpr unsigned kSha = 1U << 29;  // CPUID leaf 7, EBX
    unsigned registers[4] = {};
    __asm__("cpuid"
            : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
            : "a"(7), "c"(0));
    return __builtin_cpu_supports("sse4.1") != 0 && (registers[1] & kSha) != 0;
  }();
  return usable;
}

void sha256_pair(
    Sha256Words& a, const std::byte* x, Sha256Words& b, const std::byte* y, std::size_t blocks) {
  (x == y ? run<true> : run<false>)(a, x, b, y, blocks);
}

#else

bool has_sha256_pair() { return false; }

void sha256_pair(Sha256Words&, const std::byte*, Sha256Words&, const std::byte*, std::size_t) {
  throw util::Error(util::ErrorKind::internal, "two messages at once: this machine cannot");
}

#endif

}  // namespace cartwheel::core

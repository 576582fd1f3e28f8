// A block of encoder C (RFC 1951 section 3.2.7): BFINAL, 10, HLIT - 257 (5 bits), HDIST - 1 (5),
// HCLEN - 4 (4), HCLEN lengths of the code-length code (3 each, in the order of kLengthOrder), the
// lengths in that code, tokens, end of block.
#include "archive/encoder_c.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

#include "archive/huffman.h"

namespace cartwheel::archive {

namespace {

constexpr unsigned kCandidates = 8;
constexpr unsigned kLazyBelow =
    32;  // a match of this length or more is taken without looking at the next place
constexpr unsigned kFarForThree =
    4096;  // a match of 3 bytes from further away costs more than its literals
constexpr unsigned kMaxCodeLength = 15;
constexpr unsigned kMaxLengthCodeLength = 7;
// What may be read at and after a place: the longest match of the place after it.
constexpr std::size_t kLookAhead = kMaxMatch + 1;
constexpr std::size_t kSlack = 8;  // bytes that may be loaded, and are not used, behind the text

constexpr std::array<std::uint8_t, 19> kLengthOrder = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

std::size_t hash_of(std::uint32_t key, unsigned bits) { return (key * 0x9e3779b1U) >> (32 - bits); }

std::uint32_t three_bytes(const unsigned char* at) {
  std::uint32_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) {
    return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
           static_cast<std::uint32_t>(at[2]) << 16;
  }
  return word & 0xffffff;
}

unsigned common_length(const unsigned char* a, const unsigned char* b, unsigned limit) {
  unsigned length = 0;
  while (length + 8 <= limit) {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    std::memcpy(&x, a + length, sizeof x);
    std::memcpy(&y, b + length, sizeof y);
    if (x != y) {
      if constexpr (std::endian::native == std::endian::little) {
        return length + static_cast<unsigned>(std::countr_zero(x ^ y)) / 8;
      }
      break;
    }
    length += 8;
  }
  while (length < limit && a[length] == b[length]) {
    ++length;
  }
  return length;
}

struct LengthSymbol {
  std::uint8_t symbol = 0;
  std::uint8_t extra_bits = 0;
  std::uint8_t extra = 0;
};

// The code lengths as RFC 1951 section 3.2.7 has them: 0..15 a length, 16 repeat 3..6, 17
// zeros 3..10, 18 zeros 11..138.
std::vector<LengthSymbol> run_lengths(std::span<const std::uint8_t> lengths) {
  std::vector<LengthSymbol> out;
  for (std::size_t i = 0; i < lengths.size();) {
    std::size_t run = 1;
    while (i + run < lengths.size() && lengths[i + run] == lengths[i]) {
      ++run;
    }
    if (lengths[i] == 0 && run >= 11) {
      run = std::min<std::size_t>(run, 138);
      out.push_back({18, 7, static_cast<std::uint8_t>(run - 11)});
    } else if (lengths[i] == 0 && run >= 3) {
      out.push_back({17, 3, static_cast<std::uint8_t>(run - 3)});
    } else if (i > 0 && lengths[i] == lengths[i - 1] && run >= 3) {
      run = std::min<std::size_t>(run, 6);
      out.push_back({16, 2, static_cast<std::uint8_t>(run - 3)});
    } else {
      run = 1;
      out.push_back({lengths[i], 0, 0});
    }
    i += run;
  }
  return out;
}

std::size_t used(std::span<const std::uint8_t> lengths, std::size_t least) {
  std::size_t count = lengths.size();
  while (count > least && lengths[count - 1] == 0) {
    --count;
  }
  return count;
}

// HLIT, HDIST, HCLEN and both codes.
void put_codes(std::span<const std::uint8_t> literals,
               std::span<const std::uint8_t> distances,
               BitWriter& out) {
  const std::size_t literal_count = used(literals, 257);
  const std::size_t distance_count = used(distances, 1);
  std::vector<std::uint8_t> all(literals.begin(),
                                literals.begin() + static_cast<std::ptrdiff_t>(literal_count));
  all.insert(all.end(),
             distances.begin(),
             distances.begin() + static_cast<std::ptrdiff_t>(distance_count));
  const std::vector<LengthSymbol> runs = run_lengths(all);

  std::vector<std::uint32_t> counts(kLengthOrder.size());
  for (const LengthSymbol& run : runs) {
    ++counts[run.symbol];
  }
  const auto lengths = huffman_lengths(std::move(counts), kMaxLengthCodeLength, true);
  const auto codes = huffman_codes(lengths);
  std::size_t length_count = kLengthOrder.size();
  while (length_count > 4 && lengths[kLengthOrder[length_count - 1]] == 0) {
    --length_count;
  }
  out.put(literal_count - 257, 5);
  out.put(distance_count - 1, 5);
  out.put(length_count - 4, 4);
  for (std::size_t i = 0; i < length_count; ++i) {
    out.put(lengths[kLengthOrder[i]], 3);
  }
  for (const LengthSymbol& run : runs) {
    out.put(codes[run.symbol], lengths[run.symbol]);
    out.put(run.extra, run.extra_bits);
  }
}

}  // namespace

EncoderC::EncoderC()
    : text_(kSpace + kSlack),
      head_(std::size_t{1} << kHashBits),
      before_(kWindow),
      literal_counts_(kLiteralSymbols),
      distance_counts_(kDistanceSymbols) {
  tokens_.reserve(kBlockTokens);
}

void EncoderC::begin() {
  size_ = at_ = inserted_ = 0;
  has_pending_ = false;
  std::fill(head_.begin(), head_.end(), 0U);
  tokens_.clear();
  std::fill(literal_counts_.begin(), literal_counts_.end(), 0U);
  std::fill(distance_counts_.begin(), distance_counts_.end(), 0U);
}

void EncoderC::feed(std::string_view bytes, BitWriter& out) {
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kSpace - size_);
    std::memcpy(text_.data() + size_, bytes.data(), count);
    size_ += count;
    bytes.remove_prefix(count);
    if (size_ == kSpace) {
      work(false, out);
      slide();
    }
  }
}

void EncoderC::end(bool last, BitWriter& out) {
  work(true, out);
  put_block(last, out);
}

// Keeps the window before at_, and moves it to the front. Positions older than that leave the
// chains.
void EncoderC::slide() {
  const std::size_t gone =
      at_ > kWindow ? (at_ - kWindow) / kWindow * kWindow : 0;  // keeps positions mod kWindow
  if (gone == 0) {
    return;
  }
  std::memmove(text_.data(), text_.data() + gone, size_ - gone);
  size_ -= gone;
  at_ -= gone;
  inserted_ -= gone;
  const auto less = static_cast<std::uint32_t>(gone);
  for (auto* table : {&head_, &before_}) {
    for (std::uint32_t& place : *table) {
      place = place > less ? place - less : 0;
    }
  }
}

void EncoderC::insert_up_to(std::size_t at) {
  const std::size_t end = std::min(at, size_ >= kMinMatch ? size_ - (kMinMatch - 1) : 0);
  for (; inserted_ < end; ++inserted_) {
    std::uint32_t& head = head_[hash_of(three_bytes(text_.data() + inserted_), kHashBits)];
    before_[inserted_ % kWindow] = head;
    head = static_cast<std::uint32_t>(inserted_ + 1);
  }
}

// M(at) if it is longer than more_than, else nothing. Everything before at is in the chains.
EncoderC::Match EncoderC::longest(std::size_t at, std::size_t end, unsigned more_than) const {
  Match best;
  const auto limit = static_cast<unsigned>(std::min<std::size_t>(end - at, kMaxMatch));
  unsigned length_before = std::max(more_than, kMinMatch - 1);
  if (limit <= length_before) {
    return best;
  }
  const unsigned char* here = text_.data() + at;
  const std::uint32_t key = three_bytes(here);
  unsigned seen = 0;
  // A chain goes back in strictly falling positions; a slot that was written again points forward,
  // and ends it.
  std::size_t newer = at + 1;
  for (std::size_t next = head_[hash_of(key, kHashBits)]; next != 0 && next < newer;
       next = before_[(next - 1) % kWindow]) {
    newer = next;
    const std::size_t place = next - 1;
    if (at - place > kWindow) {
      break;
    }
    const unsigned char* there = text_.data() + place;
    if (three_bytes(there) != key) {
      continue;
    }
    const bool may_be_longer = there[length_before] == here[length_before];
    const unsigned length = may_be_longer ? common_length(here, there, limit) : 0;
    if (length > length_before) {
      length_before = length;
      best = {length, static_cast<unsigned>(at - place)};
    }
    if (length == limit || ++seen == kCandidates) {
      break;
    }
  }
  if (best.length == kMinMatch && best.distance > kFarForThree) {
    return {};
  }
  return best;
}

// Codes what may be coded: everything at the end, else up to where a match could still grow.
void EncoderC::work(bool at_end, BitWriter& out) {
  const std::size_t end = size_;
  while (at_end ? at_ < end : at_ + kLookAhead <= end) {
    if (!has_pending_) {
      insert_up_to(at_);
      pending_ = longest(at_, end, 0);
    }
    has_pending_ = false;
    const Match match = pending_;
    if (match.length == 0) {
      token(text_[at_++], out);
      continue;
    }
    if (match.length < kLazyBelow && at_ + 1 < end) {
      insert_up_to(at_ + 1);
      pending_ = longest(at_ + 1, end, match.length);
      if (pending_.length > match.length) {
        token(text_[at_++], out);
        has_pending_ = true;
        continue;
      }
    }
    token(match.length << 16 | (match.distance - 1), out);
    at_ += match.length;
  }
}

void EncoderC::token(std::uint32_t token, BitWriter& out) {
  if (tokens_.size() == kBlockTokens) {
    put_block(false, out);
  }
  tokens_.push_back(token);
  if (token < 256) {
    ++literal_counts_[token];
  } else {
    ++literal_counts_[kLengthCodes[token >> 16].symbol];
    ++distance_counts_[distance_code((token & 0xffff) + 1).symbol];
  }
}

void EncoderC::put_block(bool last, BitWriter& out) {
  literal_counts_[kEndOfBlock] = 1;
  const auto literal_lengths = huffman_lengths(literal_counts_, kMaxCodeLength, true);
  auto distance_lengths = huffman_lengths(distance_counts_, kMaxCodeLength, false);
  if (std::all_of(distance_lengths.begin(), distance_lengths.end(), [](auto length) {
        return length == 0;
      })) {
    distance_lengths[0] = 1;
  }
  const auto literal_codes = huffman_codes(literal_lengths);
  const auto distance_codes = huffman_codes(distance_lengths);
  out.put(last ? 0b101 : 0b100, 3);
  put_codes(literal_lengths, distance_lengths, out);
  for (std::uint32_t token : tokens_) {
    if (token < 256) {
      out.put(literal_codes[token], literal_lengths[token]);
      continue;
    }
    const Coded& length = kLengthCodes[token >> 16];
    const Coded distance = distance_code((token & 0xffff) + 1);
    const unsigned length_bits = literal_lengths[length.symbol];
    const unsigned distance_bits = distance_lengths[distance.symbol];
    out.put(literal_codes[length.symbol] | length.extra << length_bits,
            length_bits + length.extra_bits);
    out.put(distance_codes[distance.symbol] | distance.extra << distance_bits,
            distance_bits + distance.extra_bits);
  }
  out.put(literal_codes[kEndOfBlock], literal_lengths[kEndOfBlock]);
  tokens_.clear();
  std::fill(literal_counts_.begin(), literal_counts_.end(), 0U);
  std::fill(distance_counts_.begin(), distance_counts_.end(), 0U);
}

}  // namespace cartwheel::archive

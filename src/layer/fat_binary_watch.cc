#include "layer/fat_binary_watch.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace cartwheel::layer {

using util::Bytes;

namespace {

constexpr std::uint64_t kFatHeader = 0x00100001ba55ed50;  // magic, version 1, 16 bytes
constexpr std::size_t kFatHeaderSize = 16;
constexpr std::size_t kEntrySize = 48;   // of an entry's header, what is always read
constexpr std::size_t kGroupHead = 72;   // of a group's, what comes before those of its members
constexpr std::size_t kMemberSize = 64;  // of a member's, without name and options
constexpr std::uint64_t kMostHeader = std::uint64_t{1} << 20;
constexpr std::uint64_t kMostCode = std::uint64_t{1} << 40;
constexpr unsigned kMostArchitecture = 1000;
constexpr std::uint64_t kSpecificFlag = 1 << 20, kFamilyFlag = 1 << 21;
constexpr std::uint16_t kVersion = 0x0101;
constexpr std::uint16_t kPtx = 1, kSass = 2, kGroup = 256;
constexpr std::size_t kBlock = 64;  // words that are compared before a look at the outcome

std::uint64_t word_at(Bytes bytes, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// How many bytes before a header, at multiples of 8; to the first place that cannot be judged when
// there is none.
std::size_t find_fat_header(Bytes bytes) {
  std::size_t at = 0;
  while (at + 8 * kBlock <= bytes.size()) {
    unsigned found = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
      found |= word_at(bytes, at + 8 * i) == kFatHeader ? 1U : 0U;
    }
    if (found != 0) {
      break;
    }
    at += 8 * kBlock;
  }
  while (at + 8 <= bytes.size() && word_at(bytes, at) != kFatHeader) {
    at += 8;
  }
  return at;
}

struct EntryHeader {
  std::uint16_t kind = 0, version = 0;
  std::uint64_t header_size = 0, code_size = 0, flags = 0;
  std::uint32_t options_at = 0, architecture = 0, name_at = 0, name_length = 0;

  // text: at least kEntrySize bytes.
  explicit EntryHeader(std::string_view text) {
    util::ByteReader in(util::as_bytes(text), "fat binary");
    kind = in.u16();
    version = in.u16();
    header_size = in.u32();
    code_size = in.u64();
    in.take(4);
    options_at = in.u32();
    in.take(4);
    architecture = in.u32();
    name_at = in.u32();
    name_length = in.u32();
    flags = in.u64();
  }

  bool is_sound() const {
    return version == kVersion && header_size >= kEntrySize && header_size < kMostHeader &&
           code_size < kMostCode && architecture < kMostArchitecture;
  }
};

std::uint64_t behind_text(std::uint64_t at, std::uint64_t length) {
  return at + (length + 8) / 8 * 8;
}

// Where a member's header at the text's beginning ends, which does not say so itself; 0: nowhere.
std::uint64_t end_of_member(const EntryHeader& header, std::string_view text) {
  std::uint64_t end = kMemberSize;
  if (header.name_length != 0) {
    end = std::max(end, behind_text(header.name_at, header.name_length));
  }
  if (header.options_at != 0) {
    if (header.options_at + std::uint64_t{8} > text.size()) {
      return 0;
    }
    util::ByteReader in(util::as_bytes(text.substr(header.options_at, 8)), "fat binary");
    std::uint64_t at = in.u32();
    end = std::max(end, behind_text(at, in.u32()));
  }
  return end <= text.size() ? end : 0;
}

void count(const EntryHeader& header, GpuCounts& sass, GpuCounts& ptx) {
  unsigned architecture = header.architecture;
  architecture |= (header.flags & kSpecificFlag) != 0 ? kSpecificGpu : 0;
  architecture |= (header.flags & kFamilyFlag) != 0 ? kFamilyGpu : 0;
  if (header.kind == kPtx) {
    ++ptx[architecture];
  } else if (header.kind == kSass) {
    ++sass[architecture];
  }
}

}  // namespace

std::string gpu_name(unsigned architecture) {
  const char* suffix = "";
  if ((architecture & kSpecificGpu) != 0) {
    suffix = "a";
  } else if ((architecture & kFamilyGpu) != 0) {
    suffix = "f";
  }
  return fmt::format("{}{}", architecture & ~(kSpecificGpu | kFamilyGpu), suffix);
}

unsigned gpu_number(std::string_view name) {
  unsigned number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number | (name.ends_with('a') ? kSpecificGpu : 0) | (name.ends_with('f') ? kFamilyGpu : 0);
}

void FatBinaryWatch::take(Bytes piece) {
  while (!piece.empty()) {
    if (position_ < next_) {  // code that nobody asks for
      std::size_t skip = std::min<std::uint64_t>(piece.size(), next_ - position_);
      position_ += skip;
      piece = piece.subspan(skip);
      continue;
    }
    std::size_t taken = end_ == 0 && pending_.empty() ? find_fat_header(piece) : 0;
    position_ += taken;  // which was a multiple of 8
    piece = piece.subspan(taken);
    std::size_t more = std::min(piece.size(), wanted_ - pending_.size());
    pending_ += util::as_text(piece.first(more));
    position_ += more;
    piece = piece.subspan(more);
    if (pending_.size() == wanted_) {
      read();
    }
  }
}

// pending_ is a header, or an entry's header; or it is not what it was taken for.
void FatBinaryWatch::read() {
  if (!(end_ == 0 ? read_header() : read_entry())) {
    return;
  }
  pending_.clear();
  if (end_ != 0 && next_ + kEntrySize > end_) {
    next_ = end_;
    end_ = 0;
  }
  if (end_ == 0) {
    next_ = (std::max(next_, position_) + 7) / 8 * 8;
  }
  wanted_ = end_ == 0 ? kFatHeaderSize : kEntrySize;
}

bool FatBinaryWatch::read_header() {
  util::ByteReader in(util::as_bytes(pending_), "fat binary");
  bool is_header = in.u64() == kFatHeader;
  std::uint64_t size = in.u64();
  if (size == kFatHeader) {  // no size: the header begins 8 bytes further on
    pending_.erase(0, 8);
    return false;
  }
  end_ = is_header && size < kMostCode ? position_ + size : 0;
  next_ = position_;
  return true;
}

bool FatBinaryWatch::read_entry() {
  EntryHeader header(pending_);
  if (!header.is_sound()) {
    next_ = end_;
    return true;
  }
  if (header.kind == kGroup && pending_.size() < header.header_size) {  // its members follow
    wanted_ = header.header_size;
    return false;
  }
  next_ = position_ - pending_.size() + header.header_size + header.code_size;
  if (header.kind == kGroup) {
    count_group(pending_);
  } else {
    count(header, sass_, ptx_);
  }
  return true;
}

void FatBinaryWatch::count_group(std::string_view text) {
  text.remove_prefix(std::min(kGroupHead, text.size()));
  while (text.size() >= kMemberSize) {
    EntryHeader header(text);
    std::uint64_t end = end_of_member(header, text);
    if (header.version != kVersion || end == 0) {
      return;
    }
    count(header, sass_, ptx_);
    text.remove_prefix(end);
  }
}

}  // namespace cartwheel::layer

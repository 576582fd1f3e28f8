#include "layer/elf_watch.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::layer {

using elf::Range;
using util::Bytes;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kElfHeader = 64;
constexpr std::size_t kHead = std::size_t{256} << 10;  // bytes of each ELF file that are kept
constexpr std::uint64_t kMostStrings = 32ULL << 20;

constexpr std::uint64_t kFatHeader = 0x00100001ba55ed50;  // magic, version 1, 16 bytes
constexpr std::size_t kFatHeaderSize = 16;
constexpr std::size_t kFatEntrySize = 48;  // of an entry's header, what is always read
constexpr std::uint64_t kSpecificFlag = 1 << 20;
// Among the options of PTX that is to be linked with other device code first. What came of that
// stands in the file as well; the driver never sees this one.
constexpr std::string_view kRelocatable = "--compile-only";
constexpr std::size_t kBlock = 64;  // words that are compared before a look at the outcome

std::uint64_t word_at(Bytes bytes, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// Where kFatHeader stands, at a multiple of 8 from `at` on; the first place that cannot be judged
// when it is nowhere.
std::size_t find_fat_header(Bytes bytes, std::size_t at) {
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

}  // namespace

std::string gpu_name(unsigned architecture) {
  return fmt::format(
      "{}{}", architecture & ~kSpecificGpu, (architecture & kSpecificGpu) != 0 ? "a" : "");
}

unsigned gpu_number(std::string_view name) {
  unsigned number = 0;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number | (name.ends_with('a') ? kSpecificGpu : 0);
}

void FatBinaryWatch::take(Bytes piece) {
  while (!piece.empty()) {
    if (position_ < next_) {  // code that nobody asks for
      std::size_t skip = std::min<std::uint64_t>(piece.size(), next_ - position_);
      position_ += skip;
      piece = piece.subspan(skip);
      continue;
    }
    std::size_t taken = end_ == 0 && pending_.empty() ? scan(piece) : 0;
    position_ += taken;
    piece = piece.subspan(taken);
    std::size_t more = std::min(piece.size(), wanted_ - pending_.size());
    pending_ += util::as_text(piece.first(more));
    position_ += more;
    piece = piece.subspan(more);
    if (pending_.size() == wanted_) {
      read_entry();
    }
  }
}

// How many bytes of the piece hold no header. position_ is a multiple of 8 here.
std::size_t FatBinaryWatch::scan(Bytes piece) { return find_fat_header(piece, 0); }

// pending_ is a header, or an entry's header; or it is not what it was taken for.
void FatBinaryWatch::read_entry() {
  util::ByteReader in(util::as_bytes(pending_), "fat binary");
  if (end_ == 0) {
    bool is_header = in.u64() == kFatHeader;
    std::uint64_t size = in.u64();
    if (size == kFatHeader) {  // no size: the header begins 8 bytes further on
      pending_.erase(0, 8);
      return;
    }
    end_ = is_header && size < (1ULL << 40) ? position_ + size : 0;
    next_ = position_;
  } else {
    std::uint16_t kind = in.u16();
    std::uint16_t version = in.u16();
    std::uint64_t header_size = in.u32();
    std::uint64_t size = in.u64();
    in.take(12);
    std::uint32_t architecture = in.u32();
    in.take(8);
    bool is_specific = (in.u64() & kSpecificFlag) != 0;
    bool sound = version == 0x0101 && header_size >= kFatEntrySize && header_size < 4096 &&
                 size < (1ULL << 40) && architecture < 1000;
    if (sound && kind == 1 && pending_.size() < header_size) {  // its options follow
      wanted_ = header_size;
      return;
    }
    next_ = sound ? position_ - pending_.size() + header_size + size : end_;
    architecture |= is_specific ? kSpecificGpu : 0;
    if (sound && kind == 1 && pending_.find(kRelocatable) == std::string::npos) {
      ++ptx_[architecture];
    } else if (sound && kind == 2) {
      ++sass_[architecture];
    }
  }
  pending_.clear();
  if (end_ != 0 && next_ + kFatEntrySize > end_) {
    next_ = end_;
    end_ = 0;
  }
  if (end_ == 0) {
    next_ = (std::max(next_, position_) + 7) / 8 * 8;
  }
  wanted_ = end_ == 0 ? kFatHeaderSize : kFatEntrySize;
}

bool ElfWatch::take(Bytes piece) {
  if (decided_ && !is_elf_) {
    return false;
  }
  std::uint64_t begin = position_;
  position_ += piece.size();
  head_ += util::as_text(piece).substr(0, kHead - std::min(kHead, head_.size()));
  if (!decided_ && head_.size() >= std::min<std::uint64_t>(size_, kElfHeader)) {
    decided_ = true;
    headers_end_ = elf::program_headers_end(util::as_bytes(head_));
    is_elf_ = headers_end_ != 0;
    if (!is_elf_) {
      head_ = {};
      return false;
    }
  }
  gpu_code_.take(piece);
  if (decided_ && !has_dynamic_ && head_.size() >= headers_end_) {
    find_dynamic();
  }
  if (has_dynamic_) {
    keep(dynamic_, begin, piece);
    for (Kept& table : tables_) {
      keep(table, begin, piece);
    }
    if (!has_tables_ && dynamic_.is_whole()) {
      find_tables(begin, piece);
    }
  }
  return true;
}

void ElfWatch::find_dynamic() {
  try {
    has_dynamic_ = true;
    dynamic_.range = elf::find_dynamic(util::as_bytes(head_)).value_or(Range{});
    has_tables_ = dynamic_.range.size == 0;
  } catch (const Error&) {
    has_tables_ = true;  // finish() says what is wrong
  }
}

// .dynamic is there; of the tables that it names those count that the head does not hold.
void ElfWatch::find_tables(std::uint64_t piece_begin, Bytes piece) {
  has_tables_ = true;
  for (const Range& range :
       elf::find_tables(util::as_bytes(head_), util::as_bytes(dynamic_.bytes), size_)) {
    if (range.size > kMostStrings) {
      throw Error(
          ErrorKind::malformed,
          fmt::format(
              "ELF string table of {} bytes: at most {} are read", range.size, kMostStrings));
    }
    if (range.offset + range.size > head_.size()) {
      tables_.push_back({.range = range, .bytes = {}});
      if (range.offset >= piece_begin) {
        keep(tables_.back(), piece_begin, piece);
      }
    }
  }
}

// Appends what the piece has of it, if all before is there.
void ElfWatch::keep(Kept& kept, std::uint64_t piece_begin, Bytes piece) {
  std::uint64_t next = kept.range.offset + kept.bytes.size();
  if (kept.is_whole() || next < piece_begin || next >= piece_begin + piece.size()) {
    return;
  }
  if (kept.bytes.empty()) {
    kept.bytes.reserve(kept.range.size);
  }
  Bytes rest = piece.subspan(next - piece_begin);
  kept.bytes += util::as_text(
      rest.first(std::min<std::uint64_t>(rest.size(), kept.range.size - kept.bytes.size())));
}

void ElfWatch::look_again(const Replay& replay) {
  auto missing = [&] { return !std::ranges::all_of(tables_, &Kept::is_whole); };
  if (!missing()) {
    return;
  }
  std::uint64_t at = 0;
  replay([&](Bytes piece) {
    for (Kept& table : tables_) {
      keep(table, at, piece);
    }
    at += piece.size();
    return missing();
  });
}

std::string ElfWatch::read_at(std::uint64_t offset, std::size_t length) const {
  std::string best = offset < head_.size() ? head_.substr(offset, length) : std::string();
  auto look = [&](const Kept& kept) {
    if (offset >= kept.range.offset && offset - kept.range.offset < kept.bytes.size()) {
      std::string found = kept.bytes.substr(offset - kept.range.offset, length);
      best = found.size() > best.size() ? found : best;
    }
  };
  look(dynamic_);
  for (const Kept& table : tables_) {
    look(table);
  }
  return best;
}

std::optional<elf::Elf> ElfWatch::finish(const Replay& replay) {
  if (!is_elf_) {
    return std::nullopt;
  }
  if (headers_end_ > kHead) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("ELF program headers end at {}: wanted at most {}", headers_end_, kHead));
  }
  look_again(replay);
  return elf::read_elf(
      size_, [&](std::uint64_t offset, std::size_t length) { return read_at(offset, length); });
}

}  // namespace cartwheel::layer

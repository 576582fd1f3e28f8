#include "layer/elf_watch.h"

#include <algorithm>

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

}  // namespace

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

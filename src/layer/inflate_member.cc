#include "layer/inflate_member.h"

#include <algorithm>

#include <fmt/format.h>

#include "archive/zip_member.h"
#include "util/error.h"

namespace cartwheel::layer {

using archive::DeflateEnd;
using archive::Inflater;
using archive::MemberInflater;
using archive::ZipMember;
using util::Bytes;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // bytes read at once

// What zlib makes of a member, beside the faster inflater.
struct StrictCheck {
  MemberInflater inflater{Inflater::zlib};
  std::uint32_t crc = 0;
  std::uint64_t size = 0;

  void reset() {
    inflater.reset();
    crc = 0;
    size = 0;
  }

  void feed(Bytes compressed, std::uint64_t limit) {
    inflater.feed(compressed, [&](Bytes piece) {
      crc = archive::crc32(crc, piece);
      size += piece.size();
      if (size > limit) {
        throw Error(ErrorKind::malformed, "zlib makes more of it");
      }
    });
  }
};

// Content as it goes by, held against what the central directory says.
class Check {
 public:
  Check(const ZipMember& member, const std::function<bool(Bytes)>& out)
      : member_(member),
        out_(out) {}

  void take(Bytes piece) {
    size_ += piece.size();
    if (size_ > member_.size) {
      throw Error(ErrorKind::malformed,
                  fmt::format("inflates to more than the {} bytes that it declares", member_.size));
    }
    crc_ = archive::crc32(crc_, piece);
    wanted_ = wanted_ && out_(piece);
  }

  bool wanted() const { return wanted_; }

  void finish() const {
    if (size_ != member_.size) {
      throw Error(ErrorKind::malformed,
                  fmt::format("has {} bytes, and declares {}", size_, member_.size));
    }
    if (crc_ != member_.crc32) {
      throw Error(ErrorKind::integrity,
                  fmt::format("CRC-32 {:08x}, wanted {:08x}", crc_, member_.crc32));
    }
  }

  void compare(const StrictCheck& strict, const DeflateEnd& ours, const DeflateEnd& theirs) const {
    bool equal = strict.crc == crc_ && strict.size == size_ && ours.end == theirs.end &&
                 ours.final_bit == theirs.final_bit;
    if (!equal) {
      throw Error(ErrorKind::malformed, "two inflaters see different content in it");
    }
  }

 private:
  const ZipMember& member_;
  const std::function<bool(Bytes)>& out_;
  std::uint64_t size_ = 0;
  std::uint32_t crc_ = 0;
  bool wanted_ = true;
};

}  // namespace

struct MemberReader::State {
  explicit State(Inflater which) : inflater(which) {}

  MemberInflater inflater;
  std::optional<StrictCheck> strict;
  std::vector<std::byte> buffer = std::vector<std::byte>(kPiece);

  std::optional<DeflateEnd> read(const util::RandomAccess& file,
                                 const ZipMember& member,
                                 bool check_strictly,
                                 const std::function<bool(Bytes)>& out,
                                 const CompressedOut& compressed) {
    Check check(member, out);
    bool twice = check_strictly && member.deflated;
    if (twice && !strict) {
      strict.emplace();
    }
    inflater.reset();
    if (twice) {
      strict->reset();
    }
    const std::function<void(Bytes)> take = [&](Bytes piece) { check.take(piece); };
    for (std::uint64_t at = 0; at < member.compressed_size;) {
      std::uint64_t length = std::min<std::uint64_t>(buffer.size(), member.compressed_size - at);
      util::MutableBytes piece(buffer.data(), length);
      file.read_at(member.data_offset + at, piece);
      if (member.deflated) {
        inflater.feed(piece, take);
      } else {
        check.take(piece);
      }
      if (twice) {
        strict->feed(piece, member.size);
      }
      if (!check.wanted()) {
        return std::nullopt;
      }
      if (compressed) {
        compressed(piece, member.deflated && !inflater.in_last_block());
      }
      at += length;
    }
    std::optional<DeflateEnd> end;
    if (member.deflated) {
      end = inflater.finish();
    }
    check.finish();
    if (twice) {
      check.compare(*strict, *end, strict->inflater.finish());
    }
    return end;
  }
};

MemberReader::MemberReader(Inflater inflater) : state_(std::make_unique<State>(inflater)) {}
MemberReader::~MemberReader() = default;

std::optional<DeflateEnd> MemberReader::read(const util::RandomAccess& file,
                                             const ZipMember& member,
                                             bool strict,
                                             const std::function<bool(Bytes)>& out,
                                             const CompressedOut& compressed) {
  try {
    return state_->read(file, member, strict, out, compressed);
  } catch (const Error& error) {
    throw error.within(archive::place_of(member));
  }
}

std::string MemberReader::read_text(const util::RandomAccess& file,
                                    const ZipMember& member,
                                    bool strict,
                                    std::uint64_t limit) {
  if (member.size > limit) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: {} bytes, and at most {} are read",
                            archive::place_of(member),
                            member.size,
                            limit));
  }
  std::string text;
  text.reserve(member.size);
  read(file, member, strict, [&](Bytes piece) {
    text += util::as_text(piece);
    return true;
  });
  return text;
}

std::string MemberReader::read_beginning(const util::RandomAccess& file,
                                         const ZipMember& member,
                                         std::size_t count) {
  std::string text;
  read(file, member, false, [&](Bytes piece) {
    text += util::as_text(piece).substr(0, count - std::min(count, text.size()));
    return text.size() < count;
  });
  return text;
}

}  // namespace cartwheel::layer

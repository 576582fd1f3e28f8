// The gzip member of docs/formats.md section 3: header, one deflate stream of runs and payloads,
// CRC-32 and length of the tar.
#include "archive/splice.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "archive/bit_writer.h"
#include "archive/encoder_c.h"
#include "archive/encoder_h.h"
#include "util/error.h"

namespace cartwheel::archive {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::string_view kGzipHeader("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kMaxStored = 65535;
constexpr std::size_t kDrainAt = std::size_t{1}
                                 << 16;  // bytes of our own that are gathered for one literal()

}  // namespace

struct SpliceWriter::State {
  explicit State(SpliceSink& to) : sink(to) { bits.put_bytes(kGzipHeader); }

  // Hands on the whole bytes gathered so far.
  void drain() {
    bits.flush_bytes();
    if (!bits.bytes().empty()) {
      sink.literal(util::as_bytes(bits.bytes()));
      bits.clear();
    }
  }

  void range(std::uint64_t offset, std::uint64_t length) {
    if (length > 0) {
      drain();
      sink.range(offset, length);
    }
  }

  void add_text(std::string_view bytes) {
    crc = crc32(crc, util::as_bytes(bytes));
    tar_size += bytes.size();
    if (!in_c) {
      const std::size_t room = EncoderH::kMaxRun - run.size();
      if (bytes.size() <= room) {
        run += bytes;
        return;
      }
      start_c();
    }
    // In steps, so that out never holds more than a few blocks of them.
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kDrainAt))) {
      c->feed(bytes.substr(0, kDrainAt), bits);
      if (bits.bytes().size() >= kDrainAt) {
        drain();
      }
    }
  }

  void start_c() {
    if (!c) {
      c.emplace();
    }
    c->begin();
    c->feed(run, bits);
    in_c = true;
    run.clear();
    places.clear();
    previous_blocks.clear();
  }

  // A header block comes next, with this text.
  void note_header(std::string_view block) {
    if (!in_c) {
      places.push_back({.offset = run.size(),
                        .distance = has_header ? tar_size - header_at : 0,
                        .previous = {}});
      previous_blocks.push_back(header);
    }
    header.assign(block);
    header_at = tar_size;
    has_header = true;
  }

  void end_run(bool last) {
    if (in_c) {
      c->end(last, bits);
    } else {
      for (std::size_t i = 0; i < places.size(); ++i) {
        places[i].previous = previous_blocks[i];
      }
      h.encode(run, places, last, bits);
    }
    in_c = false;
    run.clear();
    places.clear();
    previous_blocks.clear();
    if (bits.bytes().size() >= kDrainAt) {
      drain();
    }
  }

  void begin_deflated() {
    end_run(false);
    if (bits.bit_in_byte() != 0) {
      bits.put(0, 3);
      bits.align();
      bits.put(0xffff0000, 32);
    }
  }

  // `size` bytes of the tar came from a payload.
  void count_payload(std::uint32_t payload_crc, std::uint64_t size) {
    crc = crc32_combine(crc, payload_crc, size);
    tar_size += size;
  }

  SpliceSink& sink;
  BitWriter bits;
  EncoderH h;
  std::optional<EncoderC> c;  // made when the first long run comes
  bool in_c = false;          // the run has become a long one, and c has its text

  std::string run;                           // text of the run while it is short
  std::vector<HeaderPlace> places;           // header blocks in it
  std::vector<std::string> previous_blocks;  // for each of them, the header block before it
  std::string header;                        // the latest header block of the tar
  std::uint64_t header_at = 0;               // where it begins
  bool has_header = false;

  std::uint64_t tar_size = 0;
  std::uint32_t crc = 0;
  bool in_payload = false;  // begin_deflated() was called, and deflated() comes
  bool finished = false;
};

SpliceWriter::SpliceWriter(SpliceSink& sink) : state_(std::make_unique<State>(sink)) {}
SpliceWriter::~SpliceWriter() = default;

void SpliceWriter::text(std::string_view bytes) { state_->add_text(bytes); }

void SpliceWriter::header(const TarEntry& entry) {
  const std::string bytes = tar_header(entry);
  const std::string_view all = bytes;
  // One block, or pax block, pax data and block.
  state_->note_header(all.substr(0, kBlock));
  if (all.size() > kBlock) {
    state_->add_text(all.substr(0, all.size() - kBlock));
    state_->note_header(all.substr(all.size() - kBlock));
  }
  state_->add_text(all.substr(all.size() - kBlock));
}

void SpliceWriter::begin_deflated() {
  state_->begin_deflated();
  state_->drain();
  state_->in_payload = true;
}

void SpliceWriter::deflated(std::uint64_t compressed_size,
                            const DeflateEnd& end,
                            const std::function<std::uint8_t(std::uint64_t)>& byte_at,
                            std::uint32_t crc,
                            std::uint64_t size) {
  const std::uint64_t final_byte = end.final_bit / 8;
  if (size == 0 || end.final_bit >= end.end || (end.end + 7) / 8 != compressed_size) {
    throw Error(ErrorKind::internal,
                fmt::format("deflated payload: {} bytes from {}, last block at bit {} to {}",
                            size,
                            compressed_size,
                            end.final_bit,
                            end.end));
  }
  const auto cleared = [&](std::uint8_t byte) {
    const auto mask = static_cast<std::uint8_t>(1U << (end.final_bit % 8));
    if ((byte & mask) == 0) {
      throw Error(ErrorKind::internal,
                  fmt::format("deflated payload: no last block at bit {}", end.final_bit));
    }
    return static_cast<std::uint8_t>(byte ^ mask);
  };

  State& state = *state_;
  if (!state.in_payload) {
    state.begin_deflated();
  }
  state.in_payload = false;
  const std::uint64_t whole = end.end / 8;
  const auto rest = static_cast<unsigned>(end.end % 8);
  std::uint64_t from = 0;
  if (final_byte < whole) {
    state.range(0, final_byte);
    state.bits.put(cleared(byte_at(final_byte)), 8);
    from = final_byte + 1;
  }
  state.range(from, whole - from);
  if (rest != 0) {
    std::uint8_t byte = byte_at(whole);
    if (final_byte == whole) {
      byte = cleared(byte);
    }
    state.bits.put(byte & ((1U << rest) - 1), rest);
  }
  state.count_payload(crc, size);
}

void SpliceWriter::stored(std::uint64_t size, const std::function<std::uint32_t()>& crc) {
  if (size == 0) {
    throw Error(ErrorKind::internal, "stored payload of 0 bytes");
  }
  State& state = *state_;
  state.end_run(false);
  for (std::uint64_t offset = 0; offset < size;) {
    const std::uint64_t length = std::min(size - offset, kMaxStored);
    state.bits.put(0, 3);
    state.bits.align();
    state.bits.put(length, 16);
    state.bits.put(length ^ 0xffff, 16);
    state.range(offset, length);
    offset += length;
  }
  state.count_payload(crc(), size);
}

void SpliceWriter::finish() {
  State& state = *state_;
  if (state.finished) {
    throw Error(ErrorKind::internal, "finish() twice");
  }
  state.finished = true;
  state.end_run(true);
  state.bits.align();
  state.bits.put(state.crc, 32);
  state.bits.put(state.tar_size & 0xffffffff, 32);
  state.drain();
}

std::uint64_t SpliceWriter::tar_size() const { return state_->tar_size; }

}  // namespace cartwheel::archive

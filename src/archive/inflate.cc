// How final_bit and end are found: docs/formats.md section 4.
#include "archive/inflate.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/format.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include "util/error.h"

namespace cartwheel::archive {

namespace {

using util::Bytes;
using util::Error;
using util::ErrorKind;

using Out = std::function<void(Bytes)>;

// One piece of output: large enough that what ISA-L does per call does not count, small enough for
// a level 2 cache.
constexpr std::size_t kPiece = std::size_t{256} << 10;
// What is inflated between two copies of the state, while the last block has not begun.
constexpr std::size_t kChunk = std::size_t{128} << 10;

std::uint8_t* unconst(Bytes bytes) {
  // Neither library writes to its input; neither says so in its types.
  return const_cast<std::uint8_t*>(util::as_u8(bytes));
}

Error broken(std::uint64_t at, std::string_view why) {
  return {ErrorKind::malformed, fmt::format("deflate stream is broken near byte {}: {}", at, why)};
}

// One way to inflate. Both give the same.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual void reset() = 0;
  // `compressed` begins at byte `at` of the member. What follows the stream's end is left alone.
  virtual void feed(Bytes compressed, std::uint64_t at, const Out& out) = 0;
  virtual bool in_last_block() const = 0;
  bool ended() const { return ended_; }
  const DeflateEnd& end() const { return end_; }

 protected:
  bool ended_ = false;
  DeflateEnd end_;
};

class ZlibEngine : public Engine {
 public:
  ZlibEngine() : buffer_(kPiece) {
    if (inflateInit2(&stream_, -MAX_WBITS) != Z_OK) {
      throw Error(ErrorKind::internal, "zlib cannot begin to inflate");
    }
  }
  ZlibEngine(const ZlibEngine&) = delete;
  ZlibEngine& operator=(const ZlibEngine&) = delete;
  ~ZlibEngine() override { inflateEnd(&stream_); }

  void reset() override {
    inflateReset(&stream_);
    stream_.data_type = 0;
    ended_ = false;
    end_ = {};
  }

  bool in_last_block() const override {
    return ended_ || (static_cast<unsigned>(stream_.data_type) & 64) != 0;
  }

  void feed(Bytes compressed, std::uint64_t at, const Out& out) override {
    while (!compressed.empty() && !ended_) {
      const Bytes part = compressed.first(std::min<std::size_t>(compressed.size(), 1U << 30));
      feed_part(part, at, out);
      at += part.size();
      compressed = compressed.subspan(part.size());
    }
  }

 private:
  void feed_part(Bytes part, std::uint64_t at, const Out& out) {
    stream_.next_in = unconst(part);
    stream_.avail_in = static_cast<uInt>(part.size());
    for (;;) {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int result = inflate(&stream_, Z_BLOCK);
      const std::uint64_t taken = at + part.size() - stream_.avail_in;
      if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) {
        throw broken(taken, stream_.msg != nullptr ? stream_.msg : "zlib refuses it");
      }
      const std::size_t made = buffer_.size() - stream_.avail_out;
      if (made > 0) {
        out(Bytes(buffer_).first(made));
      }
      const auto type = static_cast<unsigned>(stream_.data_type);
      if ((type & 128) != 0) {
        const std::uint64_t bit = 8 * taken - (type & 63);
        if ((type & 64) != 0) {
          end_.end = bit;
          ended_ = true;
          return;
        }
        end_.final_bit = bit;  // where the next block begins, which may be the last
      }
      if (result == Z_BUF_ERROR || (stream_.avail_in == 0 && stream_.avail_out != 0)) {
        return;
      }
    }
  }

  z_stream stream_ = {};
  std::vector<std::byte> buffer_;
};

class IsalEngine : public Engine {
 public:
  IsalEngine() : buffer_(kPiece) { isal_inflate_init(&state_); }

  void reset() override {
    isal_inflate_init(&state_);
    ended_ = false;
    end_ = {};
    found_ = false;
  }

  bool in_last_block() const override { return found_; }

  void feed(Bytes compressed, std::uint64_t at, const Out& out) override {
    if (at == 0 && !compressed.empty() && (util::as_u8(compressed)[0] & 1) != 0) {
      found_ = true;  // the first block is the last: final_bit is 0
    }
    while (!compressed.empty() && !ended_) {
      const Bytes chunk =
          compressed.first(std::min<std::size_t>(compressed.size(), found_ ? 1U << 30 : kChunk));
      if (!found_) {
        copy_state(before_, state_);
      }
      inflate(state_, chunk, at, &out);
      if (!found_ && state_.bfinal != 0) {
        locate(chunk, at);
      }
      at += chunk.size();
      compressed = compressed.subspan(chunk.size());
    }
  }

 private:
  // Of the buffer at its end only the bytes that hold something.
  static void copy_state(inflate_state& to, const inflate_state& from) {
    const std::size_t used =
        offsetof(inflate_state, tmp_out_buffer) +
        static_cast<std::size_t>(std::max(from.tmp_out_valid, std::int32_t{0}));
    std::memcpy(static_cast<void*>(&to), &from, std::min(used, sizeof to));
  }

  // Gives all of `chunk` to the state. out: null when the output is not wanted.
  void inflate(inflate_state& state, Bytes chunk, std::uint64_t at, const Out* out) {
    state.next_in = unconst(chunk);
    state.avail_in = static_cast<std::uint32_t>(chunk.size());
    for (;;) {
      state.next_out = reinterpret_cast<std::uint8_t*>(buffer_.data());
      state.avail_out = static_cast<std::uint32_t>(buffer_.size());
      const int result = isal_inflate(&state);
      if (out == nullptr && result < 0) {
        return;  // a copy with bits cut off may well be broken
      }
      const std::uint64_t taken = at + chunk.size() - state.avail_in;
      if (result < 0) {
        throw broken(taken, reason(result));
      }
      const std::size_t made = buffer_.size() - state.avail_out;
      if (out != nullptr && made > 0) {
        (*out)(Bytes(buffer_).first(made));
      }
      if (state.block_state == ISAL_BLOCK_FINISH) {
        if (out != nullptr) {
          ended_ = true;
          end_.end = 8 * taken - static_cast<std::uint64_t>(state.read_in_length);
        }
        return;
      }
      if (state.avail_in == 0 && state.avail_out != 0) {
        return;
      }
    }
  }

  // before_ is the state before `chunk`, in which the last block begins: halves what is fed to
  // copies of it until one byte is left that raises bfinal, then feeds one bit more of that byte at
  // a time.
  void locate(Bytes chunk, std::uint64_t at) {
    while (chunk.size() > 1) {
      const Bytes half = chunk.first(chunk.size() / 2);
      copy_state(probe_, before_);
      inflate(probe_, half, at, nullptr);
      if (probe_.bfinal != 0) {
        chunk = half;
      } else {
        copy_state(before_, probe_);
        at += half.size();
        chunk = chunk.subspan(half.size());
      }
    }
    const std::uint8_t byte = util::as_u8(chunk)[0];
    for (unsigned bits = 1; bits <= 8; ++bits) {
      const auto masked = static_cast<std::byte>(byte & ((1U << bits) - 1));
      copy_state(probe_, before_);
      inflate(probe_, Bytes(&masked, 1), at, nullptr);
      if (probe_.bfinal != 0) {
        end_.final_bit = 8 * at + bits - 1;
        found_ = true;
        break;
      }
    }
    if (!found_ || (byte >> (end_.final_bit % 8) & 1) == 0) {
      throw Error(ErrorKind::internal,
                  fmt::format("no last block was found at byte {} of a deflate stream", at));
    }
  }

  static std::string_view reason(int result) {
    switch (result) {
      case ISAL_INVALID_BLOCK:
        return "invalid block";
      case ISAL_INVALID_SYMBOL:
        return "invalid symbol";
      case ISAL_INVALID_LOOKBACK:
        return "distance before the beginning";
      default:
        return "isa-l refuses it";
    }
  }

  inflate_state state_ = {};
  inflate_state before_ = {};
  inflate_state probe_ = {};
  std::vector<std::byte> buffer_;
  bool found_ = false;  // end_.final_bit is known
};

std::unique_ptr<Engine> make_engine(Inflater inflater) {
  if (inflater == Inflater::fastest && fastest_inflater() == Inflater::fastest) {
    return std::make_unique<IsalEngine>();
  }
  return std::make_unique<ZlibEngine>();
}

}  // namespace

Inflater fastest_inflater() {
#if defined(__x86_64__)
  static const bool usable = __builtin_cpu_supports("sse4.2") != 0;
  return usable ? Inflater::fastest : Inflater::zlib;
#elif defined(__aarch64__)
  return Inflater::fastest;
#else
  return Inflater::zlib;
#endif
}

struct MemberInflater::State {
  explicit State(Inflater inflater) : engine(make_engine(inflater)) {}

  std::unique_ptr<Engine> engine;
  std::uint64_t fed = 0;
};

MemberInflater::MemberInflater(Inflater inflater) : state_(std::make_unique<State>(inflater)) {}
MemberInflater::MemberInflater(MemberInflater&&) noexcept = default;
MemberInflater::~MemberInflater() = default;

void MemberInflater::reset() {
  state_->engine->reset();
  state_->fed = 0;
}

void MemberInflater::feed(util::Bytes compressed, const std::function<void(util::Bytes)>& out) {
  State& state = *state_;
  const std::uint64_t at = state.fed;
  state.fed += compressed.size();
  state.engine->feed(compressed, at, out);
  if (state.engine->ended()) {
    const std::uint64_t length = (state.engine->end().end + 7) / 8;
    if (length != state.fed) {
      throw Error(ErrorKind::malformed,
                  fmt::format("deflate stream ends after {} bytes, and more follow it", length));
    }
  }
}

bool MemberInflater::in_last_block() const { return state_->engine->in_last_block(); }

DeflateEnd MemberInflater::finish() {
  if (!state_->engine->ended()) {
    throw Error(ErrorKind::malformed,
                fmt::format("deflate stream has not ended after {} bytes", state_->fed));
  }
  return state_->engine->end();
}

namespace {

// ISA-L leaves the upper halves of the vector registers in use, and until they are not, every older
// instruction waits for them: SHA-256 took 0.75 ns a byte instead of 0.56.
#if defined(__x86_64__)
__attribute__((target("avx"))) void clear_upper_halves() { _mm256_zeroupper(); }
bool has_upper_halves() {
  static const bool has = __builtin_cpu_supports("avx") != 0;
  return has;
}
#else
void clear_upper_halves() {}
bool has_upper_halves() { return false; }
#endif

}  // namespace

std::uint32_t crc32(std::uint32_t crc, util::Bytes bytes) {
  std::uint32_t out = crc32_gzip_refl(crc, util::as_u8(bytes), bytes.size());
  if (has_upper_halves()) {
    clear_upper_halves();
  }
  return out;
}

std::uint32_t crc32_combine(std::uint32_t first,
                            std::uint32_t second,
                            std::uint64_t second_length) {
  return static_cast<std::uint32_t>(
      ::crc32_combine(first, second, static_cast<z_off_t>(second_length)));
}

}  // namespace cartwheel::archive

#include "util/stream.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::util {

namespace {
constexpr std::size_t kBufferSize = 128 << 10;
}

std::size_t StringSource::read(MutableBytes buffer) {
  std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

void StringRandomAccess::read_at(std::uint64_t offset, MutableBytes buffer) const {
  if (offset > text_.size() || buffer.size() > text_.size() - offset) {
    throw Error(
        ErrorKind::malformed,
        fmt::format(
            "wanted {} bytes at {}, there are {} in all", buffer.size(), offset, text_.size()));
  }
  if (!buffer.empty()) {  // whose data may be null
    std::memcpy(buffer.data(), text_.data() + offset, buffer.size());
  }
}

std::uint64_t copy(Source& source, Sink& sink) {
  std::vector<std::byte> buffer(kBufferSize);
  std::uint64_t total = 0;
  while (std::size_t count = source.read(buffer)) {
    sink.write(Bytes(buffer).first(count));
    total += count;
  }
  return total;
}

std::string read_all(Source& source, std::uint64_t limit, const std::string& place) {
  std::string out;
  std::vector<std::byte> buffer(kBufferSize);
  while (std::size_t count = source.read(buffer)) {
    if (out.size() + count > limit) {
      throw Error(ErrorKind::malformed, fmt::format("{}: longer than {} bytes", place, limit));
    }
    out += as_text(Bytes(buffer).first(count));
  }
  return out;
}

}  // namespace cartwheel::util

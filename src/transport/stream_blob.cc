#include "transport/stream_blob.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kBufferSize =
    256 << 10;  // fits the second-level cache: the bytes are hashed and written from there

// Copies a blob's pieces; short ones are gathered.
class Copy : public core::Blob::Pieces {
 public:
  Copy(NewFile& file, std::uint64_t offset, std::function<void(std::uint64_t)> advance)
      : file_(file),
        at_(offset),
        advance_(std::move(advance)) {}

  void text(util::Bytes bytes) override {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if (buffer_.size() >= kBufferSize) {
      flush();
    }
  }

  void range(const util::File& file, std::uint64_t offset, std::uint64_t length) override {
    if (length < kShort) {
      std::size_t size = buffer_.size();
      buffer_.resize(size + length);
      file.read_at(offset, util::MutableBytes(buffer_).subspan(size));
      text({});
      return;
    }
    flush();
    for (std::uint64_t done = 0; done < length;) {
      std::uint64_t count = std::min<std::uint64_t>(length - done, kStep);
      file_.copy_at(at_, file, offset + done, count);
      done += count;
      wrote(count);
    }
  }

  void flush() {
    file_.write_at(at_, buffer_);
    wrote(buffer_.size());
    buffer_.clear();
  }

  std::uint64_t end() const { return at_; }

 private:
  static constexpr std::uint64_t kShort = 32 << 10;
  static constexpr std::uint64_t kStep = 8 << 20;  // between two reports of progress

  void wrote(std::uint64_t count) {
    at_ += count;
    advance_(count);
  }

  NewFile& file_;
  std::uint64_t at_;
  std::function<void(std::uint64_t)> advance_;
  std::vector<std::byte> buffer_;
};

}  // namespace

void stream_blob(const core::Blob& blob,
                 NewFile& file,
                 std::uint64_t offset,
                 util::Progress& progress,
                 const std::string& output) {
  Copy copy(file, offset, [&](std::uint64_t count) { progress.advance("write", output, count); });
  if (blob.give_pieces(copy)) {
    copy.flush();
    if (copy.end() != offset + blob.size()) {
      throw Error(ErrorKind::integrity,
                  fmt::format("blob {}: its pieces have {} bytes, wanted {}",
                              blob.digest().str(),
                              copy.end() - offset,
                              blob.size()));
    }
    return;
  }
  core::Hasher hasher;
  std::unique_ptr<util::Source> source = blob.open();
  std::vector<std::byte> buffer(std::clamp<std::uint64_t>(blob.size() + 1, 1, kBufferSize));
  std::uint64_t done = 0;
  while (std::size_t count = source->read(buffer)) {
    if (count > blob.size() - done) {  // never over what lies behind it in an archive
      throw Error(ErrorKind::integrity,
                  fmt::format("blob {}: has more than {} bytes", blob.digest().str(), blob.size()));
    }
    util::Bytes data = util::Bytes(buffer).first(count);
    hasher.update(data);
    file.write_at(offset + done, data);
    done += count;
    progress.advance("write", output, count);
  }
  if (done != blob.size()) {
    throw Error(
        ErrorKind::integrity,
        fmt::format("blob {}: has {} bytes, wanted {}", blob.digest().str(), done, blob.size()));
  }
  core::Digest found = hasher.finish();
  if (found != blob.digest()) {
    throw Error(ErrorKind::integrity,
                fmt::format("blob {}: the bytes have digest {}", blob.digest().str(), found.str()));
  }
}

std::vector<const core::Blob*> blobs_of(const oci::BuiltIndex& index) {
  std::vector<const core::Blob*> out;
  std::set<core::Digest> seen;
  auto add = [&](const core::Blob& blob) {
    if (seen.insert(blob.digest()).second) {
      out.push_back(&blob);
    }
  };
  for (const oci::BuiltImage& built : index.images) {
    oci::check(built.image);
    for (const oci::Layer& layer : built.image.layers) {
      add(*layer.blob);
    }
    add(*built.config);
    add(*built.manifest);
  }
  return out;
}

std::vector<const core::Blob*> largest_first(std::vector<const core::Blob*> blobs) {
  std::ranges::stable_sort(blobs, std::ranges::greater(), &core::Blob::size);
  return blobs;
}

}  // namespace cartwheel::transport

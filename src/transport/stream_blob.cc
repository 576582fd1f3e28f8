#include "transport/stream_blob.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kBufferSize =
    256 << 10;  // fits the second-level cache: the bytes are hashed and written from there

}  // namespace

void stream_blob(const core::Blob& blob,
                 NewFile& file,
                 std::uint64_t offset,
                 util::Progress& progress,
                 const std::string& output) {
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

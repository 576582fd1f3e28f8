#include "transport/blob_copy.h"

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::transport {

void copy_blob(const core::Blob& blob, util::Sink& sink) {
  constexpr std::size_t kBuffer = 256 << 10;
  std::vector<std::byte> buffer(kBuffer);
  core::HashingSink hashed(&sink);
  std::unique_ptr<util::Source> source = blob.open();
  while (std::size_t count = source->read(buffer)) {
    hashed.write(util::Bytes(buffer).first(count));
  }
  core::Digest found = hashed.finish();
  if (found != blob.digest() || hashed.size() != blob.size()) {
    throw util::Error(util::ErrorKind::integrity,
                      fmt::format("blob: wanted {} of {} bytes, found {} of {} bytes",
                                  blob.digest().str(),
                                  blob.size(),
                                  found.str(),
                                  hashed.size()));
  }
}

}  // namespace cartwheel::transport

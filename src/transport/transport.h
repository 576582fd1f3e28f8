#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/platform.h"
#include "oci/image.h"
#include "util/progress.h"

namespace cartwheel::transport {

// The tag that is written where the reference has none.
inline constexpr std::string_view kDefaultTag = "latest";

// "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]", "docker-archive:FILE[:NAME:TAG]": the transports that
// skopeo users know.
struct Reference {
  std::string transport, path, tag;
  std::string str() const;
  // Throws Error{usage} with the list of transports.
  static Reference parse(std::string_view text);
  // Throws Error{usage} when images of so many platforms cannot go there.
  void check_platforms(std::size_t count) const;
};

struct WriteResult {
  std::uint64_t bytes_written = 0;
  std::size_t blobs_written = 0, blobs_present = 0;
};

// Where images go. write() puts blobs first, then config, manifests, index, then the tag; what was
// there before stays whole until the end, and nothing half is left under a final name. Every blob
// is hashed while it is streamed: Error{integrity} when a digest differs. Error{io} for a full
// disk.
class ImageSink {
 public:
  virtual ~ImageSink() = default;
  // Blobs may be given before write(), as they are made, so that writing overlaps with making.
  virtual void put_blob(
      const core::Blob& blob) = 0;  // thread-safe; nothing happens when it is there already
  virtual WriteResult write(const oci::BuiltIndex& index) = 0;
  // Whether this index, with its tag, and every blob of it are there already (layout: stat(2)
  // only).
  virtual bool holds(const core::Digest& index, const std::vector<core::Descriptor>& blobs) = 0;
};

struct SinkOptions {
  std::size_t threads = 2;
  bool sync = false;  // fdatasync of blobs
};
// write() throws what Reference::check_platforms() throws.
std::unique_ptr<ImageSink> make_sink(const Reference& reference,
                                     const SinkOptions& options,
                                     util::Progress& progress);

// An image of a layout or an archive for one platform, blobs attached; an index in an index is
// followed. TAG empty: the only image, else Error{usage} with the tags. Throws Error{not_found},
// Error{malformed}, Error{integrity}.
oci::Image read_image(const Reference& reference, const core::Platform& platform);

// The digest of the manifest that read_image() reads; of a docker-archive, which has none, that of
// its config.
core::Digest manifest_digest(const Reference& reference, const core::Platform& platform);

}  // namespace cartwheel::transport

#pragma once

#include <memory>

#include "transport/transport.h"

namespace cartwheel::transport {

// An OCI image layout in a folder (image-spec, image-layout.md), made when it is not there. Other
// tags of a layout that is there stay; two writers at once take turns at index.json. Throws
// Error{usage} for a folder that is not empty and no layout.
std::unique_ptr<ImageSink> make_layout_sink(const Reference& reference,
                                            const SinkOptions& options,
                                            util::Progress& progress);

// The text of a layout's index.json with this image under this tag (no tag: untagged, replacing
// other untagged ones of the same digest), all other entries kept as they are. before: what it was,
// or "". Throws Error{malformed} "index.json: …".
std::string index_with(const std::string& before,
                       const oci::BuiltIndex& index,
                       const std::string& tag);

inline constexpr const char* kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";

}  // namespace cartwheel::transport

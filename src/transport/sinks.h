#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "transport/transport.h"

namespace cartwheel::transport {

// "oci:DIR[:TAG]". Throws at once for a folder that is no layout and for a layout that cannot be
// read.
std::unique_ptr<ImageSink> make_layout_sink(const Reference& reference,
                                            const SinkOptions& options,
                                            util::Progress& progress);

// "oci-archive:…" and "docker-archive:…": one tar that all of skopeo, podman, docker and containerd
// take (archive_sink.cc says how).
std::unique_ptr<ImageSink> make_archive_sink(const Reference& reference,
                                             const SinkOptions& options,
                                             util::Progress& progress);

}  // namespace cartwheel::transport

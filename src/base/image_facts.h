#pragma once

#include "facts/base_facts.h"
#include "oci/image.h"

namespace cartwheel::base {

// What an image's layers hold, put on top of each other as a container would see them: which Python
// its PATH finds first, and the versions that libc and libstdc++ define. Throws Error{refused} when
// there is no Python, or none whose full version can be told, or no glibc; Error{unsupported} for
// libraries of another machine.
facts::BaseFacts facts_of_image(const oci::Image& image, const std::string& place);

}  // namespace cartwheel::base

#pragma once

#include <map>
#include <string>
#include <vector>

#include "facts/base_facts.h"
#include "oci/image.h"

namespace cartwheel::base {

// What an image's layers hold, put on top of each other as a container would see them: which Python
// its PATH finds first, and the versions that libc and libstdc++ define, which libraries the loader
// finds, and what of CUDA is there. Throws Error{refused} when there is no Python, or none whose
// full version can be told, or no glibc; Error{unsupported} for libraries of another machine.
facts::BaseFacts facts_of_image(const oci::Image& image, const std::string& place);

// The files of these paths ("etc/ld.so.conf") as a container would see them; those that are none
// are left out.
std::map<std::string, std::string> texts_of_image(const oci::Image& image,
                                                  const std::vector<std::string>& paths);

}  // namespace cartwheel::base

#pragma once

#include <string>

#include "util/stream.h"

namespace cartwheel::base {

// What an .xz, .gz or .zst file holds (a plain one: itself), piece by piece. Throws
// Error{malformed} "PLACE: …".
void decompress(util::Source& compressed, const std::string& place, util::Sink& out);

}  // namespace cartwheel::base

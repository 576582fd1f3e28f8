#pragma once

// For the .cc files of this folder only: what a uv.lock says of the projects that it was made of.

#include <string_view>
#include <vector>

#include "lock/lock.h"
#include "lock/toml_document.h"

namespace cartwheel::lock {

// [package.metadata].
Package::Declared declared_of(const Table& metadata);

// [manifest] and [options] of the whole file.
Manner manner_of(const Table& document);

// An array of markers; none when it is absent.
std::vector<python::Marker> markers_of(const Table& table, std::string_view key);

}  // namespace cartwheel::lock

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "layer/tree_layer.h"

namespace cartwheel::base {

// Where the debug layer puts what it brings: at the end of PATH, so that nothing of the image's own
// is hidden.
inline constexpr const char* kBusyboxFolder = "/busybox";

// The names under which a busybox binary can be called, as `busybox --list` prints them: it holds
// them one after the other, each ended by NUL, from "[" and "[[" on, an empty one at the end.
// Nothing is executed, so that the layer of either platform is made on any host. Throws
// Error{refused} for a file that holds no such list.
std::vector<std::string> busybox_applets(std::string_view binary);

// The debug layer: the binary, a link for each of its names, and the link `shell` (relative path,
// "usr/bin/sh"; "" for none) to its sh.
std::vector<layer::TreeEntry> busybox_entries(const std::string& binary, const std::string& shell);

}  // namespace cartwheel::base

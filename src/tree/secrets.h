#pragma once

#include <string_view>

namespace cartwheel::tree {

// Whether a file of this relative path usually holds a key or a password: private keys, .env,
// .netrc, credentials of clouds and registries, what lies in .ssh. By the name alone, whatever its
// case; nothing is opened.
bool looks_secret(std::string_view path);

// Whether a folder of this name is a tool's own: version control, environments, caches.
bool is_tool_folder(std::string_view name);

}  // namespace cartwheel::tree

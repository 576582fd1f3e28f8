#pragma once

#include <string_view>

namespace cartwheel::tree {

// Whether a file of this name usually holds a key or a password: private keys, .env, .netrc,
// .pypirc, credentials.
bool looks_secret(std::string_view name);

// Whether a folder of this name is a tool's own: version control, environments, caches.
bool is_tool_folder(std::string_view name);

}  // namespace cartwheel::tree

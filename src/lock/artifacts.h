#pragma once

// For the .cc files of this folder: what both lock formats say about files.

#include <string>
#include <string_view>

#include "core/digest.h"

namespace cartwheel::lock {

// The last component of a URL's or a file's path; percent-decoded when the text is a URL.
std::string file_name_of(std::string_view location);

// "ALGORITHM:HEX" as core::Hash::parse, but without its cost for the usual one. Errors as there.
core::Hash hash_of(std::string_view text);

// A path of the lock below a folder of the lock ("" and "." are the lock's own folder).
std::string path_below(std::string_view folder, std::string_view path);

// "." for "", ".", "./"; otherwise without a "./" at the front and '/' at the end.
std::string tidy_path(std::string_view path);

}  // namespace cartwheel::lock

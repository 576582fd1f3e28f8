#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/platform.h"
#include "debian/tree.h"
#include "oci/image.h"

namespace cartwheel::base {

// "usr/lib/python3.11" of "/usr/bin/python3.11": where the standard library of an interpreter is.
std::string library_folder(const std::string& python_path);

// Whether a path is in that folder and part of the standard library: not in site-packages,
// dist-packages or a folder of compiled files.
bool is_library_file(const std::string& path, const std::string& library_folder);

// Writes what a Python needs to start and compile below `folder`, taken out of an image: the
// loader, the program, its libraries, its standard library. Gives the command that runs it. Throws
// Error{refused} when the image lacks one of them.
std::vector<std::string> write_python_files(const oci::Image& image,
                                            const core::Platform& platform,
                                            const std::string& python_path,
                                            const std::string& place,
                                            const std::filesystem::path& folder);

}  // namespace cartwheel::base

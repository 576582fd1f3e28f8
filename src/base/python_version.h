#pragma once

#include <string>

#include "debian/tree.h"

namespace cartwheel::base {

// "3.11" of "python3.11" and "python3.13t"; "" for what names no minor version.
std::string python_minor(const std::string& name);

// Error{unsupported} for a free-threaded interpreter (its path in the tree, links followed, no
// leading '/'): it runs wheels of other tags (cp313t), from another site-packages, which are not
// chosen. It is told by its name, or by the standard library that is there.
void refuse_free_threaded(const debian::Tree& tree, const std::string& python);

// The full version of an interpreter, "3.11.2", by its path in the tree (links followed, no leading
// '/'): from the header that names it, else from the text in the interpreter or its library. ""
// when nothing tells it.
std::string python_version(const debian::Tree& tree,
                           const std::string& python,
                           const std::string& minor);

}  // namespace cartwheel::base

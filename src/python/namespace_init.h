#pragma once

#include <string_view>

namespace cartwheel::python {

// Whether the text of a package's __init__.py claims nothing for its wheel: it has no statement, or
// it declares a namespace package that several distributions share (pkgutil-style or
// pkg_resources-style,
// https://packaging.python.org/en/latest/guides/packaging-namespace-packages/).
bool is_namespace_init(std::string_view text);

}  // namespace cartwheel::python

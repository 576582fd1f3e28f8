#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "python/marker.h"
#include "python/version.h"

namespace cartwheel::python {

// A PEP 508 dependency specification.
struct Requirement {
  std::string name;                 // normalised
  std::vector<std::string> extras;  // normalised, sorted
  SpecifierSet specifier;
  std::string url;  // "name @ URL", or ""
  Marker marker;

  // Throws Error{malformed} that quotes the text and the column.
  static Requirement parse(std::string_view text);
  std::string str() const;  // canonical spelling
};

}  // namespace cartwheel::python

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::python {

// Core metadata (METADATA, PKG-INFO), versions 1.0 to 2.5, as far as anybody here asks.
// https://packaging.python.org/en/latest/specifications/core-metadata/
struct Metadata {
  std::string metadata_version, name, version, requires_python, summary, home_page;
  std::vector<std::string> requires_dist, provides_extra;
  std::string license, license_expression;
  std::vector<std::string> license_files, license_classifiers;

  // Throws Error{malformed} without Name or Version.
  static Metadata parse(std::string_view text);
};

// WHEEL. Takes the first Wheel-Version only; throws Error{malformed}, or Error{unsupported} when
// its major is not 1.
struct WheelFile {
  std::string generator, build;
  bool root_is_purelib = true;
  std::vector<std::string> tags;

  static WheelFile parse(std::string_view text);
};

// "Name: value" lines up to the first empty one, continuation lines joined by '\n': what both of
// the above, and the Debian side, are made of. Names as written, in order.
std::vector<std::pair<std::string, std::string>> header_fields(std::string_view text);

}  // namespace cartwheel::python

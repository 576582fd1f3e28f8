#pragma once

#include <string>

#include "settings/settings.h"
#include "util/error.h"

namespace cartwheel::settings {

// The settings of a cartwheel.toml alone.
inline Settings own(const std::string& text) { return load(std::nullopt, text).settings; }

// What reading it throws, or "".
inline std::string error_of_own(const std::string& text) {
  try {
    own(text);
  } catch (const util::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace cartwheel::settings

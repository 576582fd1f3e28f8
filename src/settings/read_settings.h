#pragma once

// Internal to the folder.

#include "settings/settings.h"
#include "settings/table_reader.h"

namespace cartwheel::settings {

// [tool.cartwheel], or the top level of cartwheel.toml: settings and their variants, into
// `loaded`.
void read_settings(TableReader table, Loaded& loaded);

// apt, apt-prefer and apt-scripts.
void read_apt(TableReader& table, Settings& settings);

// [project], [build-system], [dependency-groups] and [tool.uv] of pyproject.toml. Throws
// Error{malformed} "pyproject.toml:LINE: …".
Project read_project(const std::string& file, const toml::table& document);

}  // namespace cartwheel::settings

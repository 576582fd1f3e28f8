#include "settings/read_settings.h"
#include "util/toml.h"

namespace cartwheel::settings {

using util::Error;
using util::ErrorKind;

Loaded load(const std::optional<std::string>& pyproject_text,
            const std::optional<std::string>& cartwheel_toml_text) {
  const std::string pyproject_file = "pyproject.toml";
  const std::string own_file = "cartwheel.toml";
  Loaded loaded;
  toml::table pyproject;
  if (pyproject_text) {
    pyproject = util::parse_toml(pyproject_file, *pyproject_text);
    loaded.project = read_project(pyproject_file, pyproject);
  }
  const toml::node* in_pyproject = pyproject.at_path("tool.cartwheel").node();
  if (in_pyproject != nullptr && cartwheel_toml_text) {
    throw Error(ErrorKind::usage,
                place_of(pyproject_file, *in_pyproject) +
                    "tool.cartwheel: there is a cartwheel.toml as well: keep one of them");
  }
  if (in_pyproject != nullptr && !in_pyproject->is_table()) {
    throw Error(ErrorKind::usage,
                place_of(pyproject_file, *in_pyproject) + "tool.cartwheel: wanted a table");
  }
  if (in_pyproject != nullptr) {
    read_settings({pyproject_file, "tool.cartwheel", *in_pyproject->as_table()}, loaded);
    loaded.settings_file = pyproject_file;
  }
  if (cartwheel_toml_text) {
    toml::table own = util::parse_toml(own_file, *cartwheel_toml_text);
    if (const toml::node* nested = own.at_path("tool.cartwheel").node()) {
      throw Error(
          ErrorKind::usage,
          place_of(own_file, *nested) +
              "tool.cartwheel: in this file the settings stand at the top, without that table");
    }
    read_settings({own_file, "", own}, loaded);
    loaded.settings_file = own_file;
  }
  return loaded;
}

bool may_have_variants(const std::optional<std::string>& pyproject_text,
                       const std::optional<std::string>& cartwheel_toml_text) {
  for (const std::optional<std::string>* text : {&pyproject_text, &cartwheel_toml_text}) {
    if (*text && (*text)->find("variants") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace cartwheel::settings

#include <algorithm>
#include <sstream>

#include "python/names.h"
#include "settings/foreign.h"

namespace cartwheel::settings {

namespace {

// The strings of a list; tables in it (uv takes some) are passed over.
std::vector<std::string> strings(const toml::table& uv, const char* key) {
  std::vector<std::string> out;
  const toml::node* node = uv.get(key);
  if (node != nullptr && node->is_string()) {
    out.push_back(node->as_string()->get());
  }
  if (const toml::array* list = node != nullptr ? node->as_array() : nullptr) {
    for (const toml::node& element : *list) {
      if (const toml::value<std::string>* text = element.as_string()) {
        out.push_back(text->get());
      }
    }
  }
  return out;
}

std::vector<std::vector<Resolution::Conflict>> conflicts(const toml::table& uv) {
  std::vector<std::vector<Resolution::Conflict>> out;
  const toml::array* sets = uv["conflicts"].as_array();
  for (std::size_t i = 0; sets != nullptr && i < sets->size(); ++i) {
    std::vector<Resolution::Conflict> items;
    const toml::array* set = (*sets)[i].as_array();
    for (std::size_t k = 0; set != nullptr && k < set->size(); ++k) {
      if (const toml::table* item = (*set)[k].as_table()) {
        auto name = [&](const char* key) {
          return python::normalized_name((*item)[key].value_or(std::string()));
        };
        items.push_back({name("package"), name("extra"), name("group")});
      }
    }
    out.push_back(std::move(items));
  }
  return out;
}

std::vector<std::string> metadata_of_dependencies(const toml::table& uv) {
  std::vector<std::string> out;
  const toml::array* list = uv["dependency-metadata"].as_array();
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (const toml::table* entry = (*list)[i].as_table()) {
      out.push_back(fmt::format("{} {}",
                                python::normalized_name((*entry)["name"].value_or(std::string())),
                                (*entry)["version"].value_or(std::string())));
    }
  }
  return out;
}

// A string, or a date-time as RFC 3339 text.
std::string text_or_time(const toml::table& uv, const char* key) {
  const toml::node* node = uv.get(key);
  if (node == nullptr) {
    return "";
  }
  if (const toml::value<std::string>* text = node->as_string()) {
    return text->get();
  }
  std::ostringstream out;
  if (const toml::value<toml::date_time>* time = node->as_date_time()) {
    out << time->get();
  } else if (const toml::value<toml::date>* date = node->as_date()) {
    out << date->get();
  }
  return out.str();
}

}  // namespace

Resolution read_resolution(const Foreign& reader, const toml::table& uv) {
  Resolution out;
  out.constraints = strings(uv, "constraint-dependencies");
  out.overrides = strings(uv, "override-dependencies");
  for (const std::string& name : strings(uv, "exclude-dependencies")) {
    out.excludes.push_back(python::normalized_name(name));
  }
  out.build_constraints = strings(uv, "build-constraint-dependencies");
  out.environments = strings(uv, "environments");
  out.required_environments = strings(uv, "required-environments");
  out.conflicts = conflicts(uv);
  out.dependency_metadata = metadata_of_dependencies(uv);
  out.resolution = reader.text(uv, "resolution", "tool.uv");
  out.prerelease = reader.text(uv, "prerelease", "tool.uv");
  out.fork_strategy = reader.text(uv, "fork-strategy", "tool.uv");
  out.exclude_newer = text_or_time(uv, "exclude-newer");
  return out;
}

}  // namespace cartwheel::settings

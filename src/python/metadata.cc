#include "python/metadata.h"

#include <fmt/format.h>

#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

bool is_continuation(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

// RFC 5322 section 2.2: printable ASCII without ':'.
bool is_field_name(std::string_view text) {
  for (char letter : text) {
    if (letter <= ' ' || letter > '~') {
      return false;
    }
  }
  return !text.empty();
}

// What setuptools wrote before it left such fields out.
std::string known(const std::string& value) { return value == "UNKNOWN" ? "" : value; }

// "Homepage, https://…" (well-known labels: letter case and punctuation do not count).
void take_project_url(Metadata& metadata, std::string_view value) {
  std::size_t comma = value.find(',');
  if (comma == std::string_view::npos || !metadata.home_page.empty()) {
    return;
  }
  std::string label;
  for (char letter : util::lower(value.substr(0, comma))) {
    if (letter >= 'a' && letter <= 'z') {
      label += letter;
    }
  }
  if (label == "homepage") {
    metadata.home_page = util::trim(value.substr(comma + 1));
  }
}

void take_first(std::string& into, const std::string& value) {
  if (into.empty()) {
    into = value;
  }
}

bool take_single(Metadata& metadata, const std::string& name, const std::string& value) {
  if (name == "metadata-version") {
    take_first(metadata.metadata_version, value);
  } else if (name == "name") {
    take_first(metadata.name, value);
  } else if (name == "version") {
    take_first(metadata.version, value);
  } else if (name == "requires-python") {
    take_first(metadata.requires_python, value);
  } else if (name == "summary") {
    take_first(metadata.summary, known(value));
  } else if (name == "home-page") {
    take_first(metadata.home_page, known(value));
  } else if (name == "license") {
    take_first(metadata.license, known(value));
  } else if (name == "license-expression") {
    take_first(metadata.license_expression, value);
  } else {
    return false;
  }
  return true;
}

void take_multiple(Metadata& metadata, const std::string& name, const std::string& value) {
  if (name == "requires-dist") {
    metadata.requires_dist.push_back(value);
  } else if (name == "provides-extra") {
    metadata.provides_extra.push_back(value);
  } else if (name == "license-file") {
    metadata.license_files.push_back(value);
  } else if (name == "classifier" && value.starts_with("License ::")) {
    metadata.license_classifiers.push_back(value);
  } else if (name == "project-url") {
    take_project_url(metadata, value);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> header_fields(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (text.starts_with("\xEF\xBB\xBF")) {  // byte order mark
    text.remove_prefix(3);
  }
  while (!text.empty()) {
    std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      break;
    }
    if (is_continuation(line)) {
      if (!fields.empty()) {
        fields.back().second += "\n" + std::string(util::trim(line));
      }
      continue;
    }
    std::size_t colon = line.find(':');
    std::string_view name = util::trim(line.substr(0, colon));
    if (colon == std::string_view::npos || !is_field_name(name)) {
      break;  // as mail readers do: the body has begun without its empty line
    }
    fields.emplace_back(name, util::trim(line.substr(colon + 1)));
  }
  return fields;
}

Metadata Metadata::parse(std::string_view text) {
  Metadata metadata;
  for (const auto& [name, value] : header_fields(text)) {
    std::string key = util::lower(name);
    if (!take_single(metadata, key, value)) {
      take_multiple(metadata, key, value);
    }
  }
  if (metadata.name.empty() || metadata.version.empty()) {
    throw util::Error(
        util::ErrorKind::malformed,
        fmt::format("metadata has no field '{}'", metadata.name.empty() ? "Name" : "Version"));
  }
  return metadata;
}

WheelFile WheelFile::parse(std::string_view text) {
  WheelFile wheel;
  wheel.root_is_purelib = false;
  std::string version;
  std::string purelib;
  for (const auto& [name, value] : header_fields(text)) {
    std::string key = util::lower(name);
    if (key == "wheel-version") {
      take_first(version, value);  // mkl_fft 1.3.6 has two
    } else if (key == "root-is-purelib") {
      take_first(purelib, util::lower(value));
    } else if (key == "generator") {
      take_first(wheel.generator, value);
    } else if (key == "build") {
      take_first(wheel.build, value);
    } else if (key == "tag") {
      wheel.tags.push_back(value);
    }
  }
  wheel.root_is_purelib = purelib == "true";
  std::string_view major = std::string_view(version).substr(0, version.find('.'));
  if (major.empty() || major.find_first_not_of("0123456789") != std::string_view::npos) {
    throw util::Error(
        util::ErrorKind::malformed,
        fmt::format("wanted a Wheel-Version as '1.0', found '{}'", version.substr(0, 80)));
  }
  if (major != "1" && version != "0.1") {  // 0.1 is an early 1.0
    throw util::Error(util::ErrorKind::unsupported,
                      fmt::format("Wheel-Version {}: only 1.x is known", version.substr(0, 80)));
  }
  return wheel;
}

}  // namespace cartwheel::python

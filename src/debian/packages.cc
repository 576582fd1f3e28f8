#include "debian/packages.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "debian/relation.h"
#include "debian/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

// Debian Policy section 5.6.1: lower case, digits, + - and '.'; what a file name and a URL take as
// it is.
bool is_package_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") ==
             std::string_view::npos &&
         name.front() != '.' && name.front() != '-';
}

bool is_pool_path(std::string_view path) {
  if (path.empty() || path.front() == '/') {
    return false;
  }
  const std::vector<std::string_view> parts = util::split(path, '/');
  return std::none_of(parts.begin(), parts.end(), [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  });
}

std::string_view wanted_field(const Paragraph& paragraph,
                              std::string_view field,
                              const std::string& place) {
  const auto value = paragraph.find(field);
  if (!value || value->empty()) {
    throw Error(ErrorKind::malformed, fmt::format("{}: has no field '{}'", place, field));
  }
  return *value;
}

std::string joined(std::string_view first, std::string_view second) {
  std::string text(first);
  if (!first.empty() && !second.empty()) {
    text += ", ";
  }
  text += second;
  return text;
}

}  // namespace

Package parse_package(const Paragraph& paragraph, const std::string& place) {
  Package package = parse_control(paragraph, place);
  const std::string here = place + ": package '" + package.name + "'";
  const auto wanted = [&](std::string_view field) { return wanted_field(paragraph, field, here); };
  package.filename = wanted("Filename");
  if (!is_pool_path(package.filename)) {
    throw Error(
        ErrorKind::malformed,
        fmt::format("{}: Filename '{}' is no path below the archive", here, package.filename));
  }
  const std::string_view size = wanted("Size");
  const char* const end = size.data() + size.size();
  const auto digest = core::Digest::from_hex(wanted("SHA256"));
  if (std::from_chars(size.data(), end, package.size).ptr != end || !digest) {
    throw Error(ErrorKind::malformed, fmt::format("{}: Size or SHA256 is none", here));
  }
  package.sha256 = *digest;
  return package;
}

Package parse_control(const Paragraph& paragraph, const std::string& place) {
  Package package;
  package.name = paragraph.get("Package");
  if (!is_package_name(package.name)) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: wanted a package name, found '{}'", place, package.name));
  }
  const std::string here = place + ": package '" + package.name + "'";
  package.version = wanted_field(paragraph, "Version", here);
  package.architecture = wanted_field(paragraph, "Architecture", here);
  package.depends = joined(paragraph.get("Pre-Depends"), paragraph.get("Depends"));
  package.conflicts = joined(paragraph.get("Conflicts"), paragraph.get("Breaks"));
  package.provides = paragraph.get("Provides");
  const std::string_view priority = paragraph.get("Priority");
  package.is_important = priority == "required" || priority == "important";
  return package;
}

void PackageIndex::add(Package package) {
  if (package.architecture != architecture_ && package.architecture != "all") {
    return;
  }
  const auto [place, is_new] = packages_.try_emplace(package.name);
  if (is_new || compare_versions(place->second.version, package.version) < 0) {
    place->second = std::move(package);
  }
}

void PackageIndex::put(Package package) {
  std::string name = package.name;
  packages_.insert_or_assign(std::move(name), std::move(package));
}

const Package* PackageIndex::find(std::string_view name) const {
  const auto found = packages_.find(std::string(name));
  return found == packages_.end() ? nullptr : &found->second;
}

std::vector<const Package*> PackageIndex::providers(const std::string& name) const {
  std::vector<const Package*> found;
  for (const auto& [key, package] : packages_) {
    // Most packages provide nothing like it; only the few that hold the name's text are parsed.
    if (package.provides.find(name) == std::string::npos) {
      continue;
    }
    for (const Alternatives& group : parse_relations(package.provides, key)) {
      if (group.front().name == name) {
        found.push_back(&package);
        break;
      }
    }
  }
  std::sort(found.begin(), found.end(), [](const Package* left, const Package* right) {
    return left->name < right->name;
  });
  return found;
}

std::string PackageIndex::did_you_mean(std::string_view name) const {
  std::vector<std::string> names;
  names.reserve(packages_.size());
  for (const auto& [key, package] : packages_) {
    names.push_back(key);
  }
  std::sort(names.begin(), names.end());
  return util::did_you_mean(name, names);
}

}  // namespace cartwheel::debian

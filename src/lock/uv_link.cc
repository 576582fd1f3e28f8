#include "lock/uv_link.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "core/url.h"
#include "lock/toml_document.h"
#include "util/error.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

python::Marker marker_of(const std::string& text, const std::string& place) {
  return util::in_context(place, [&] { return python::Marker::parse(text); });
}

namespace {

class Linker {
 public:
  Linker(std::string_view file, Lock& lock, std::vector<NamedPackage>& named)
      : file_(file),
        lock_(lock) {
    lock_.packages.reserve(named.size());
    for (NamedPackage& package : named) {
      by_name_[package.package.name].push_back(lock_.packages.size());
      lock_.packages.push_back(std::move(package.package));
    }
    for (const auto& [name, indices] : by_name_) {
      refuse_twins(named, indices);
    }
    for (std::size_t i = 0; i < named.size(); ++i) {
      link(named, i);
    }
    lock_.marker_count = markers_.size();
  }

 private:
  void refuse_twins(const std::vector<NamedPackage>& named,
                    const std::vector<std::size_t>& indices) const {
    for (std::size_t a = 0; a < indices.size(); ++a) {
      for (std::size_t b = a + 1; b < indices.size(); ++b) {
        if (lock_.packages[indices[a]].version == lock_.packages[indices[b]].version &&
            named[indices[a]].source == named[indices[b]].source) {
          fail(indices[b],
               named[indices[b]].line,
               "is there twice, with the same version and source");
        }
      }
    }
  }

  void link(const std::vector<NamedPackage>& named, std::size_t index) {
    Package& package = lock_.packages[index];
    package.dependencies = linked(named, index, named[index].dependencies);
    for (const auto& [extra, list] : named[index].optional_dependencies) {
      package.optional_dependencies[extra] = linked(named, index, list);
    }
    for (const auto& [group, list] : named[index].dependency_groups) {
      package.dependency_groups[group] = linked(named, index, list);
    }
  }

  std::vector<Dependency> linked(const std::vector<NamedPackage>& named,
                                 std::size_t index,
                                 const NamedDependencies& list) {
    std::vector<Dependency> out;
    out.reserve(list.size());
    for (const NamedDependency& dependency : list) {
      Dependency made;
      made.package = target(named, index, dependency);
      std::copy_if(dependency.extras.begin(),
                   dependency.extras.end(),
                   std::back_inserter(made.extras),
                   [&](const std::string& extra) { return has_extra(named[made.package], extra); });
      set_marker(index, dependency, made);
      out.push_back(std::move(made));
    }
    return out;
  }

  // An extra that the target does not have is dropped, as uv does.
  static bool has_extra(const NamedPackage& package, const std::string& extra) {
    return std::any_of(package.optional_dependencies.begin(),
                       package.optional_dependencies.end(),
                       [&](const auto& entry) { return entry.first == extra; });
  }

  void set_marker(std::size_t index, const NamedDependency& dependency, Dependency& made) {
    if (dependency.marker.empty()) {
      return;
    }
    auto [found, is_new] =
        markers_.try_emplace(dependency.marker, std::pair(markers_.size(), python::Marker()));
    if (is_new) {
      found->second.second = marker_of(dependency.marker, place(index, dependency.line));
    }
    made.marker_id = found->second.first;
    made.marker = found->second.second;
  }

  std::size_t target(const std::vector<NamedPackage>& named,
                     std::size_t index,
                     const NamedDependency& wanted) const {
    auto found = by_name_.find(wanted.name);
    if (found == by_name_.end()) {
      fail(index,
           wanted.line,
           fmt::format("depends on '{}', which the lock does not have", wanted.name));
    }
    std::optional<std::size_t> target;
    for (std::size_t candidate : found->second) {
      if ((!wanted.version.empty() && wanted.version != lock_.packages[candidate].version) ||
          (!wanted.source.empty() && wanted.source != named[candidate].source)) {
        continue;
      }
      if (target) {
        fail(index,
             wanted.line,
             fmt::format(
                 "depends on '{}', of which the lock has several: wanted its version and source",
                 wanted.name));
      }
      target = candidate;
    }
    if (!target) {
      fail(index,
           wanted.line,
           fmt::format("depends on '{}' {} from {}, which the lock does not have",
                       wanted.name,
                       wanted.version,
                       wanted.source.empty() ? "anywhere" : wanted.source));
    }
    return *target;
  }

  std::string place(std::size_t index, std::size_t line) const {
    return Place{file_, 0, lock_.packages[index].name}.str(line);
  }

  [[noreturn]] void fail(std::size_t index, std::size_t line, const std::string& message) const {
    throw Error(ErrorKind::malformed, place(index, line) + ": " + core::redacted(message));
  }

  std::string_view file_;
  Lock& lock_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
  std::unordered_map<std::string, std::pair<std::size_t, python::Marker>> markers_;
};

}  // namespace

void link(std::string_view file, Lock& lock, std::vector<NamedPackage>& named) {
  Linker(file, lock, named);
}

}  // namespace cartwheel::lock

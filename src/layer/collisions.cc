#include "layer/collisions.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <unordered_map>

#include <fmt/format.h>

#include "core/digest.h"
#include "util/error.h"

namespace cartwheel::layer {

using facts::InstalledPath;
using util::Error;
using util::ErrorKind;

namespace {

struct Claim {
  std::size_t wheel = 0;
  const InstalledPath* path = nullptr;
};

using Claims = std::map<std::string, std::vector<Claim>>;  // tar path → who installs it, in order

bool same_bytes(const Claim& one, const Claim& other) {
  return one.path->content == other.path->content && one.path->executable == other.path->executable;
}

// Tar paths that more than one wheel has. Most paths have one owner: those cost one lookup.
Claims shared_paths(const std::vector<std::vector<InstalledPath>>& paths,
                    const std::vector<std::vector<std::string>>& tar_paths) {
  std::unordered_map<std::string_view, Claim> first;
  Claims shared;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    for (std::size_t k = 0; k < paths[i].size(); ++k) {
      Claim claim{.wheel = i, .path = &paths[i][k]};
      auto [found, fresh] = first.try_emplace(tar_paths[i][k], claim);
      if (fresh) {
        continue;
      }
      std::vector<Claim>& claims = shared[tar_paths[i][k]];
      if (claims.empty()) {
        claims.push_back(found->second);
      }
      claims.push_back(claim);
    }
  }
  return shared;
}

void check_files_against_folders(const std::vector<WheelInput>& wheels,
                                 const std::vector<std::vector<std::string>>& tar_paths) {
  std::unordered_map<std::string_view, std::size_t> folders;  // → a wheel that has it
  for (std::size_t i = 0; i < tar_paths.size(); ++i) {
    for (std::string_view path : tar_paths[i]) {
      for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos;
           slash = path.rfind('/', slash - 1)) {
        if (slash == 0 || !folders.try_emplace(path.substr(0, slash), i).second) {
          break;
        }
      }
    }
  }
  for (std::size_t i = 0; i < tar_paths.size(); ++i) {
    for (const std::string& path : tar_paths[i]) {
      if (auto found = folders.find(path); found != folders.end()) {
        throw Error(ErrorKind::refused,
                    fmt::format("'{}' is a file in {} and a folder in {}: without = [\"{}\"] drops "
                                "one of them",
                                path,
                                wheels[i].name,
                                wheels[found->second].name,
                                wheels[i].name));
      }
    }
  }
}

// Who must leave the path out: whose bytes are not those of the last one, and, of those that share
// a layer, all but the first.
std::vector<std::size_t> losers(const std::vector<Claim>& claims,
                                const std::vector<std::size_t>& layer_of) {
  std::vector<std::size_t> out;
  std::set<std::size_t> layers;
  for (const Claim& claim : claims) {
    bool stays = same_bytes(claim, claims.back()) && layers.insert(layer_of.at(claim.wheel)).second;
    if (!stays) {
      out.push_back(claim.wheel);
    }
  }
  return out;
}

// Top-level names that wheels hold by mistake: nobody imports them from there.
bool is_stray(std::string_view top) {
  static const std::set<std::string_view> kStray{"benchmarks",
                                                 "conftest",
                                                 "doc",
                                                 "docs",
                                                 "example",
                                                 "examples",
                                                 "samples",
                                                 "scripts",
                                                 "setup",
                                                 "test",
                                                 "tests",
                                                 "tools"};
  return kStray.contains(top);
}

// What two wheels fight for where they install one path with different bytes.
class ClaimFinder {
 public:
  ClaimFinder(const std::vector<std::vector<InstalledPath>>& paths,
              const IsNamespaceInit& is_namespace_init)
      : is_namespace_init_(is_namespace_init) {
    for (const std::vector<InstalledPath>& of_wheel : paths) {
      files_.push_back(&of_wheel);
    }
  }

  // "" for nothing; the claims are those of one path.
  std::string find(const std::vector<Claim>& claims) {
    const std::string& installed = claims.front().path->path;
    if (!installed.starts_with(kPurelib)) {
      return "";
    }
    std::string path = installed.substr(kPurelib.size());
    if (path.ends_with(".so")) {
      return fmt::format("extension module '{}'", path);
    }
    if (is_stray(path.substr(0, path.find_first_of("/.")))) {
      return "";
    }
    bool in_package = false;
    for (std::size_t slash = path.find('/'); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      std::string folder = path.substr(0, slash);
      std::ptrdiff_t owners = std::ranges::count_if(
          claims, [&](const Claim& claim) { return is_package(claim.wheel, folder); });
      if (owners > 1) {
        return fmt::format("import package '{}'", dotted(folder));
      }
      in_package = in_package || owners > 0;
    }
    // a module that lies in no package, or in a namespace that nobody owns
    bool module = path.ends_with(".py") && !path.ends_with("__init__.py");
    return module && !in_package
               ? fmt::format("import package '{}'", dotted(path.substr(0, path.size() - 3)))
               : "";
  }

 private:
  static constexpr std::string_view kPurelib = "purelib/";

  static std::string dotted(std::string path) {
    std::ranges::replace(path, '/', '.');
    return path;
  }

  // Whether the wheel has a regular package in this folder.
  bool is_package(std::size_t wheel, const std::string& folder) {
    auto [known, fresh] = packages_.try_emplace({wheel, folder}, false);
    if (fresh) {
      known->second = has_init(wheel, folder);
    }
    return known->second;
  }

  bool has_init(std::size_t wheel, const std::string& folder) const {
    std::string init = fmt::format("{}{}/__init__.py", kPurelib, folder);
    auto found = std::ranges::find(*files_[wheel], init, &InstalledPath::path);
    if (found == files_[wheel]->end() || is_empty(*found)) {
      return false;
    }
    return !is_namespace_init_(wheel, init);
  }

  static bool is_empty(const InstalledPath& path) {
    static const core::Digest kEmpty = core::Digest::of(std::string_view());
    return std::ranges::equal(path.content, std::span(kEmpty.bytes()).first(path.content.size()));
  }

  std::vector<const std::vector<InstalledPath>*> files_;  // of each wheel
  const IsNamespaceInit& is_namespace_init_;
  std::map<std::pair<std::size_t, std::string>, bool> packages_;  // what was asked for
};

}  // namespace

CollisionResult find_collisions(const std::vector<WheelInput>& wheels,
                                const std::vector<std::vector<InstalledPath>>& paths,
                                const std::vector<std::size_t>& layer_of,
                                const WheelLayerSpec& where,
                                const IsNamespaceInit& is_namespace_init) {
  std::vector<std::vector<std::string>> tar_paths(wheels.size());
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    tar_paths[i].reserve(paths.at(i).size());
    for (const InstalledPath& path : paths[i]) {
      tar_paths[i].push_back(tar_path(path.path, wheels[i].name, where));
    }
  }
  check_files_against_folders(wheels, tar_paths);
  ClaimFinder finder(paths, is_namespace_init);
  CollisionResult result;
  result.omit.resize(wheels.size());
  for (auto& [path, claims] : shared_paths(paths, tar_paths)) {
    std::vector<Claim> by_name = claims;
    std::ranges::stable_sort(by_name, {}, [&](const Claim& claim) -> const std::string& {
      return wheels[claim.wheel].name;
    });
    for (std::size_t loser : losers(by_name, layer_of)) {
      result.omit[loser].push_back(path);  // in order, as the map is
    }
    Collision collision{.path = path, .wheels = {}, .same_bytes = true, .claim = {}};
    for (const Claim& claim : by_name) {
      collision.wheels.push_back(wheels[claim.wheel].name);
      collision.same_bytes = collision.same_bytes && same_bytes(claim, by_name.back());
    }
    if (!collision.same_bytes) {
      collision.claim = finder.find(by_name);
    }
    result.collisions.push_back(std::move(collision));
  }
  return result;
}

std::string tar_path(const std::string& installed_path,
                     const std::string& name,
                     const WheelLayerSpec& where) {
  return facts::tar_path(installed_path, name, where.prefix, where.python);
}

}  // namespace cartwheel::layer

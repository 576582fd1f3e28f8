#include "layer/collisions.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

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
                    fmt::format("'{}' is a file in {} and a folder in {}",
                                path,
                                wheels[i].name,
                                wheels[found->second].name));
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

}  // namespace

CollisionResult find_collisions(const std::vector<WheelInput>& wheels,
                                const std::vector<std::vector<InstalledPath>>& paths,
                                const std::vector<std::size_t>& layer_of,
                                const WheelLayerSpec& where) {
  std::vector<std::vector<std::string>> tar_paths(wheels.size());
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    tar_paths[i].reserve(paths.at(i).size());
    for (const InstalledPath& path : paths[i]) {
      tar_paths[i].push_back(tar_path(path.path, wheels[i].name, where));
    }
  }
  check_files_against_folders(wheels, tar_paths);
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
    Collision collision{.path = path, .wheels = {}, .same_bytes = true};
    for (const Claim& claim : by_name) {
      collision.wheels.push_back(wheels[claim.wheel].name);
      collision.same_bytes = collision.same_bytes && same_bytes(claim, by_name.back());
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

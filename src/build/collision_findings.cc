#include "build/collision_findings.h"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "plan/select.h"
#include "util/text.h"

namespace cartwheel::build {

namespace {

// What is so of a path that several wheels install.
enum class Kind { claimed, stray, same_bytes };

Kind kind_of(const layer::Collision& collision) {
  if (collision.same_bytes) {
    return Kind::same_bytes;
  }
  return collision.claim.empty() ? Kind::stray : Kind::claimed;
}

// Collisions of the same wheels.
struct Fight {
  std::string first_path, claim;  // claim: the first one, or ""
  std::size_t paths = 0;
};

using Fights = std::map<std::vector<std::string>, Fight>;  // names, the last one wins

Fights fights_of(const std::vector<layer::Collision>& collisions, Kind kind) {
  Fights fights;
  for (const layer::Collision& collision : collisions) {
    if (kind_of(collision) != kind) {
      continue;
    }
    auto [found, fresh] = fights.try_emplace(collision.wheels);
    if (fresh) {
      found->second = {.first_path = collision.path, .claim = collision.claim};
    }
    ++found->second.paths;
  }
  return fights;
}

std::string and_more(std::size_t paths) {
  return paths > 1 ? fmt::format(" and {} more", paths - 1) : "";
}

// ": opencv-python by app -> opencv-python, …": who pulls each in.
std::string ways(const std::vector<std::string>& names,
                 const Prepared& prepared,
                 const plan::Plan& plan) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    std::string way = plan::pulled_in_by(prepared.lock, prepared.selection, plan.target, name);
    if (!way.empty()) {
      out.push_back(fmt::format("{} comes by {}", name, way));
    }
  }
  return out.empty() ? "" : "; " + util::join(out, ", ");
}

plan::Finding refusal(const std::vector<std::string>& names,
                      const Fight& fight,
                      const Prepared& prepared,
                      const plan::Plan& plan) {
  bool last_wins = prepared.loaded.settings.last_wins;
  plan::Finding finding{.code = "path-collision",
                        .severity = last_wins ? plan::Severity::warning : plan::Severity::error,
                        .platform = plan.target.platform.str(),
                        .package = names.back()};
  finding.message = fmt::format("{} both install {} ('{}'{}), with different bytes{}{}",
                                util::join(names, " and "),
                                fight.claim,
                                fight.first_path,
                                and_more(fight.paths),
                                last_wins ? fmt::format(": {}'s is taken", names.back()) : "",
                                ways(names, prepared, plan));
  finding.remedy = fmt::format(
      "without = [\"{}\"] drops it (or the other){}",
      names.front(),
      last_wins ? ""
                : fmt::format("; on-collision = \"last-wins\" takes {}'s files", names.back()));
  return finding;
}

plan::Finding warning(const std::vector<std::string>& names,
                      const Fight& fight,
                      const plan::Plan& plan) {
  return {.code = "path-collision",
          .severity = plan::Severity::warning,
          .platform = plan.target.platform.str(),
          .package = names.back(),
          .message = fmt::format("{} install '{}'{} with different bytes: {}'s is taken",
                                 util::join(names, " and "),
                                 fight.first_path,
                                 and_more(fight.paths),
                                 names.back()),
          .remedy = ""};
}

plan::Finding same_bytes(const std::vector<std::string>& names,
                         const Fight& fight,
                         const plan::Plan& plan) {
  return {.code = "path-shared",
          .severity = plan::Severity::debug,
          .platform = plan.target.platform.str(),
          .package = names.back(),
          .message = fmt::format("{} install '{}'{} with the same bytes: one copy is seen",
                                 util::join(names, " and "),
                                 fight.first_path,
                                 and_more(fight.paths)),
          .remedy = ""};
}

}  // namespace

std::vector<plan::Finding> collision_findings(const WheelLayers& layers, const Prepared& prepared) {
  std::vector<plan::Finding> out;
  for (std::size_t p = 0; p < layers.collisions.size(); ++p) {
    const plan::Plan& plan = prepared.plans[p];
    for (const auto& [names, fight] : fights_of(layers.collisions[p], Kind::claimed)) {
      out.push_back(refusal(names, fight, prepared, plan));
    }
    for (const auto& [names, fight] : fights_of(layers.collisions[p], Kind::stray)) {
      out.push_back(warning(names, fight, plan));
    }
    for (const auto& [names, fight] : fights_of(layers.collisions[p], Kind::same_bytes)) {
      out.push_back(same_bytes(names, fight, plan));
    }
  }
  return out;
}

}  // namespace cartwheel::build

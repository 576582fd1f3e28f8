#include "plan/statements.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "core/url.h"
#include "lock/declared.h"
#include "python/names.h"
#include "python/requirement.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

// What an environment of a comparison is made of.
struct System {
  const char *sys_platform, *platform_system, *os_name;
};
constexpr std::array<System, 3> kSystems{
    {{"linux", "Linux", "posix"}, {"darwin", "Darwin", "posix"}, {"win32", "Windows", "nt"}}};
constexpr std::array kMachines{"x86_64", "aarch64", "arm64", "AMD64", "i686"};
constexpr std::array kImplementations{"cpython", "pypy"};

std::string key_of(const python::Requirement& requirement, const std::string& source) {
  std::string out = requirement.name;
  if (!requirement.extras.empty()) {
    out += "[" + util::join(requirement.extras, ",") + "]";
  }
  // the version of a file, a folder or a repository is what it is
  if (source.empty() || source.starts_with("index ")) {
    out += requirement.specifier.str();
  }
  return source.empty() ? out : out + " from " + source;
}

std::string name_of(const std::string& key) { return key.substr(0, key.find_first_of("[ <>=!~")); }

bool is_archive(const std::string& path) {
  constexpr std::array<const char*, 7> kEndings{
      ".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"};
  return std::ranges::any_of(kEndings, [&](const char* end) { return path.ends_with(end); });
}

const std::string* index_url(const settings::Project& project, const std::string& name) {
  auto found =
      std::ranges::find_if(project.indexes, [&](const auto& index) { return index.first == name; });
  return found == project.indexes.end() ? nullptr : &found->second;
}

std::string with_query(const settings::ProjectSource& source) {
  std::vector<std::string> pairs;
  if (!source.reference.empty()) {
    pairs.push_back(source.reference);
  }
  if (!source.subdirectory.empty()) {
    pairs.push_back("subdirectory=" + source.subdirectory);
  }
  if (!source.path.empty()) {
    pairs.push_back("path=" + source.path);
  }
  if (source.lfs) {
    pairs.emplace_back("lfs=true");
  }
  return source.location + "?" + util::join(pairs, "&");
}

// A source of [tool.uv.sources] of the project in `folder`; nothing when it cannot be told.
std::optional<std::string> source_text(const settings::ProjectSource& source,
                                       const std::string& name,
                                       const std::string& folder,
                                       const Context& context) {
  if (source.kind == "index") {
    const std::string* url = index_url(*context.project, source.location);
    url = url != nullptr ? url : index_url(*context.root, source.location);
    return url == nullptr ? std::nullopt : std::optional(lock::index_source(*url));
  }
  if (source.kind == "git") {
    return lock::git_source(with_query(source));
  }
  if (source.kind == "url") {
    return lock::url_source(source.location, source.subdirectory);
  }
  if (source.kind == "path") {
    if (source.location.starts_with('/')) {
      return std::nullopt;
    }
    std::string path = (std::filesystem::path(folder) / source.location).string();
    return is_archive(path) ? lock::path_source(path) : lock::tree_source(path);
  }
  auto tree = context.trees->find(name);
  return source.kind == "workspace" && tree != context.trees->end()
             ? std::optional(lock::tree_source(tree->second))
             : std::nullopt;
}

// "name @ git+https://host/repo@rev#subdirectory=x"; nothing for what a lock may write in many
// ways.
std::optional<std::string> source_of_url(const std::string& url) {
  std::size_t hash = url.find('#');
  std::string fragment = hash == std::string::npos ? "" : url.substr(hash + 1);
  std::string rest = url.substr(0, hash);
  constexpr std::string_view kSubdirectory = "subdirectory=";
  std::string subdirectory =
      fragment.starts_with(kSubdirectory) ? fragment.substr(kSubdirectory.size()) : "";
  if (!fragment.empty() && subdirectory.empty()) {
    return std::nullopt;
  }
  if (!rest.starts_with("git+")) {
    return rest.starts_with("http") ? std::optional(lock::url_source(rest, subdirectory))
                                    : std::nullopt;
  }
  settings::ProjectSource source{.kind = "git", .location = rest, .subdirectory = subdirectory};
  std::size_t at = rest.rfind('@');
  if (at != std::string::npos && at > rest.find("://") + 3 && at > rest.rfind('/')) {
    source.location = rest.substr(0, at);
    source.reference = "rev=" + rest.substr(at + 1);
  }
  return lock::git_source(with_query(source));
}

// The sources that concern a requirement here, and the folder that their paths are meant from.
std::pair<std::vector<settings::ProjectSource>, std::string> sources_of(const std::string& name,
                                                                        const Context& context) {
  std::string folder = context.folder;
  auto found = context.project->sources.find(name);
  bool own = found != context.project->sources.end();
  if (!own) {
    found = context.root->sources.find(name);
    folder = ".";
  }
  std::vector<settings::ProjectSource> out;
  if (own || found != context.root->sources.end()) {
    std::ranges::copy_if(
        found->second, std::back_inserter(out), [&](const settings::ProjectSource& source) {
          return (source.extra.empty() || source.extra == context.extra) &&
                 (source.group.empty() || source.group == context.group);
        });
  }
  return {out, folder};
}

bool holds(const Statement& statement, const python::MarkerEnvironment& environment) {
  auto marker_holds = [&](const python::Marker& marker) { return marker.evaluate(environment); };
  return std::ranges::all_of(statement.all_of, marker_holds) &&
         std::ranges::none_of(statement.none_of, marker_holds);
}

bool any_holds(const std::vector<const Statement*>& group,
               const python::MarkerEnvironment& environment) {
  return std::ranges::any_of(
      group, [&](const Statement* statement) { return holds(*statement, environment); });
}

std::string_view extras_of(const std::string& key) {
  std::size_t open = key.find('[');
  return open == std::string::npos
             ? std::string_view()
             : std::string_view(key).substr(open + 1, key.find(']') - open - 1);
}

// Makes the extra active, and those of the project's own that it asks for.
void activate(const std::string& extra,
              const std::vector<const Statement*>& own,
              python::MarkerEnvironment& environment) {
  environment.extras.clear();
  if (extra.empty()) {
    return;
  }
  environment.extras.insert(extra);
  for (std::size_t before = 0; before != environment.extras.size();) {
    before = environment.extras.size();
    for (const Statement* statement : own) {
      if (holds(*statement, environment)) {
        for (std::string_view more : util::split(extras_of(statement->key), ',')) {
          environment.extras.emplace(more);
        }
      }
    }
  }
}

// ">=3.12,<4" as a marker.
python::Marker python_marker(const std::string& specifiers) {
  std::vector<std::string> out;
  for (std::string_view part : util::split(specifiers, ',')) {
    part = util::trim(part);
    std::size_t digit = part.find_first_of("0123456789");
    out.push_back(fmt::format("python_full_version {} '{}'",
                              util::trim(part.substr(0, digit)),
                              part.substr(std::min(digit, part.size()))));
  }
  return python::Marker::parse(util::join(out, " and "));
}

// What a requirement that does not parse begins with.
std::string leading_name(std::string_view text) {
  text = util::trim(text);
  std::size_t end = text.find_first_of(" \t[<>=!~;@(");
  return python::normalized_name(text.substr(0, end));
}

std::string markers_text(const std::vector<const Statement*>& group) {
  std::vector<std::string> out;
  for (const Statement* statement : group) {
    for (const python::Marker& marker : statement->all_of) {
      if (!marker.empty()) {
        out.push_back(marker.str());
      }
    }
  }
  return out.empty() ? "" : " ; " + util::join(out, " and ");
}

// Each with its whole marker as one text, sorted. Statements with none_of are written in a way that
// no lock has.
std::multiset<std::string> texts_of(const std::vector<const Statement*>& group) {
  std::multiset<std::string> out;
  for (const Statement* statement : group) {
    std::vector<std::string> markers;
    for (const python::Marker& marker : statement->all_of) {
      if (!marker.empty()) {
        markers.push_back(marker.str());
      }
    }
    if (markers.size() > 1) {
      for (std::string& text : markers) {
        text = text.find(" or ") == std::string::npos ? text : "(" + text + ")";
      }
    }
    out.insert(statement->key + (statement->none_of.empty() ? " ; " : " ! ") +
               util::join(markers, " and "));
  }
  return out;
}

}  // namespace

void add_wanted(const std::vector<std::string>& requirements,
                const Context& context,
                std::vector<Statement>& out,
                std::set<std::string>& unsure) {
  python::Marker here = context.extra.empty()
                            ? python::Marker()
                            : python::Marker::parse("extra == '" + context.extra + "'");
  if (!context.requires_python.empty()) {
    here = python_marker(context.requires_python);
  }
  for (const std::string& text : requirements) {
    python::Requirement requirement;
    std::vector<python::Marker> sourced;
    try {
      requirement = python::Requirement::parse(text);
      auto [sources, folder] = sources_of(requirement.name, context);
      for (const settings::ProjectSource& source : sources) {
        std::optional<std::string> from = source_text(source, requirement.name, folder, context);
        if (!from) {
          unsure.insert(requirement.name);
        }
        sourced.push_back(source.marker.empty() ? python::Marker()
                                                : python::Marker::parse(source.marker));
        out.push_back({.key = key_of(requirement, from.value_or("?")),
                       .all_of = {requirement.marker, sourced.back(), here},
                       .none_of = {}});
      }
    } catch (const util::Error&) {
      unsure.insert(leading_name(text));
      out.push_back({.key = leading_name(text), .all_of = {}, .none_of = {}});
      continue;
    }
    std::string source;
    if (!requirement.url.empty()) {
      std::optional<std::string> from = source_of_url(requirement.url);
      source = from.value_or("?");
      if (!from) {
        unsure.insert(requirement.name);
      }
    }
    out.push_back({.key = key_of(requirement, source),
                   .all_of = {requirement.marker, here},
                   .none_of = std::move(sourced)});
  }
}

void add_locked(const std::vector<lock::DeclaredRequirement>& requirements,
                std::vector<Statement>& out) {
  for (const lock::DeclaredRequirement& declared : requirements) {
    try {
      python::Requirement requirement = python::Requirement::parse(declared.text);
      out.push_back({.key = key_of(requirement, declared.source),
                     .all_of = {requirement.marker},
                     .none_of = {}});
    } catch (const util::Error&) {
      continue;
    }
  }
}

std::optional<std::string> Comparison::difference(const std::vector<Statement>& wanted,
                                                  const std::vector<Statement>& locked,
                                                  const std::string& name,
                                                  const std::set<std::string>& extras,
                                                  const std::set<std::string>& unsure,
                                                  const std::string& where) {
  struct Sides {
    Side wanted, locked;
  };
  std::map<std::string, Sides> by_key;
  Group own_wanted;
  Group own_locked;
  auto sort = [&](const std::vector<Statement>& statements, Group& own, Side Sides::*side) {
    for (const Statement& statement : statements) {
      std::string of = name_of(statement.key);
      if (of == name && !name.empty()) {
        own.push_back(&statement);
      } else {
        Side& at = by_key[unsure.contains(of) ? of : statement.key].*side;
        at.group.push_back(&statement);
      }
    }
  };
  active_.clear();
  sort(wanted, own_wanted, &Sides::wanted);
  sort(locked, own_locked, &Sides::locked);
  for (auto& [text, sides] : by_key) {
    sides.wanted.own = &own_wanted;
    sides.locked.own = &own_locked;
    bool alike = unsure.contains(text) ? sides.wanted.group.empty() == sides.locked.group.empty()
                                       : same(sides.wanted, sides.locked, extras);
    if (!alike) {
      return sides.wanted.group.empty()
                 ? fmt::format(
                       "the lock was made with '{}{}' in {}, pyproject.toml does not have it",
                       text,
                       markers_text(sides.locked.group),
                       where)
                 : fmt::format("pyproject.toml has '{}{}' in {}, the lock was made without it",
                               text,
                               markers_text(sides.wanted.group),
                               where);
    }
  }
  return std::nullopt;
}

bool Comparison::same_environments(const std::vector<python::Marker>& a,
                                   const std::vector<python::Marker>& b) {
  auto any_of = [](const std::vector<python::Marker>& markers,
                   const python::MarkerEnvironment& environment) {
    return std::ranges::any_of(
        markers, [&](const python::Marker& marker) { return marker.evaluate(environment); });
  };
  return a.empty() == b.empty() &&
         std::ranges::all_of(environments(), [&](const python::MarkerEnvironment& environment) {
           return any_of(a, environment) == any_of(b, environment);
         });
}

bool Comparison::same(const Side& a, const Side& b, const std::set<std::string>& extras) {
  // of most locks the very texts agree, and then there is nothing to evaluate
  if (texts_of(a.group) == texts_of(b.group) && texts_of(*a.own) == texts_of(*b.own)) {
    return true;
  }
  auto is_plain = [](const Statement* statement) {
    return statement->none_of.empty() &&
           std::ranges::all_of(statement->all_of, &python::Marker::empty);
  };
  if (std::ranges::any_of(a.group, is_plain) && std::ranges::any_of(b.group, is_plain)) {
    return true;
  }
  // only extras that a marker names make a difference, or that stand for others
  bool follows = !a.own->empty() || !b.own->empty();
  std::string texts = markers_text(a.group) + markers_text(b.group);
  std::vector<std::string> asked{""};
  std::ranges::copy_if(extras, std::back_inserter(asked), [&](const std::string& extra) {
    return follows || texts.find("'" + extra + "'") != std::string::npos;
  });
  texts += markers_text(*a.own) + markers_text(*b.own);
  for (std::size_t at : telling(texts)) {
    for (const std::string& extra : asked) {
      if (holds_in(a, extra, at) != holds_in(b, extra, at)) {
        return false;
      }
    }
  }
  return true;
}

std::vector<std::size_t> Comparison::telling(const std::string& texts) {
  auto names = [&](const char* variable) { return texts.find(variable) != std::string::npos; };
  const bool python = names("python_") || names("implementation_version");
  const bool system = names("sys_platform") || names("platform_system") || names("os_name");
  const bool machine = names("platform_machine");
  const bool implementation =
      names("implementation_name") || names("platform_python_implementation");
  std::vector<std::size_t> out;
  for (std::size_t at = 0; at < environments().size(); ++at) {
    const std::size_t rest = at / kImplementations.size();
    if ((implementation || at % kImplementations.size() == 0) &&
        (machine || rest % kMachines.size() == 0) &&
        (system || rest / kMachines.size() % kSystems.size() == 0) &&
        (python || rest < kMachines.size() * kSystems.size())) {
      out.push_back(at);
    }
  }
  return out;
}

bool Comparison::holds_in(const Side& side, const std::string& extra, std::size_t at) {
  python::MarkerEnvironment& environment = environments()[at];
  auto [active, is_new] = active_.try_emplace({side.own, extra, at});
  if (is_new) {  // many requirements ask for the same
    activate(extra, *side.own, environment);
    active->second = environment.extras;
  }
  environment.extras.swap(active->second);
  bool out = any_holds(side.group, environment);
  environment.extras.swap(active->second);
  return out;
}

// Environments of which one tells two markers apart, if they differ. The Python varies slowest,
// then the system, the machine, the implementation.
std::vector<python::MarkerEnvironment>& Comparison::environments() {
  if (!environments_.empty()) {
    return environments_;
  }
  for (int minor = 7; minor <= 15; ++minor) {
    std::string full = fmt::format("3.{}.5", minor);
    if (!requires_python_.contains(python::Version::parse(full))) {
      continue;
    }
    for (const System& system : kSystems) {
      for (const char* machine : kMachines) {
        for (const char* implementation : kImplementations) {
          python::MarkerEnvironment environment;
          environment.variables = {{"sys_platform", system.sys_platform},
                                   {"platform_system", system.platform_system},
                                   {"os_name", system.os_name},
                                   {"platform_machine", machine},
                                   {"platform_release", ""},
                                   {"platform_version", ""},
                                   {"python_version", fmt::format("3.{}", minor)},
                                   {"python_full_version", full},
                                   {"implementation_version", full},
                                   {"implementation_name", implementation},
                                   {"platform_python_implementation",
                                    implementation == std::string("pypy") ? "PyPy" : "CPython"}};
          environments_.push_back(std::move(environment));
        }
      }
    }
  }
  return environments_;
}

}  // namespace cartwheel::plan

#include "debian/scripts.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "debian/changing_commands.h"
#include "debian/deb822.h"
#include "debian/relation.h"
#include "debian/script_emulations.h"
#include "debian/script_state.h"
#include "debian/shell_commands.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

Error refusal(const Installed& package, const std::string& script, const std::string& what) {
  return Error(ErrorKind::unsupported,
               fmt::format("package '{0}' {1}: its {2}: {3} (packages are unpacked without running "
                           "programs; apt-scripts = {{ \"{0}\" = \"skip\" }} takes it without what "
                           "its scripts do)",
                           package.name,
                           package.version,
                           script,
                           what));
}

// A package of the table may do what somebody has read, and no more.
void check_known(const Installed& package, const Emulation& emulation) {
  if (emulation.commands == "*") {
    return;
  }
  const auto known = util::split(emulation.commands, ' ');
  for (const char* name : {"preinst", "postinst"}) {
    const auto script = package.members.find(name);
    if (script == package.members.end()) {
      continue;
    }
    const std::string& text = script->second;
    for (const std::string& command : changing_commands(text)) {
      if (std::find(known.begin(), known.end(), command) == known.end()) {
        throw refusal(package,
                      name,
                      fmt::format("calls '{}', which what stands in for this package does not know",
                                  command));
      }
    }
  }
}

const ShellCommands& commands() {
  static const ShellCommands all = [] {
    ShellCommands made;
    add_shell_builtins(made);
    add_text_commands(made);
    add_file_commands(made);
    add_mode_commands(made);
    add_account_commands(made);
    add_dpkg_commands(made);
    add_debian_commands(made);
    return made;
  }();
  return all;
}

// Runs preinst or postinst as dpkg does on a first installation (Debian Policy, section 6.5).
void run_script(ScriptState& state,
                const Installed& package,
                const std::string& name,
                const std::vector<std::string>& arguments) {
  const auto script = package.members.find(name);
  if (script == package.members.end()) {
    return;
  }
  const std::string_view text = script->second;
  if (!is_shell_script(text)) {
    throw refusal(package, name, "is no shell script");
  }
  state.package = &package;
  Shell shell(state.system.tree, commands(), &state);
  shell.variables().insert({{"DPKG_ADMINDIR", "/var/lib/dpkg"},
                            {"DPKG_MAINTSCRIPT_ARCH", package.architecture},
                            {"DPKG_MAINTSCRIPT_NAME", name},
                            {"DPKG_MAINTSCRIPT_PACKAGE", package.name},
                            {"DPKG_ROOT", ""},
                            {"DEBIAN_FRONTEND", "noninteractive"}});
  int status = 0;
  try {
    status = shell.run(text, arguments);
  } catch (const Error& error) {
    throw refusal(package, name, error.what());
  }
  if (status != 0) {
    throw refusal(package, name, fmt::format("ends with status {}", status));
  }
}

// Runs the postinst of those that wait for a trigger that a script has set off. Triggers by paths
// do not count: all files were there when the packages were configured.
void run_triggers(ScriptState& state, const std::vector<const Installed*>& order) {
  for (const Installed* package : order) {
    const auto triggers = package->members.find("triggers");
    if (triggers == package->members.end() || find_emulation(package->name) != nullptr ||
        state.system.skips_scripts_of.count(package->name) != 0) {
      continue;
    }
    std::string names;
    for (const std::string_view line : util::lines(triggers->second)) {
      const std::string_view name = util::trim(line.substr(std::min(line.find(' '), line.size())));
      if (line.starts_with("interest") && state.triggers.count(std::string(name)) != 0) {
        names += (names.empty() ? "" : " ") + std::string(name);
      }
    }
    if (!names.empty()) {
      run_script(state, *package, "postinst", {"triggered", names});
    }
  }
}

// /var/lib/dpkg/diversions, as dpkg reads it: path, where it is diverted to, package.
void record_diversions(ScriptState& state) {
  std::string text;
  for (const auto& [path, diversion] : state.diversions) {
    text += fmt::format("{}\n{}\n{}\n", path, diversion.to, diversion.package);
  }
  if (!text.empty()) {
    state.system.tree.ensure_directory("var/lib/dpkg");
    state.system.tree.put("var/lib/dpkg/diversions", Node::file(std::move(text)));
  }
}

// The packages, each after those that it depends on where no circle forbids it.
std::vector<const Installed*> configuration_order(const System& system) {
  std::map<std::string, const Installed*> by_name;
  for (const Installed& package : system.packages) {
    by_name[package.name] = &package;
  }
  std::vector<const Installed*> order;
  std::set<std::string> seen;
  const std::function<void(const Installed&)> visit = [&](const Installed& package) {
    if (!seen.insert(package.name).second) {
      return;
    }
    const Paragraph control = parse_paragraph(package.control, "control");
    for (const char* field : {"Pre-Depends", "Depends"}) {
      for (const std::vector<Relation>& group : parse_relations(control.get(field), package.name)) {
        for (const Relation& relation : group) {
          const auto found = by_name.find(relation.name);
          if (found != by_name.end()) {
            visit(*found->second);
          }
        }
      }
    }
    order.push_back(&package);
  };
  for (const auto& [name, package] : by_name) {
    visit(*package);
  }
  return order;
}

}  // namespace

void run_scripts(System& system) {
  ScriptState state{
      .system = system, .package = nullptr, .alternatives = {}, .answers = {}, .triggers = {}};
  const std::vector<const Installed*> order = configuration_order(system);
  for (const char* name : {"preinst", "postinst"}) {
    for (const Installed* package : order) {
      const Emulation* emulation = find_emulation(package->name);
      if (system.skips_scripts_of.count(package->name) != 0) {
        continue;
      }
      if (emulation == nullptr) {
        run_script(state,
                   *package,
                   name,
                   name == std::string_view("preinst") ? std::vector<std::string>{"install"}
                                                       : std::vector<std::string>{"configure", ""});
      } else if (name == std::string_view("preinst")) {
        check_known(*package, *emulation);
      } else {
        util::in_context(fmt::format("package '{}'", package->name),
                         [&] { emulation->apply(system, *package); });
      }
    }
  }
  run_triggers(state, order);
  state.alternatives.record(system.tree);
  record_diversions(state);
}

}  // namespace cartwheel::debian

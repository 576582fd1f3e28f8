#pragma once

#include <map>
#include <set>
#include <string>

#include "debian/alternatives.h"
#include "debian/shell.h"
#include "debian/system.h"

namespace cartwheel::debian {

struct Diversion {  // of a file of other packages
  std::string to, package;
};

// What maintainer scripts leave for each other beside the tree.
struct ScriptState {
  System& system;
  const Installed* package = nullptr;  // whose script runs
  AlternativeLinks alternatives;
  std::map<std::string, std::string> answers;   // debconf's: question → value
  std::set<std::string> triggers;               // that scripts have set off
  std::map<std::string, Diversion> diversions;  // by the path that is diverted
};

// That of the script that makes a call.
inline ScriptState& state_of(const ShellCall& call) {
  return *static_cast<ScriptState*>(call.shell.state());
}

}  // namespace cartwheel::debian

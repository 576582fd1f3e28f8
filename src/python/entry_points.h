#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "python/tags.h"

namespace cartwheel::python {

// One console or gui script of entry_points.txt.
struct ScriptEntryPoint {
  std::string name;      // the script's file name
  std::string module;    // "app.cli"
  std::string function;  // "main", "App.run"
  bool gui = false;

  bool operator==(const ScriptEntryPoint&) const = default;
};

// [console_scripts] and [gui_scripts] of entry_points.txt, in the file's order (entry-points
// specification; read as uv does; extras in brackets are ignored). Throws Error{malformed} for what
// parse_ini() does not take, for a value without ':', a name that would leave the scripts folder,
// and for python, python3 and their kin.
std::vector<ScriptEntryPoint> parse_entry_points(std::string_view text);

// What of these an installer writes for this Python: pip's own versioned launchers ("pip3.10", from
// whatever Python built the wheel) go, and where there is a "pip3", one for this Python comes, as
// uv and pip do.
std::vector<ScriptEntryPoint> installed_scripts(std::vector<ScriptEntryPoint> scripts,
                                                const PythonVersion& python);

// Whether a script of that name would stand in the interpreter's own place: python, python3,
// python3.N, pythonw, pypy3, graalpy …, in any letter case, also with ".py" behind.
bool is_reserved_script_name(std::string_view name);

// The wrapper's text as uv writes it, for an interpreter at this absolute path.
std::string script_text(const ScriptEntryPoint& script, std::string_view interpreter);

// "#!/opt/venv/bin/python\n", or the /bin/sh form when the path is too long or has a space.
std::string shebang(std::string_view interpreter);

}  // namespace cartwheel::python

#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace cartwheel::layer {

// The Python that compiles, as far as the bytes of a .pyc depend on it.
struct Bytecode {
  std::string python;  // "3.11.2"
  std::string build;   // sys.version: "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]"
  unsigned magic = 0;  // 3495: the first two bytes of its .pyc files
  std::string tag;     // "cpython-311"
  bool operator==(const Bytecode&) const = default;
};

// Canonical JSON for memo keys.
nlohmann::json bytecode_json(const Bytecode& bytecode);

// What is compiled.
struct PythonSource {
  std::string path;  // as tracebacks name it: "/opt/venv/lib/python3.11/site-packages/six.py"
  std::string text;
};

// The base's Python on this machine.
class Compiler {
 public:
  virtual ~Compiler() = default;
  // The .pyc of each source, in their order, "" for one that is no source for this Python:
  // unchecked hash-based (PEP 552), and the same bytes for the same source, whatever was compiled
  // before. Thread-safe. Throws Error{io} when the Python cannot be run.
  virtual std::vector<std::string> compile(const std::vector<PythonSource>& sources) = 0;
};

// Where the .pyc of a source lies (PEP 3147): "a/__pycache__/b.cpython-311.pyc" for "a/b.py".
std::string pyc_path(const std::string& source, const Bytecode& bytecode);

}  // namespace cartwheel::layer

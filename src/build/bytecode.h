#pragma once

#include <future>
#include <memory>
#include <optional>
#include <vector>

#include "base/interpreter.h"
#include "build/options.h"
#include "build/prepare.h"

namespace cartwheel::build {

// The base's Python on this machine, when the settings ask for compile-bytecode. Its .pyc files
// serve every platform: they hold nothing of a machine.
struct CompilingPython {
  layer::Bytecode bytecode;
  std::unique_ptr<base::Interpreter> interpreter;
};

// The platform whose programs run here.
core::Platform this_machine();

// The platforms whose bases are wanted: those asked for, and this machine's where its Python
// compiles for them.
std::vector<core::Platform> platforms_to_pin(const Prepared& prepared);

// Nothing unless it is asked for. bases[i]: what will be the base of the i-th plan; waited for only
// if the store does not know its Python yet. Throws Error{refused} when a platform's Python is of
// another version than this machine's.
std::optional<CompilingPython> compiling_python(
    const Prepared& prepared,
    const std::vector<std::shared_future<oci::Image>>& bases,
    const Options& options,
    const Ports& ports);

}  // namespace cartwheel::build

#pragma once

#include <functional>
#include <vector>

namespace CLI {
class App;
}

namespace cartwheel::cli {

// Each adds its subcommand to the program; what it gives runs when the subcommand was chosen, and
// gives the exit status.
using Run = std::function<int()>;

Run add_build_command(CLI::App& program);
Run add_plan_command(CLI::App& program);
Run add_base_command(CLI::App& program);
Run add_cache_command(CLI::App& program);

}  // namespace cartwheel::cli

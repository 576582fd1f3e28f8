#pragma once

#include <memory>
#include <string>

#include "util/progress.h"

namespace cartwheel::cli {

enum class ProgressStyle { bars, plain, json, none };

// "auto" (bars on a terminal, lines elsewhere), "bars", "plain", "json", "none"; throws
// Error{usage}.
ProgressStyle progress_style(const std::string& name);

// Whether colour may be used on that descriptor: a terminal, and neither NO_COLOR nor TERM=dumb.
bool wants_colour(int descriptor);

// Writes to stderr. bars: one line for each piece of work under way (bytes, rate, time left),
// redrawn at most ten times a second, and a line that stays when it ends; plain: a line when a
// piece of work ends; json: an object a line.
std::unique_ptr<util::Progress> make_progress(ProgressStyle style, bool colour);

}  // namespace cartwheel::cli

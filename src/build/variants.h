#pragma once

#include <vector>

#include "build/inputs.h"
#include "build/options.h"
#include "settings/settings.h"

namespace cartwheel::build {

// One Options for each image index that is wanted: one of each variant of the settings, in order of
// the name, or those that the command line names; Options::variant and the tags of the outputs are
// set. Without variants: the options as they are. Parses the settings only where they may define
// variants. With Options::with_debug each is followed by the same with Options::debug, whose tags
// end in "-debug". Throws Error{usage} for an unknown variant (with the nearest name) and for a
// file that would have to hold several.
std::vector<Options> options_of_variants(const Options& options, const Inputs& inputs);

// The settings of Options::variant, or those without.
settings::Loaded load_settings(const Inputs& inputs, const Options& options);

}  // namespace cartwheel::build

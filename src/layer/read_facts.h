#pragma once

#include "layer/make_wheel_layer.h"

namespace cartwheel::layer {

// Everything that a wheel in the store tells (docs/formats.md section 7), put into the memo, as
// making its layer would have: its ELF files are inflated, nothing else is. What `plan --deep`
// reads. Throws what make_wheel_layer throws.
facts::WheelFacts read_facts(const WheelInput& wheel, const Services& services);

}  // namespace cartwheel::layer

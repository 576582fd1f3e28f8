#pragma once

#include <vector>

#include "layer/wheel_contents.h"

namespace cartwheel::layer {

// How a large wheel is cut (docs/formats.md section 6): for each of contents.files the number of
// its part, from 1. What a wheel's layer leaves out counts as well, so that the cut depends on
// nothing but the wheel.
struct Parts {
  int count = 1;
  std::vector<int> part_of;  // files that are written anew: the last one
};
Parts cut_into_parts(const WheelContents& contents, std::uint64_t max_layer_size);

}  // namespace cartwheel::layer

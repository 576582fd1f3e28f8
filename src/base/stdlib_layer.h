#pragma once

#include "core/format.h"
#include "layer/bytecode.h"
#include "layer/make_wheel_layer.h"
#include "memo/layer_memo.h"
#include "oci/image.h"

namespace cartwheel::base {

// A layer to lie on a base's own: the .pyc of every module of its standard library that has none,
// from the memo, else compiled by services.compiler. Nothing when they all have one.
std::optional<memo::LayerRecord> stdlib_layer(const oci::Image& base,
                                              const std::string& place,
                                              const std::string& python_path,
                                              const layer::Bytecode& bytecode,
                                              core::Compression compression,
                                              const layer::Services& services);

}  // namespace cartwheel::base

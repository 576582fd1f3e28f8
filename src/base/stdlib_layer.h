#pragma once

#include "core/format.h"
#include "layer/bytecode.h"
#include "memo/layer_memo.h"
#include "oci/image.h"
#include "store/store.h"

namespace cartwheel::base {

// A layer to lie on a base's own: the .pyc of every module of its standard library that has none,
// from the memo, else compiled. Nothing when they all have one.
std::optional<memo::LayerRecord> stdlib_layer(const oci::Image& base,
                                              const std::string& place,
                                              const std::string& python_path,
                                              const layer::Bytecode& bytecode,
                                              layer::Compiler& compiler,
                                              core::Compression compression,
                                              std::size_t threads,
                                              store::Store& store,
                                              memo::LayerMemo& memo);

}  // namespace cartwheel::base

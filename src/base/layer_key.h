#pragma once

#include <string>

#include "core/format.h"
#include "core/platform.h"
#include "layer/bytecode.h"
#include "lock/base_lock.h"
#include "oci/image.h"

namespace cartwheel::base {

// What is done to unpacked packages (scripts stood in for, users, links): a change of any byte of
// it is a new number.
inline constexpr int kComposition = 1;

// The memo key of a composed base's layer: 64 hex digits of all that its bytes depend on (packages
// by SHA-256, definition, platform, compression, formats).
std::string composed_layer_key(const lock::BasePin& pin, core::Compression compression);

// The memo key of the layer of the pinned Python archive, which lies on the composed base's.
std::string python_layer_key(const lock::BasePin& pin, core::Compression compression);

// The memo key of the layer of .pyc files for the standard library in `library` of a base.
std::string stdlib_layer_key(const oci::Image& base,
                             const std::string& library,
                             const layer::Bytecode& bytecode,
                             core::Compression compression);

// The memo key of the layer of a static program out of a package (tools.h).
std::string tool_layer_key(const lock::ToolPin& pin,
                           const std::string& shell,
                           core::Compression compression);

// The memo key of a foreign layer in another compression.
std::string recoded_layer_key(const core::Digest& blob, core::Compression compression);

// Of the layer of packages on top of a base: made of the packages of both.
std::string apt_layer_key(const lock::BasePin& base,
                          const lock::AptPin& pin,
                          const std::vector<std::string>& skips_scripts,
                          core::Compression compression);

}  // namespace cartwheel::base

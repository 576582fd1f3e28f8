#pragma once

#include <string>

#include "base/base.h"
#include "lock/base_lock.h"
#include "memo/layer_memo.h"

namespace cartwheel::base {

// Programs that go into images on top of any base: each is one static binary out of a Debian
// package, so that it needs nothing of the base.
inline constexpr const char* kTini = "tini";               // /usr/bin/tini-static
inline constexpr const char* kBusybox = "busybox-static";  // /busybox
inline constexpr const char* kTiniPath = "/usr/bin/tini-static";

// The newest version in the suites of `base`; of the default base's suites where `base` is an
// image. Throws what pinning a base throws.
lock::ToolPin pin_tool(const std::string& name,
                       const std::string& base,
                       const core::Platform& platform,
                       const Context& context);

// The layer of such a program, from the memo or made of the pinned package: the binary, what
// belongs to it, its copyright file, and what scanners read of it (var/lib/dpkg/status.d). `shell`:
// path of the link to busybox' sh, relative, "" for none. Throws Error{refused} for a package that
// does not hold what is wanted of it, and what fetching throws.
memo::LayerRecord tool_layer(const lock::ToolPin& pin,
                             const std::string& shell,
                             core::Compression compression,
                             const Context& context);

}  // namespace cartwheel::base

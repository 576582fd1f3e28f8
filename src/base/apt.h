#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/base.h"
#include "memo/layer_memo.h"

namespace cartwheel::base {

// Debian packages that are asked for on top of a composed base.
struct AptRequest {
  std::vector<std::string> roots;             // sorted, each once
  std::map<std::string, std::string> prefer;  // virtual package → who provides it
  std::vector<std::string> skips_scripts;     // taken without what their scripts do; sorted
};

// What a pin must have been made for to hold: the request and the base's packages.
std::string apt_digest(const AptRequest& request, const lock::BasePin& base);

// The closure of what is asked for over the suites of the base's definition, without what the base
// has. Versions of the base and of `old` (null: none) are kept: what is new must fit them. Throws
// Error{refused} for a base that is an image, Error{not_found} for an unknown package, and what
// pinning a base throws.
lock::AptPin pin_apt(const AptRequest& request,
                     const lock::BasePin& base,
                     const lock::AptPin* old,
                     const Context& context);

// The layer between the base and everything else: all files in which the base with these packages
// differs from the base alone, so also its ld.so.cache, user table, alternatives and dpkg database.
// From the memo, or made of the pinned packages. Throws Error{unsupported} for a package whose
// scripts nothing stands in for.
memo::LayerRecord apt_layer(const AptRequest& request,
                            const lock::BasePin& base,
                            const lock::AptPin& pin,
                            core::Compression compression,
                            const Context& context);

}  // namespace cartwheel::base

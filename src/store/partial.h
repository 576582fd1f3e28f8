#pragma once

#include <memory>
#include <optional>
#include <string>

#include "store/layout.h"
#include "store/store.h"

namespace cartwheel::store {

// Store::begin_partial for a folder.
std::unique_ptr<Partial> open_partial(const Layout& layout,
                                      const std::string& key,
                                      const std::optional<core::Digest>& digest);

}  // namespace cartwheel::store

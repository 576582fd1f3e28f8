#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/blob.h"

namespace cartwheel::memo {

// {"annotations","digest","media_type","size"}, as records have it; annotations only where there
// are some.
nlohmann::json descriptor_json(const core::Descriptor& descriptor);
core::Descriptor descriptor_from(
    const nlohmann::json& object);  // Error{malformed}, or a json exception

}  // namespace cartwheel::memo

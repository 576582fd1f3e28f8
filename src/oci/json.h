#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace cartwheel::oci {

// Reads JSON that came from elsewhere: one value, UTF-8, no member twice, at most 64 levels deep.
// Throws Error{malformed} "PLACE: …".
nlohmann::json parse_json(std::string_view text, const std::string& place);

// Canonical JSON (docs/formats.md): members in order of bytes, no white space. Throws
// Error{malformed} for invalid UTF-8.
std::string dump_json(const nlohmann::json& value);

}  // namespace cartwheel::oci

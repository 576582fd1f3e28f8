#pragma once

// Internal to the folder: JSON values to and from the texts of an image.

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/blob.h"
#include "core/platform.h"

namespace cartwheel::oci {

using Json = nlohmann::json;

// Canonical: members in order of bytes, no white space, nothing escaped that need not be
// (docs/formats.md).
std::string canonical(const Json& json);

// An object; throws Error{malformed} "PLACE: …" for anything else.
Json parse_object(std::string_view text, const std::string& place);

// Adds the member unless it is empty.
void put(Json& object, const std::string& name, const std::string& value);
void put(Json& object, const std::string& name, const std::map<std::string, std::string>& value);
void put(Json& object, const std::string& name, const std::vector<std::string>& value);

Json descriptor_json(const core::Descriptor& descriptor);
core::Descriptor parse_descriptor(const Json& json, const std::string& place);

Json platform_json(const core::Platform& platform);

// Runs the body; what nlohmann throws for a member of the wrong type becomes Error{malformed}
// "PLACE: …".
template <typename Body>
auto reading(const std::string& place, Body&& body) -> decltype(body());

}  // namespace cartwheel::oci

#include "util/error.h"

template <typename Body>
auto cartwheel::oci::reading(const std::string& place, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const nlohmann::json::exception& error) {
    throw util::Error(util::ErrorKind::malformed, place + ": " + error.what());
  }
}

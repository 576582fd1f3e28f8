#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/blob.h"

// For the .cc files of this folder (and those that edit an index.json): typed access to members of
// foreign JSON. A member that is absent or null gives the empty value; one of another type throws
// Error{malformed} "PLACE: 'NAME' is no …".
namespace cartwheel::oci {

const nlohmann::json& object(const nlohmann::json& value, const std::string& place);
std::string text_member(const nlohmann::json& object, const char* name, const std::string& place);
std::uint64_t size_member(const nlohmann::json& object,
                          const char* name,
                          const std::string& place);  // must be there
std::vector<std::string> texts_member(const nlohmann::json& object,
                                      const char* name,
                                      const std::string& place);
std::map<std::string, std::string> map_member(const nlohmann::json& object,
                                              const char* name,
                                              const std::string& place);
std::vector<std::string> keys_member(const nlohmann::json& object,
                                     const char* name,
                                     const std::string& place);
// An empty array where it is absent.
const nlohmann::json& array_member(const nlohmann::json& object,
                                   const char* name,
                                   const std::string& place);

// OCI image-spec, descriptor.md. Error{unsupported} for a digest that is not SHA-256.
core::Descriptor parse_descriptor(const nlohmann::json& value, const std::string& place);
nlohmann::json descriptor_json(const core::Descriptor& descriptor);

// Sets the member unless the value is empty.
template <typename Value>
void put(nlohmann::json& object, const char* name, const Value& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

}  // namespace cartwheel::oci

#include "oci/members.h"

#include <algorithm>

#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::oci {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& name, const char* wanted) {
  throw Error(ErrorKind::malformed, fmt::format("{}: '{}' is no {}", place, name, wanted));
}

// Null when the member is absent or null.
const json* find(const json& object, const char* name) {
  auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

core::Digest parse_digest(const std::string& text, const std::string& place) {
  std::size_t colon = text.find(':');
  std::string algorithm = text.substr(0, colon);
  bool is_algorithm = colon != std::string::npos && !algorithm.empty() &&
                      std::ranges::all_of(algorithm, [](char letter) {
                        return (letter >= 'a' && letter <= 'z') ||
                               (letter >= '0' && letter <= '9') ||
                               std::string_view("+._-").find(letter) != std::string_view::npos;
                      });
  if (is_algorithm && algorithm != "sha256") {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: digest algorithm '{}': wanted sha256", place, algorithm));
  }
  return util::in_context(place, [&] { return core::Digest::parse(text); });
}

}  // namespace

const json& object(const json& value, const std::string& place) {
  if (!value.is_object()) {
    throw Error(ErrorKind::malformed, place + ": is no JSON object");
  }
  return value;
}

std::string text_member(const json& object, const char* name, const std::string& place) {
  const json* found = find(object, name);
  if (found == nullptr) {
    return {};
  }
  if (!found->is_string()) {
    refuse(place, name, "string");
  }
  return found->get<std::string>();
}

std::uint64_t size_member(const json& object, const char* name, const std::string& place) {
  const json* found = find(object, name);
  if (found == nullptr || !found->is_number_unsigned() || found->get<std::uint64_t>() > INT64_MAX) {
    refuse(place, name, "size");
  }
  return found->get<std::uint64_t>();
}

std::vector<std::string> texts_member(const json& object,
                                      const char* name,
                                      const std::string& place) {
  const json* found = find(object, name);
  if (found == nullptr) {
    return {};
  }
  if (found->is_string()) {  // Docker takes a lone string for a list of one
    return {found->get<std::string>()};
  }
  if (!found->is_array() ||
      !std::ranges::all_of(*found, [](const json& item) { return item.is_string(); })) {
    refuse(place, name, "list of strings");
  }
  return found->get<std::vector<std::string>>();
}

std::map<std::string, std::string> map_member(const json& object,
                                              const char* name,
                                              const std::string& place) {
  const json* found = find(object, name);
  if (found == nullptr) {
    return {};
  }
  if (!found->is_object() ||
      !std::ranges::all_of(*found, [](const json& item) { return item.is_string(); })) {
    refuse(place, name, "map of strings");
  }
  return found->get<std::map<std::string, std::string>>();
}

std::vector<std::string> keys_member(const json& object,
                                     const char* name,
                                     const std::string& place) {
  std::vector<std::string> keys;
  if (const json* found = find(object, name)) {
    if (!found->is_object()) {
      refuse(place, name, "JSON object");
    }
    for (const auto& item : found->items()) {
      keys.push_back(item.key());
    }
  }
  return keys;
}

const json& array_member(const json& object, const char* name, const std::string& place) {
  static const json kEmpty = json::array();
  const json* found = find(object, name);
  if (found != nullptr && !found->is_array()) {
    refuse(place, name, "list");
  }
  return found == nullptr ? kEmpty : *found;
}

core::Descriptor parse_descriptor(const json& value, const std::string& place) {
  object(value, place);
  return {text_member(value, "mediaType", place),
          parse_digest(text_member(value, "digest", place), place),
          size_member(value, "size", place),
          map_member(value, "annotations", place)};
}

json descriptor_json(const core::Descriptor& descriptor) {
  json out = {{"mediaType", descriptor.media_type},
              {"digest", descriptor.digest.str()},
              {"size", descriptor.size}};
  put(out, "annotations", descriptor.annotations);
  return out;
}

}  // namespace cartwheel::oci

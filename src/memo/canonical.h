#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "util/error.h"

namespace cartwheel::memo {

// Canonical JSON (docs/formats.md): members in order of bytes, no white space. Error{malformed} for
// text that is not UTF-8.
std::string canonical(const nlohmann::json& value);

// The object with the members "format" and "check" added: the SHA-256 of its canonical JSON without
// "check".
std::string with_check(nlohmann::json object);

// The object of such a text; nothing when it does not read, its format is another, or its check
// does not hold.
std::optional<nlohmann::json> checked_object(std::string_view text);

// read(object) of it; nothing also when that finds a member missing or wrong.
template <typename Read>
auto read_checked(std::string_view text, Read read)
    -> std::optional<decltype(read(nlohmann::json()))> {
  const std::optional<nlohmann::json> object = checked_object(text);
  if (!object) {
    return std::nullopt;
  }
  try {
    return read(*object);
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  } catch (const util::Error&) {
    return std::nullopt;
  }
}

}  // namespace cartwheel::memo

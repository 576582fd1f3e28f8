#include "memo/canonical.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "core/format.h"
#include "util/error.h"

namespace cartwheel::memo {

using nlohmann::json;

std::string canonical(const json& value) {
  try {
    return value.dump();
  } catch (const json::exception& error) {
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("cannot be written as JSON: {}", error.what()));
  }
}

std::string with_check(json object) {
  object["format"] = core::kFormat;
  object["check"] = core::Digest::of(canonical(object)).hex();
  return canonical(object);
}

std::optional<json> checked_object(std::string_view text) {
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || object.value("format", json()) != core::kFormat) {
    return std::nullopt;
  }
  json check = object.value("check", json());
  object.erase("check");
  if (check != core::Digest::of(canonical(object)).hex()) {
    return std::nullopt;
  }
  return object;
}

}  // namespace cartwheel::memo

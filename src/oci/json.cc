#include "oci/json.h"

#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "util/error.h"

namespace cartwheel::oci {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

constexpr int kDeepest = 64;  // dump() recurses

}  // namespace

json parse_json(std::string_view text, const std::string& place) {
  std::vector<std::set<std::string>>
      members;  // of each object that is open, for readers differ on which one counts
  auto watch = [&](int depth, json::parse_event_t event, json& value) {
    if (depth > kDeepest) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: nested deeper than {} levels", place, kDeepest));
    }
    if (event == json::parse_event_t::object_start) {
      members.emplace_back();
    } else if (event == json::parse_event_t::object_end) {
      members.pop_back();
    } else if (event == json::parse_event_t::key &&
               !members.back().insert(value.get_ref<const std::string&>()).second) {
      throw Error(ErrorKind::malformed,
                  fmt::format("{}: has member {} twice", place, value.dump()));
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::parse_error& error) {
    throw Error(ErrorKind::malformed, fmt::format("{}: is no JSON: byte {}", place, error.byte));
  }
}

std::string dump_json(const json& value) {
  try {
    return value.dump();
  } catch (const json::type_error&) {
    throw Error(ErrorKind::malformed, "a text that goes into JSON is not valid UTF-8");
  }
}

}  // namespace cartwheel::oci

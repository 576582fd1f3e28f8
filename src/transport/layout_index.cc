#include "transport/layout_index.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/format.h"
#include "oci/json.h"
#include "oci/members.h"
#include "util/error.h"

namespace cartwheel::transport {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

json read_index(std::string_view text, const std::string& place) {
  if (text.empty()) {
    return {{"schemaVersion", 2}, {"mediaType", core::kIndexType}, {"manifests", json::array()}};
  }
  json index = oci::parse_json(text, place);
  oci::object(index, place);
  auto version = index.find("schemaVersion");
  if (version == index.end() || *version != 2 || !index.contains("manifests")) {
    throw Error(ErrorKind::malformed,
                place + ": is no image index: wanted 'schemaVersion' 2 and 'manifests'");
  }
  for (const json& entry : oci::array_member(index, "manifests", place)) {
    oci::map_member(oci::object(entry, place + ": manifest"), "annotations", place);
  }
  return index;
}

std::string tag_of(const json& entry, const std::string& place) {
  std::map<std::string, std::string> annotations = oci::map_member(entry, "annotations", place);
  return annotations[kRefName];
}

}  // namespace

void check_layout_text(std::string_view text, const std::string& place) {
  json layout = oci::parse_json(text, place);
  std::string version = oci::text_member(oci::object(layout, place), "imageLayoutVersion", place);
  if (!version.starts_with("1.")) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: layout version '{}': wanted '1.0.0'", place, version));
  }
}

std::string with_tag(std::string_view text,
                     const core::Descriptor& descriptor,
                     const std::string& tag,
                     const std::string& place) {
  json index = read_index(text, place);
  core::Descriptor tagged = descriptor;
  tagged.annotations[kRefName] = tag;
  json entries = json::array();
  bool placed = false;
  for (json& entry : index["manifests"]) {
    if (tag_of(entry, place) != tag) {
      entries.push_back(std::move(entry));
    } else if (!placed) {
      entries.push_back(oci::descriptor_json(tagged));
      placed = true;
    }
  }
  if (!placed) {
    entries.push_back(oci::descriptor_json(tagged));
  }
  index["manifests"] = std::move(entries);
  return oci::dump_json(index);
}

bool has_tag(std::string_view text,
             const core::Digest& digest,
             const std::string& tag,
             const std::map<std::string, std::string>& annotations,
             const std::string& place) {
  json index = read_index(text, place);
  return std::ranges::any_of(index["manifests"], [&](const json& entry) {
    std::map<std::string, std::string> found = oci::map_member(entry, "annotations", place);
    bool same = found[kRefName] == tag && oci::text_member(entry, "digest", place) == digest.str();
    return same && std::ranges::all_of(annotations, [&](const auto& wanted) {
             return found[wanted.first] == wanted.second;
           });
  });
}

}  // namespace cartwheel::transport

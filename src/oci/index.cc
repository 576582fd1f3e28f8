#include <algorithm>

#include <fmt/format.h>

#include "oci/image.h"
#include "oci/json.h"
#include "oci/members.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::oci {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

const std::string kIndex = "image index";
constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";

json platform_json(const ManifestRef& ref) {
  json out = json::object();
  if (ref.platform) {
    out = {{"architecture", ref.platform->oci_name()}, {"os", "linux"}};
    put(out, "variant", ref.platform->oci_variant());
  } else if (!ref.raw_platform.empty()) {
    std::vector<std::string_view> parts = util::split(ref.raw_platform, '/');
    out = {{"os", parts[0]}, {"architecture", parts.size() > 1 ? parts[1] : ""}};
    if (parts.size() > 2) {
      out["variant"] = parts[2];
    }
  }
  return out;
}

void parse_platform(const json& value, ManifestRef& ref) {
  std::string os = text_member(value, "os", kIndex);
  std::string architecture = text_member(value, "architecture", kIndex);
  std::string variant = text_member(value, "variant", kIndex);
  if (os == "linux" && architecture == "amd64" && (variant.empty() || variant == "v1")) {
    ref.platform = core::Platform{core::Architecture::amd64};
  } else if (os == "linux" && architecture == "arm64" && (variant.empty() || variant == "v8")) {
    ref.platform = core::Platform{core::Architecture::arm64};
  } else {
    ref.raw_platform = os + "/" + architecture + (variant.empty() ? "" : "/" + variant);
  }
}

}  // namespace

std::string index_json(const Index& index) {
  std::vector<ManifestRef> refs = index.manifests;
  std::ranges::stable_sort(refs, [](const ManifestRef& a, const ManifestRef& b) {
    if (a.platform && b.platform) {
      return *a.platform < *b.platform;
    }
    return a.platform.has_value() && !b.platform.has_value();
  });
  json manifests = json::array();
  for (const ManifestRef& ref : refs) {
    json one = descriptor_json(ref.descriptor);
    put(one, "platform", platform_json(ref));
    manifests.push_back(std::move(one));
  }
  json out = {
      {"schemaVersion", 2}, {"mediaType", core::kIndexType}, {"manifests", std::move(manifests)}};
  put(out, "annotations", index.annotations);
  return dump_json(out);
}

Index parse_index(std::string_view text) {
  json value = parse_json(text, kIndex);
  object(value, kIndex);
  auto version = value.find("schemaVersion");
  if (version == value.end() || *version != 2) {
    throw Error(ErrorKind::unsupported, kIndex + ": schema version is not 2");
  }
  std::string type = text_member(value, "mediaType", kIndex);
  if (!type.empty() && type != core::kIndexType && type != kDockerList) {
    throw Error(ErrorKind::unsupported,
                fmt::format("{}: type '{}': wanted '{}'", kIndex, type, core::kIndexType));
  }
  if (value.find("manifests") == value.end()) {
    throw Error(ErrorKind::malformed, kIndex + ": has no 'manifests'");
  }
  Index index;
  index.annotations = map_member(value, "annotations", kIndex);
  for (const json& entry : array_member(value, "manifests", kIndex)) {
    ManifestRef ref{parse_descriptor(entry, kIndex + ": manifest"), std::nullopt, ""};
    if (auto platform = entry.find("platform"); platform != entry.end() && !platform->is_null()) {
      parse_platform(object(*platform, kIndex + ": 'platform'"), ref);
    }
    index.manifests.push_back(std::move(ref));
  }
  return index;
}

}  // namespace cartwheel::oci

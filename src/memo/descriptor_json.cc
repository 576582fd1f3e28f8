#include "memo/descriptor_json.h"

#include <nlohmann/json.hpp>

namespace cartwheel::memo {

using nlohmann::json;

json descriptor_json(const core::Descriptor& descriptor) {
  json out{{"digest", descriptor.digest.str()},
           {"media_type", descriptor.media_type},
           {"size", descriptor.size}};
  if (!descriptor.annotations.empty()) {
    out["annotations"] = descriptor.annotations;
  }
  return out;
}

core::Descriptor descriptor_from(const json& object) {
  core::Descriptor out{.media_type = object.at("media_type").get<std::string>(),
                       .digest = core::Digest::parse(object.at("digest").get<std::string>()),
                       .size = object.at("size").get<std::uint64_t>(),
                       .annotations = {}};
  if (auto found = object.find("annotations"); found != object.end()) {
    out.annotations = found->get<std::map<std::string, std::string>>();
  }
  return out;
}

}  // namespace cartwheel::memo

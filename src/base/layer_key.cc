#include "base/layer_key.h"

#include <nlohmann/json.hpp>

#include "layer/spec.h"

namespace cartwheel::base {

namespace {

nlohmann::json common(core::Compression compression) {
  nlohmann::json key;
  key["format"] = core::kFormat;
  if (compression == core::Compression::zstd) {
    key["compression"] = "zstd " + layer::zstd_library_version();
  } else {
    key["compression"] = "splice";
  }
  return key;
}

}  // namespace

std::string composed_layer_key(const lock::BasePin& pin, core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "base";
  key["composition"] = kComposition;
  key["definition"] = pin.digest;
  key["platform"] = pin.platform.str();
  key["packages"] = nlohmann::json::array();
  for (const lock::BasePackage& package : pin.packages) {
    key["packages"].push_back(package.sha256.hex());
  }
  return core::Digest::of(key.dump()).hex();
}

std::string recoded_layer_key(const core::Digest& blob, core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "recoded";
  key["blob"] = blob.hex();
  return core::Digest::of(key.dump()).hex();
}

}  // namespace cartwheel::base

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

nlohmann::json composed(const lock::BasePin& pin, const char* kind, core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = kind;
  key["composition"] = kComposition;
  key["definition"] = pin.digest;
  key["platform"] = pin.platform.str();
  key["packages"] = nlohmann::json::array();
  for (const lock::BasePackage& package : pin.packages) {
    key["packages"].push_back(package.sha256.hex());
  }
  return key;
}

}  // namespace

std::string composed_layer_key(const lock::BasePin& pin, core::Compression compression) {
  return core::Digest::of(composed(pin, "base", compression).dump()).hex();
}

std::string python_layer_key(const lock::BasePin& pin, core::Compression compression) {
  nlohmann::json key = composed(pin, "python", compression);
  key["archive"] = pin.archive->sha256.hex();
  return core::Digest::of(key.dump()).hex();
}

std::string stdlib_layer_key(const oci::Image& base,
                             const std::string& library,
                             const layer::Bytecode& bytecode,
                             core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "bytecode";
  key["library"] = library;
  key["bytecode"] = layer::bytecode_json(bytecode);
  for (const oci::Layer& layer : base.layers) {
    key["layers"].push_back(layer.diff_id.hex());
  }
  return core::Digest::of(key.dump()).hex();
}

std::string tool_layer_key(const lock::ToolPin& pin,
                           const std::string& shell,
                           core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "tool";
  key["package"] = pin.package.sha256.hex();
  key["shell"] = shell;
  return core::Digest::of(key.dump()).hex();
}

std::string recoded_layer_key(const core::Digest& blob, core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "recoded";
  key["blob"] = blob.hex();
  return core::Digest::of(key.dump()).hex();
}

std::string apt_layer_key(const lock::BasePin& base,
                          const lock::AptPin& pin,
                          const std::vector<std::string>& skips_scripts,
                          core::Compression compression) {
  nlohmann::json key = common(compression);
  key["kind"] = "debian";
  key["base"] = composed_layer_key(base, compression);
  key["skips-scripts"] = skips_scripts;
  key["packages"] = nlohmann::json::array();
  for (const lock::BasePackage& package : pin.packages) {
    key["packages"].push_back(package.sha256.hex());
  }
  return core::Digest::of(key.dump()).hex();
}

}  // namespace cartwheel::base

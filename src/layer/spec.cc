// The key of a layer of wheels: SHA-256 of canonical JSON (docs/formats.md section 7).

#include "layer/spec.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cartwheel::layer {

using nlohmann::json;

namespace {

json wheel_json(const WheelInput& wheel) {
  json out{{"name", wheel.name}, {"sha256", wheel.sha256.hex()}};
  if (!wheel.direct_url.empty()) {
    out["direct_url"] = core::Digest::of(wheel.direct_url).hex();
  }
  if (!wheel.omit.empty()) {
    out["omit"] = wheel.omit;
  }
  return out;
}

std::string compression_name(const WheelLayerSpec& spec) {
  return spec.compression == core::Compression::splice ? "splice" : "zstd-" + spec.zstd_version;
}

}  // namespace

json bytecode_json(const Bytecode& bytecode) {
  return {{"build", bytecode.build},
          {"magic", bytecode.magic},
          {"python", bytecode.python},
          {"tag", bytecode.tag}};
}

std::string memo_key(const WheelLayerSpec& spec) {
  json out{{"compression", compression_name(spec)},
           {"format", core::kFormat},
           {"kind", spec.bucket ? "bucket" : "wheel"},
           {"prefix", spec.prefix},
           {"python", spec.python}};
  if (!spec.exclude.empty()) {
    out["exclude"] = spec.exclude;
  }
  for (const facts::BaseFacts::Parent& parent : spec.parents) {
    out["parents"].push_back(
        {{"gid", parent.gid}, {"mode", parent.mode}, {"path", parent.path}, {"uid", parent.uid}});
  }
  if (spec.part) {
    out["part"] = {spec.part->first, spec.part->second};
    if (spec.max_layer_size != kMaxLayerSize) {
      out["max_layer_size"] = spec.max_layer_size;  // it says where the parts are cut
    }
  }
  if (spec.bytecode) {
    out["bytecode"] = bytecode_json(*spec.bytecode);
  }
  for (const WheelInput& wheel : spec.wheels) {
    out["wheels"].push_back(wheel_json(wheel));
  }
  return core::Digest::of(out.dump(-1, ' ', false, json::error_handler_t::replace)).hex();
}

}  // namespace cartwheel::layer

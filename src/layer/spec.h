#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/digest.h"
#include "core/format.h"
#include "facts/base_facts.h"
#include "layer/bytecode.h"

namespace cartwheel::layer {

// What a layer may have of a wheel before the wheel is cut into parts, unless the settings say
// otherwise (docs/formats.md section 6): bytes.
inline constexpr std::uint64_t kMaxLayerSize = 512ULL << 20;

// A wheel that goes into a layer.
struct WheelInput {
  std::string name;     // normalised
  std::string version;  // for the record
  std::string filename;
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::string direct_url;         // content of direct_url.json (canonical JSON), or "" for none
  std::vector<std::string> omit;  // installed tar paths that another wheel won, sorted
  bool trusted =
      true;  // from an index known in the settings; else inflated by zlib as well (section 4)
};

// Which bytes a layer of wheels has: all that goes into its memo key (docs/formats.md section 7).
struct WheelLayerSpec {
  bool bucket = false;                           // several wheels
  std::vector<WheelInput> wheels;                // in order of the name
  std::optional<std::pair<int, int>> part;       // {k, n}, k from 1
  std::uint64_t max_layer_size = kMaxLayerSize;  // bytes; where parts are cut, when `part` is set
  std::string prefix = "opt/venv";
  std::string python = "python3.11";  // folder name under lib/
  core::Compression compression = core::Compression::splice;
  std::vector<std::string> exclude;  // globs of installed paths, sorted
  std::vector<facts::BaseFacts::Parent> parents;
  std::string zstd_version;          // of the library, when compression is zstd
  std::optional<Bytecode> bytecode;  // nothing: no .pyc files
};

// What spec.zstd_version must be when its layer is made here.
std::string zstd_library_version();

std::string memo_key(const WheelLayerSpec& spec);  // 64 hex digits

}  // namespace cartwheel::layer

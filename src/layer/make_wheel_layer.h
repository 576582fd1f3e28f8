#pragma once

#include <memory>
#include <optional>
#include <string>

#include "archive/inflate.h"
#include "layer/spec.h"
#include "memo/layer_memo.h"
#include "store/store.h"
#include "util/progress.h"

namespace cartwheel::layer {

struct Services {
  store::Store& store;
  memo::LayerMemo& memo;
  util::Progress& progress;
  std::size_t threads = 2;  // of this process, for inflating ahead of the hashing thread
  // zlib makes the same layers, in twice the time.
  archive::Inflater inflater = archive::Inflater::fastest;
  Compiler* compiler = nullptr;  // wanted for layers whose spec has `bytecode`
};

// The layer as the memo has it; nothing when it, or a pack of .pyc files that its recipe reads, is
// not in the store.
std::optional<memo::LayerRecord> find_wheel_layer(const WheelLayerSpec& spec,
                                                  const std::string& key,
                                                  const Services& services);

// The layer, from the memo, else made of the wheels in the store: recipe, record and facts are in
// the store when it returns. Thread-safe; several layers may be made at once. Never holds a file
// whole. Throws what archive::read_zip throws, Error{integrity} when a member's CRC or a wheel's
// digest is wrong (the wheel is removed from the store), all "in FILENAME: …".
memo::LayerRecord make_wheel_layer(const WheelLayerSpec& spec, const Services& services);

// How many parts a large wheel is cut into (docs/formats.md section 6): reads its central directory
// only.
int count_parts(const WheelInput& wheel, std::uint64_t max_layer_size, store::Store& store);

// What find_collisions() asks of a wheel, before its layer is made: paths with the hashes that
// RECORD states, in order of bytes. The same as memo::LayerMemo::find_paths() gives once the layer
// was made; reads no bulk.
std::vector<facts::InstalledPath> installed_paths(const WheelInput& wheel, store::Store& store);

// A file that the wheel installs, unchanged by the installer; nothing when it installs no such file
// or the wheel is not in the store.
std::optional<std::string> installed_text(const WheelInput& wheel,
                                          const std::string& installed_path,
                                          store::Store& store);

}  // namespace cartwheel::layer

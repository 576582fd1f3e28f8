#pragma once

#include <optional>
#include <vector>

#include "archive/zip.h"
#include "layer/bytecode.h"
#include "layer/make_wheel_layer.h"
#include "layer/spec.h"
#include "layer/wheel_contents.h"
#include "store/store.h"

namespace cartwheel::layer {

// The .pyc files of one wheel at one place, deflated by encoder C, in one file of the store: a
// layer's recipe takes them over as it takes a wheel's files. The byte format stands in
// bytecode_pack.cc.
struct BytecodePack {
  core::Digest digest = core::Digest::of(std::string_view());
  std::vector<archive::ZipMember> members;  // name: of the source, "purelib/six.py"; in its order
};

// The pack of a wheel that is in the store, for the Python of spec.bytecode. Throws
// Error{malformed} when it is damaged.
std::optional<core::Digest> find_pack(const WheelInput& wheel,
                                      const WheelLayerSpec& spec,
                                      const store::Store& store);
BytecodePack read_pack(const core::Digest& digest, const util::RandomAccess& file);

// Compiles (by services.compiler) every .py file that the wheel puts into site-packages; those that
// this Python cannot compile are left out. Holds at most a few MiB of sources at once. Throws what
// MemberReader and the compiler throw.
core::Digest make_pack(const util::RandomAccess& file,
                       const WheelContents& contents,
                       const WheelInput& wheel,
                       const WheelLayerSpec& spec,
                       const Services& services);

}  // namespace cartwheel::layer

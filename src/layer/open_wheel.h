#pragma once

#include <memory>
#include <utility>

#include "layer/bytecode_pack.h"
#include "layer/make_wheel_layer.h"
#include "layer/parts.h"
#include "layer/spec.h"
#include "layer/wheel_contents.h"
#include "util/error.h"

namespace cartwheel::layer {

// A wheel whose layer is being made.
struct OpenWheel {
  const WheelInput* input = nullptr;
  std::unique_ptr<util::RandomAccess> file;
  WheelContents contents;
  Parts parts;              // of a spec with `part`
  bool wants_facts = true;  // they are not in the store yet
  // Its .pyc files, when the layer has them: a second source of the layer.
  std::unique_ptr<util::RandomAccess> pack_file;
  BytecodePack pack;
};

// The wheel of the store, checked against its digest, with its contents read and its .pyc files,
// compiled now if they are not in the store. Throws Error{not_found} when it is not in the store,
// and what read_contents() throws.
OpenWheel open_wheel(const WheelInput& input,
                     const WheelLayerSpec& spec,
                     const Services& services,
                     MemberReader& reader);

// The wheel's file in the store; throws Error{not_found} when it is not there.
std::unique_ptr<util::File> wheel_file(const WheelInput& wheel, const store::Store& store);

// Whether this layer has .pyc files: of a wheel in parts the last one does.
bool has_bytecode(const WheelLayerSpec& spec);

// A wheel whose bytes are wrong is fetched again, so it must go.
template <typename Body>
auto removing_wrong(const core::Digest& wheel, store::Store& store, Body&& body)
    -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (const util::Error& error) {
    if (error.kind() == util::ErrorKind::integrity) {
      store.remove(wheel);
    }
    throw;
  }
}

}  // namespace cartwheel::layer

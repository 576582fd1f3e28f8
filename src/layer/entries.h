#pragma once

#include <string>
#include <vector>

#include "archive/tar_writer.h"
#include "layer/open_wheel.h"
#include "layer/spec.h"

namespace cartwheel::layer {

// A file of a layer of wheels.
struct LayerFile {
  archive::TarEntry entry;
  std::size_t wheel = 0;                       // in the spec
  const archive::ZipMember* member = nullptr;  // a wheel's own unchanged file; else it has `text`
  bool is_compiled = false;                    // the member is one of the wheel's pack
  std::string text;
};

struct LayerEntries {
  std::vector<archive::TarEntry> folders;  // in order of bytes of path + '/'
  std::vector<LayerFile> files;            // in the order of docs/formats.md section 1
};

// What a layer holds. Reads the scripts that are rewritten. Throws Error{refused} for unsafe paths,
// for two files in one place, and for a file in the place of a folder.
LayerEntries layer_entries(const WheelLayerSpec& spec,
                           const std::vector<OpenWheel>& wheels,
                           MemberReader& reader);

// Bytes of the tar that these make.
std::uint64_t tar_size(const LayerEntries& entries);

}  // namespace cartwheel::layer

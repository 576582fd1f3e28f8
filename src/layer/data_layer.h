#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/format.h"
#include "facts/base_facts.h"
#include "memo/layer_memo.h"
#include "store/store.h"

namespace cartwheel::layer {

// A file of data (model weights and the like) as it lies on this host, or a symbolic link.
struct DataFile {
  std::string path;  // in the image, relative
  unsigned mode = 0644;
  std::uint64_t size = 0;        // bytes
  std::string link = {};         // target of a symbolic link, or ""
  std::filesystem::path file{};  // where the bytes are; not of a link
  core::Digest content = core::Digest::of(std::string_view());  // SHA-256 of the bytes
};

// Cuts files, in order of bytes of their paths, into the parts of docs/formats.md section 6: a part
// is closed before the file that would take the sum of its files' sizes over max_layer_size, so
// that a larger file is a part of its own. Never empty parts.
std::vector<std::vector<DataFile>> data_parts(std::vector<DataFile> files,
                                              std::uint64_t max_layer_size);

// Key of the layer memo for these files: everything that its bytes depend on. parents: folders of
// the base or of the environment's layer whose mode or owner is not 0755 0:0; those of them that
// lie above a file keep what they have.
std::string data_layer_key(const std::vector<DataFile>& files,
                           const std::vector<facts::BaseFacts::Parent>& parents,
                           core::Compression compression);

// The layer of these files. Bytes that do not compress (docs/formats.md section 3.2) are taken as
// they are, and then the store gets a recipe that names them by their SHA-256: they are not copied
// into it. Throws Error{io} when a file has not its size any more; whether it has still its content
// is the caller's to check.
memo::LayerRecord make_data_layer(const std::vector<DataFile>& files,
                                  const std::vector<facts::BaseFacts::Parent>& parents,
                                  core::Compression compression,
                                  store::Store& store);

// Those of `parents` that lie above one of these paths, in order of bytes.
std::vector<facts::BaseFacts::Parent> parents_of(
    const std::vector<std::string>& paths, const std::vector<facts::BaseFacts::Parent>& parents);

}  // namespace cartwheel::layer

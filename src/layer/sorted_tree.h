#pragma once

// Internal to the folder: what layers that are not made of wheels share.

#include <map>
#include <string>
#include <vector>

#include "layer/layer_writer.h"
#include "layer/tree_layer.h"

namespace cartwheel::layer {

// Entries in the order of docs/formats.md section 1: folders first, by path + '/'; then the rest by
// path.
struct SortedTree {
  std::map<std::string, TreeEntry> folders;  // key: path + '/'
  std::map<std::string, TreeEntry> others;
};

// Adds the ancestors that are missing (0755 0:0). Throws Error{refused} for duplicate or unsafe
// paths, and for too many.
SortedTree sorted(std::vector<TreeEntry> entries);

std::uint64_t tar_size(const SortedTree& tree);  // bytes of the whole tar

// The content of a file whose header came last, coded by us, and its padding. Throws Error{io} when
// it has not the size that the header says.
void write_content(const TreeEntry& entry, LayerWriter& writer);

memo::LayerRecord record_of(const WrittenLayer& written,
                            const std::string& kind,
                            core::Compression compression);

}  // namespace cartwheel::layer

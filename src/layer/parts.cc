#include "layer/parts.h"

namespace cartwheel::layer {

Parts cut_into_parts(const WheelContents& contents, std::uint64_t max_layer_size) {
  Parts parts;
  std::uint64_t size = 0;
  bool empty = true;
  for (const WheelFileEntry& file : contents.files) {
    if (!file.rewritten) {
      std::uint64_t more = contents.members[file.member].compressed_size;
      if (!empty && size + more > max_layer_size) {
        ++parts.count;
        size = 0;
      }
      size += more;
      empty = false;
    }
    parts.part_of.push_back(parts.count);
  }
  for (std::size_t i = 0; i < contents.files.size(); ++i) {
    if (contents.files[i].rewritten) {
      parts.part_of[i] = parts.count;
    }
  }
  return parts;
}

}  // namespace cartwheel::layer

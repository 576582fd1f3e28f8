#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "archive/read_archive.h"
#include "base/scratch_file.h"
#include "debian/tree.h"
#include "oci/image.h"

namespace cartwheel::base {

// The file system of an image, as a container would see it: its layers on top of each other.
class RootReader {
 public:
  // Of files whose path `keep` accepts the content is kept in scratch; others are empty in the
  // tree.
  RootReader(ScratchFile& scratch, std::function<bool(const std::string& path)> keep);

  // All layers of an image, bottom to top. Throws Error{malformed} "PLACE: layer DIGEST: …".
  void add(const oci::Image& image, const std::string& place);
  // One more layer on top. What it removes are entries of the layers below it, wherever the
  // removal stands in its tar.
  void add(const oci::Layer& layer, const std::string& place);

  const debian::Tree& tree() const { return tree_; }
  // Of the files that is_cuda_file() names, those since removed as well: bytes.
  const std::map<std::string, std::uint64_t>& cuda_sizes() const { return cuda_sizes_; }

 private:
  debian::Node node_of(const archive::ReadEntry& entry, util::Source& content);
  void remove_below(const std::string& directory);
  void remove(const std::string& path);

  ScratchFile& scratch_;
  std::function<bool(const std::string&)> keep_;
  debian::Tree tree_;
  std::map<std::string, std::uint64_t> cuda_sizes_;
};

}  // namespace cartwheel::base

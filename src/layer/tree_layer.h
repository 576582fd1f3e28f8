#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archive/tar_writer.h"
#include "core/format.h"
#include "facts/base_facts.h"
#include "memo/layer_memo.h"
#include "store/store.h"

namespace cartwheel::layer {

// An entry of a layer that is not made of wheels.
struct TreeEntry {
  archive::TarEntry entry;                              // mode and owner as given
  std::function<std::unique_ptr<util::Source>()> open;  // of a file
};

// A layer of these entries (base, Debian packages, venv, project, plain files): sorted as
// docs/formats.md section 1 says, missing ancestors added (0755 0:0), coded by encoder C (or zstd),
// put into the store as a plain blob. No memo: the caller knows the key. Throws Error{refused} for
// duplicate or unsafe paths, Error{io} when a file changed while it was read.
memo::LayerRecord make_tree_layer(std::vector<TreeEntry> entries,
                                  const std::string& kind,
                                  core::Compression compression,
                                  store::Store& store);

// A file entry with these bytes.
TreeEntry text_entry(const std::string& path, const std::string& text, unsigned mode = 0644);
TreeEntry directory_entry(const std::string& path,
                          unsigned mode = 0755,
                          unsigned uid = 0,
                          unsigned gid = 0);
TreeEntry symlink_entry(const std::string& path, const std::string& target);

// The environment's own layer: prefix and its ancestors, pyvenv.cfg, bin/python* links
// (docs/formats.md section 6, "venv"). python_path: absolute, of the base's interpreter;
// python_full: "3.11.2".
std::vector<TreeEntry> venv_entries(const std::string& prefix,
                                    const std::string& python_path,
                                    const std::string& python_full,
                                    const std::vector<facts::BaseFacts::Parent>& parents);

}  // namespace cartwheel::layer

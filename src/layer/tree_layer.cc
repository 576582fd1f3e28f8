#include "layer/tree_layer.h"

#include "layer/layer_writer.h"
#include "layer/sorted_tree.h"

namespace cartwheel::layer {

using archive::EntryKind;

memo::LayerRecord make_tree_layer(std::vector<TreeEntry> entries,
                                  const std::string& kind,
                                  core::Compression compression,
                                  store::Store& store) {
  SortedTree tree = sorted(std::move(entries));
  std::unique_ptr<LayerWriter> writer = write_blob(store, compression, tar_size(tree));
  for (const auto& [key, entry] : tree.folders) {
    writer->header(entry.entry);
  }
  for (const auto& [path, entry] : tree.others) {
    writer->header(entry.entry);
    if (entry.entry.kind == EntryKind::file) {
      write_content(entry, *writer);
    }
  }
  return record_of(writer->finish(), kind, compression);
}

TreeEntry text_entry(const std::string& path, const std::string& text, unsigned mode) {
  TreeEntry entry;
  entry.entry.path = path;
  entry.entry.mode = mode;
  entry.entry.size = text.size();
  entry.open = [text] { return std::make_unique<util::StringSource>(text); };
  return entry;
}

TreeEntry directory_entry(const std::string& path, unsigned mode, unsigned uid, unsigned gid) {
  TreeEntry entry;
  entry.entry.path = path;
  entry.entry.kind = EntryKind::directory;
  entry.entry.mode = mode;
  entry.entry.uid = uid;
  entry.entry.gid = gid;
  return entry;
}

TreeEntry symlink_entry(const std::string& path, const std::string& target) {
  TreeEntry entry;
  entry.entry.path = path;
  entry.entry.kind = EntryKind::symlink;
  entry.entry.mode = 0777;
  entry.entry.target = target;
  return entry;
}

}  // namespace cartwheel::layer

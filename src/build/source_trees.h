#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/format.h"
#include "memo/layer_memo.h"
#include "settings/settings.h"
#include "store/store.h"
#include "tree/tree.h"
#include "util/progress.h"

namespace cartwheel::build {

struct CompilingPython;

// The kind of a tree of which a wheel is built, and which no image holds.
inline constexpr std::string_view kBuiltTree = "built";

// A folder (or a file) of the host that goes into an image as it is, or of which a wheel is built.
struct SourceTree {
  std::string kind;  // "project", "files" or kBuiltTree
  std::string name;  // of the package, or the entry's `from`: for messages and history
  std::string from;  // relative to the project folder
  std::string to;    // absolute, in the image: "/app"
  std::vector<std::string> include, exclude;

  bool operator==(const SourceTree&) const = default;
};

// A tree as it lies on the disk now.
struct ScannedTree {
  SourceTree source;
  tree::Tree tree;
  bool is_single_file = false;  // `from` names a file: `to` is its new name unless it ends in '/'
  core::Digest digest = core::Digest::of(std::string_view());
};

// Lists the tree below folder/source.from and hashes what the stat cache does not know. `outputs`
// are never taken. Throws Error{not_found} "files: 'FROM': …".
ScannedTree scan(const SourceTree& source,
                 const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& outputs,
                 store::Store& store);

// Says which files look like secrets and were left out.
void warn_of_withheld(const ScannedTree& scanned, util::Progress& progress);

// The layer of these trees (of one kind), from the memo or made. Later trees win over earlier ones'
// paths. python: compiles what lies in the project's trees, or null. Throws Error{io} when a file
// has changed since it was scanned.
memo::LayerRecord make_source_layer(const std::vector<ScannedTree>& trees,
                                    core::Compression compression,
                                    store::Store& store,
                                    memo::LayerMemo& memo,
                                    const CompilingPython* python = nullptr);

}  // namespace cartwheel::build

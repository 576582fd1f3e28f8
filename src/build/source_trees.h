#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/format.h"
#include "facts/base_facts.h"
#include "memo/layer_memo.h"
#include "settings/settings.h"
#include "store/store.h"
#include "tree/tree.h"
#include "util/progress.h"

namespace cartwheel::build {

struct CompilingPython;

// The kind of a tree of which a wheel is built, and which no image holds.
inline constexpr std::string_view kBuiltTree = "built";
// Files that the image is made by, and that it does not hold as they are.
inline constexpr std::string_view kCertificates = "certificates";
inline constexpr std::string_view kBaseDefinition = "base";

// A folder (or a file) of the host that goes into an image as it is, or of which a wheel is built.
struct SourceTree {
  std::string kind;  // "project", "files", "data", or one of the constants above
  std::string name;  // of the package, or the entry's `from`: for messages and history
  std::string from;  // relative to the project folder
  std::string to;    // absolute, in the image: "/app"
  std::vector<std::string> include, exclude;
  std::vector<std::string> without;  // paths like `from`: what goes into the image elsewhere

  bool operator==(const SourceTree&) const = default;
};

// A tree as it lies on the disk now.
struct ScannedTree {
  SourceTree source;
  tree::Tree tree;
  bool is_single_file = false;  // `from` names a file: `to` is its new name unless it ends in '/'
  core::Digest digest = core::Digest::of(std::string_view());
  std::vector<core::Digest> contents;  // of tree.files; kind "data" only
};

// Lists the tree below folder/source.from; nothing is hashed. `outputs` are never taken. Of data
// every file is taken, whatever version control ignores. Throws Error{not_found} "'FROM': …".
ScannedTree list(const SourceTree& source,
                 const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& outputs);

// The same, and hashes what the stat cache does not know.
ScannedTree scan(const SourceTree& source,
                 const std::filesystem::path& folder,
                 const std::vector<std::filesystem::path>& outputs,
                 store::Store& store);

// What the user should know of a tree, a sentence each: files that look like secrets and were left
// out, include globs that match nothing, a project without a file.
std::vector<std::string> remarks(const ScannedTree& scanned);
void warn_of_remarks(const ScannedTree& scanned, util::Progress& progress);

// Throws Error{refused} for files that would take the place of the environment, of the interpreter
// or of another file of these trees: such an image would not start, or hold one of two.
// `own`: absolute paths that nothing may take the place of, or of a folder above them.
void check_targets(const std::vector<ScannedTree>& trees, const std::vector<std::string>& own);

// Where a file of the tree lies in the image, relative.
std::string target_path(const ScannedTree& scanned, const tree::TreeFile& file);

// The layer of these trees (of one kind), from the memo or made. Later trees win over earlier ones'
// paths. The folders above them that are among `parents` keep their mode and owner. Throws
// Error{io} when a file has changed since it was scanned.
// python: compiles what lies in the project's trees, or null.
memo::LayerRecord make_source_layer(const std::vector<ScannedTree>& trees,
                                    const std::vector<facts::BaseFacts::Parent>& parents,
                                    core::Compression compression,
                                    store::Store& store,
                                    memo::LayerMemo& memo,
                                    const CompilingPython* python = nullptr);

}  // namespace cartwheel::build

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "facts/base_facts.h"
#include "layer/tree_layer.h"
#include "memo/layer_memo.h"
#include "oci/image.h"
#include "plan/plan.h"
#include "store/store.h"

namespace cartwheel::build {

// What tells ld.so of folders of wheels (docs/formats.md section 6, "loader"): a file of theirs in
// /etc/ld.so.conf.d, /etc/ld.so.cache as the base's ldconfig would write it then, the links SONAME
// → FILE that it would make. cache, conf: the base's /etc/ld.so.cache and /etc/ld.so.conf, or "".
// machine: "x86_64" or "aarch64".
std::vector<layer::TreeEntry> loader_entries(const std::vector<plan::LibraryFolder>& folders,
                                             const std::string& machine,
                                             const std::string& cache,
                                             const std::string& conf,
                                             const std::vector<facts::BaseFacts::Parent>& parents);

// The layer of these, from the memo or made; nothing when the plan has no folders. base: all that
// lies below the wheels.
std::optional<memo::LayerRecord> make_loader_layer(
    const plan::Plan& plan,
    const oci::Image& base,
    const std::vector<facts::BaseFacts::Parent>& parents,
    core::Compression compression,
    store::Store& store);

// What the image's history says of it.
std::string loader_history(const plan::Needs& needs);

}  // namespace cartwheel::build

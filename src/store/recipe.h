#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/blob.h"
#include "store/store.h"

namespace cartwheel::store {

// A layer as literal bytes and ranges of wheels (docs/formats.md section 5; the byte format stands
// in recipe.cc).
struct Recipe {
  struct Source {
    core::Digest digest;
    std::uint64_t size = 0;
  };
  struct Op {
    std::uint64_t length = 0;
    bool is_range = false;
    std::size_t source = 0;    // index into sources, of a range
    std::uint64_t offset = 0;  // in the source, of a range
  };

  core::Digest blob = core::Digest::of(std::string_view());
  std::uint64_t size = 0;  // of the blob
  core::Digest diff_id = core::Digest::of(std::string_view());
  std::uint64_t tar_size = 0;
  std::vector<Source> sources;  // in order of first use
  std::vector<Op> ops;
  std::string literals;

  // Append to ops; neighbours of one kind are merged (ranges when they are contiguous in one
  // source).
  void append_literal(util::Bytes bytes);
  void append_range(std::size_t source, std::uint64_t offset, std::uint64_t length);
};

std::string encode(const Recipe& recipe);
Recipe decode_recipe(std::string_view bytes);  // Error{malformed}, Error{unsupported}

// Opens bytes that lie outside of the store (a local file that a layer takes as it is), or gives
// null. They are trusted no more than the store's: whoever streams a blob hashes it.
using Elsewhere = std::function<std::unique_ptr<util::File>(const core::Digest&)>;

// The blob that a recipe in the store makes; streams from the wheels in the store, and from
// elsewhere what is not there. Error{not_found} on open() when something is missing.
std::shared_ptr<core::Blob> recipe_blob(Recipe recipe,
                                        std::shared_ptr<const Store> store,
                                        Elsewhere elsewhere = {});

// Hashes what a layer lies in, its own file or the wheels of its recipe, and removes from the store
// what is not what its name says: a power cut can leave such files (docs/formats.md section 10).
// Gives how many that were.
std::size_t remove_damaged(Store& store, const core::Digest& layer);

// A blob of the store by digest: its file, else its recipe, else null.
std::shared_ptr<core::Blob> find_blob(const std::shared_ptr<const Store>& store,
                                      const core::Digest& digest,
                                      Elsewhere elsewhere = {});

}  // namespace cartwheel::store

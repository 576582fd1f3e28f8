#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/blob.h"
#include "facts/wheel_facts.h"
#include "store/store.h"

namespace cartwheel::memo {

// What is known of a layer that was made once (docs/formats.md section 7, "Layer record").
struct LayerRecord {
  struct Package {
    std::string name, version;
    std::string wheel;  // sha256 hex, or ""
    bool operator==(const Package&) const = default;
  };
  // Media type, digest, size; its annotations are no part of the record.
  core::Descriptor blob{
      .media_type = {}, .digest = core::Digest::of(std::string_view()), .annotations = {}};
  core::Digest diff_id = core::Digest::of(std::string_view());
  std::uint64_t tar_size = 0;
  std::string kind;  // "wheel", "bucket", "venv", "deb", "tree"
  std::vector<Package> packages;
  bool recipe = false;  // the store has it as a recipe, not as a file
  bool operator==(const LayerRecord&) const = default;
};

std::string to_json(const LayerRecord& record);  // canonical, with "check"
std::optional<LayerRecord> layer_record_from_json(
    std::string_view text);  // nothing when check or format is another

// Layer records and facts in a store. Thread-safe. A record that does not read is no record. The
// store must outlive it.
//
// With `verify` (--verify-memo) it finds no layer, so that each is made again; put() then throws
// Error{integrity} when the record that it replaces says otherwise.
class LayerMemo {
 public:
  explicit LayerMemo(store::Store& store, bool verify = false) : store_(store), verify_(verify) {}
  // Nothing as well when the blob (or the recipe) that it names is not in the store.
  std::optional<LayerRecord> find(const std::string& key) const;
  void put(const std::string& key, const LayerRecord& record);
  std::optional<facts::WheelFacts> find_facts(const core::Digest& wheel) const;
  void put_facts(const facts::WheelFacts& facts, const std::vector<facts::InstalledPath>& paths);
  std::optional<std::vector<facts::InstalledPath>> find_paths(const core::Digest& wheel) const;

 private:
  std::optional<LayerRecord> find_record(const std::string& key) const;

  store::Store& store_;
  bool verify_;
};

}  // namespace cartwheel::memo

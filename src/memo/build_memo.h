#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/blob.h"
#include "core/platform.h"
#include "store/store.h"

namespace cartwheel::memo {

// All that decides the bytes of a build but the content of folders (docs/formats.md section 8, step
// 1). Not in it: the folder, the user, mirrors, credentials, jobs, outputs.
struct BuildKey {
  // SHA-256 of the bytes of each input file, by its role ("lock", "pyproject", "settings",
  // "python-version", "cartwheel-lock", "ignore"); one that does not exist is not in it.
  std::map<std::string, core::Digest> files;
  std::map<std::string, std::string> options;  // that reach the image, defaults filled in
  std::optional<std::int64_t> source_date_epoch;
  std::string program_version;
};

// 64 hex digits: the SHA-256 of the key's canonical JSON, core::kFormat included.
std::string key_of(const BuildKey& key);

// What an earlier build with the same key made (section 8, step 2). It holds if each tree has the
// same digest now.
struct BuildRecord {
  struct Tree {
    std::string root;                                            // relative to the project
    core::Digest ignore = core::Digest::of(std::string_view());  // of the rules
    core::Digest tree = core::Digest::of(std::string_view());    // tree digest
    bool operator==(const Tree&) const = default;
  };
  struct Image {
    core::Platform platform;
    core::Descriptor manifest = no_descriptor();
    core::Descriptor config = no_descriptor();
    std::vector<core::Descriptor> layers;  // bottom to top
    bool operator==(const Image&) const = default;
  };
  std::vector<Tree> trees;
  core::Descriptor index = no_descriptor();
  std::vector<Image> images;  // in the order of the index
  core::Digest report =
      core::Digest::of(std::string_view());  // of the plan's JSON, a blob of the store
  std::string created;                       // RFC 3339
  bool operator==(const BuildRecord&) const = default;

 private:
  static core::Descriptor no_descriptor() {
    return {.media_type = {}, .digest = core::Digest::of(std::string_view()), .annotations = {}};
  }
};

std::string to_json(const BuildRecord& record);  // canonical, with "check"
std::optional<BuildRecord> build_record_from_json(
    std::string_view text);  // nothing when check or format is another

// Build records in a store, by key_of(). Thread-safe. A record that does not read is no record.
std::optional<BuildRecord> find_build(const store::Store& store, const std::string& key);
void put_build(store::Store& store, const std::string& key, const BuildRecord& record);

}  // namespace cartwheel::memo

#include "store/layout.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include <fmt/format.h>

#include "core/format.h"
#include "util/error.h"

namespace cartwheel::store {

namespace fs = std::filesystem;

namespace {

std::string safe_key(const std::string& key) {
  bool is_digest = key.size() == 64 && std::ranges::all_of(key, [](char letter) {
                     return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
                   });
  return is_digest ? key : core::Digest::of(key).hex();
}

struct Place {
  const char* folder;
  const char* extension;
  bool is_split;  // into 256 folders by the key's first byte
};

Place place(RecordKind kind) {
  switch (kind) {
    case RecordKind::layer:
      return {"layers", ".json", true};
    case RecordKind::facts:
      return {"facts", ".json", true};
    case RecordKind::paths:
      return {"paths", "", true};
    case RecordKind::build:
      return {"builds", ".json", true};
    case RecordKind::stat:
      return {"stat", "", false};
    case RecordKind::alias:
      return {"alias", "", true};
    case RecordKind::base:
      return {"bases", ".json", true};
  }
  throw util::Error(util::ErrorKind::internal, "unknown kind of record");
}

std::string split_name(const std::string& hex) {
  return fmt::format("{}/{}", hex.substr(0, 2), hex);
}

}  // namespace

fs::path Layout::blob(const core::Digest& digest) const {
  return root_ / "blobs/sha256" / split_name(digest.hex());
}

fs::path Layout::recipe(const core::Digest& blob) const {
  return root_ / fmt::format("recipes/{}/{}", core::kFormat, split_name(blob.hex()));
}

fs::path Layout::record(RecordKind kind, const std::string& key) const {
  Place at = place(kind);
  std::string name = safe_key(key);
  return root_ / fmt::format("{}/{}/{}{}",
                             at.folder,
                             core::kFormat,
                             at.is_split ? split_name(name) : name,
                             at.extension);
}

fs::path Layout::partial(const std::string& key) const { return root_ / "partial" / safe_key(key); }

void publish(const fs::path& from, const fs::path& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) {
    return;
  }
  if (errno == ENOENT) {
    std::error_code failed;
    fs::create_directories(to.parent_path(), failed);
    if (failed) {
      throw util::io_error(to.parent_path().string(), failed.value());
    }
    if (std::rename(from.c_str(), to.c_str()) == 0) {
      return;
    }
  }
  throw util::io_error(to.string(), errno);
}

}  // namespace cartwheel::store

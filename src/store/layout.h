#pragma once

#include <filesystem>
#include <string>

#include "core/digest.h"
#include "store/store.h"

namespace cartwheel::store {

// Where things lie in a store's folder (docs/formats.md section 10).
class Layout {
 public:
  explicit Layout(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path version() const { return root_ / "VERSION"; }
  std::filesystem::path lock() const { return root_ / "lock"; }
  std::filesystem::path tmp() const { return root_ / "tmp"; }
  std::filesystem::path leases() const { return root_ / "leases"; }
  std::filesystem::path blob(const core::Digest& digest) const;
  std::filesystem::path recipe(const core::Digest& blob) const;
  std::filesystem::path record(RecordKind kind, const std::string& key) const;
  std::filesystem::path partial(const std::string& key) const;

 private:
  std::filesystem::path root_;
};

// Gives the complete file `from` its final name; what has the name already is replaced in one step.
// Makes the folder that `to` lies in.
void publish(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace cartwheel::store

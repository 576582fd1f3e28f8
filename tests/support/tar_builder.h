#pragma once

#include <string>

#include "archive/tar_writer.h"

namespace cartwheel::tests {

// A tar in memory. Ancestors are not added.
class TarBuilder {
 public:
  TarBuilder& file(const std::string& path, const std::string& content, unsigned mode = 0644) {
    add({.path = path, .mode = mode, .size = content.size()});
    tar_ += content;
    tar_.append(archive::tar_padding(content.size()), '\0');
    return *this;
  }
  TarBuilder& directory(const std::string& path, unsigned mode = 0755) {
    return add({.path = path, .kind = archive::EntryKind::directory, .mode = mode});
  }
  TarBuilder& symlink(const std::string& path, const std::string& target) {
    return add({.path = path, .kind = archive::EntryKind::symlink, .mode = 0777, .target = target});
  }
  std::string str() const { return tar_ + std::string(archive::kTarEnd, '\0'); }

 private:
  TarBuilder& add(const archive::TarEntry& entry) {
    tar_ += archive::tar_header(entry);
    return *this;
  }
  std::string tar_;
};

}  // namespace cartwheel::tests

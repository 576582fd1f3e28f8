#pragma once

#include <string>

#include "base/accounts.h"
#include "oci/image.h"
#include "store/store.h"

namespace cartwheel::base {

// What layers of ours must know of a base's files: those that they add to, and whether there is a
// shell.
struct BaseFiles {
  UserTables tables;
  std::string bundle_path;  // absolute: where the base's own programs look for certificates, or ""
  std::string bundle_file;  // relative: the file that this path leads to through links
  std::string bundle;       // its text
  bool has_shell = false;   // whether there is a /bin/sh
  std::string bin_folder;   // relative: what /bin means, "usr/bin" or "bin"
  bool operator==(const BaseFiles&) const = default;
};

// Reads them out of the image's layers: once for these layers, then from the store's record. Error
// is what reading layers throws; what is not there is empty.
BaseFiles read_base_files(const oci::Image& image, const std::string& place, store::Store& store);

}  // namespace cartwheel::base

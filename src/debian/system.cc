#include "debian/system.h"

#include <algorithm>

#include <fmt/format.h>

#include "debian/dpkg_database.h"
#include "debian/ld_config.h"
#include "debian/scripts.h"
#include "util/error.h"

namespace cartwheel::debian {

namespace {

using util::Error;
using util::ErrorKind;

// Links at the root into /usr. Only what has something to point to is linked, but for the three
// that everything expects.
void link_merged_usr(Tree& tree) {
  for (const std::string name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    const bool is_always = name == "bin" || name == "sbin" || name == "lib";
    if (!is_always && tree.find("usr/" + name) == nullptr) {
      continue;
    }
    tree.ensure_directory("usr/" + name);
    const Node* there = tree.find(name);
    if (there != nullptr &&
        (there->kind != Node::Kind::symlink || there->target != "usr/" + name)) {
      throw Error(
          ErrorKind::refused,
          fmt::format("'/{}' must be a link to usr/{}, package '{}' has something else there",
                      name,
                      name,
                      there->package));
    }
    tree.put(name, Node::symlink("usr/" + name));
  }
}

}  // namespace

const Installed* System::find(std::string_view package) const {
  const auto found = std::find_if(
      packages.begin(), packages.end(), [&](const Installed& one) { return one.name == package; });
  return found == packages.end() ? nullptr : &*found;
}

void configure(System& system) {
  link_merged_usr(system.tree);
  run_scripts(system);
  write_dpkg_database(system);
  update_ld_so_cache(system);
  system.tree.check();
}

void update_ld_so_cache(System& system) {
  if (const Installed* libc_bin = system.find("libc-bin")) {
    system.tree.put("etc/ld.so.cache",
                    Node::file(make_ld_so_cache(system.tree, system.platform, libc_bin->version)));
  }
}

}  // namespace cartwheel::debian

#pragma once

#include "base/base.h"
#include "base/scratch_file.h"
#include "debian/system.h"
#include "layer/tree_layer.h"

namespace cartwheel::base {

// The parts of pin() and compose() for bases made of Debian packages.
lock::BasePin pin_composed(const Definition& definition,
                           const core::Platform& platform,
                           const Context& context);
oci::Image compose_debian(const lock::BasePin& pin,
                          const Definition& definition,
                          core::Compression compression,
                          const Context& context);

// The user that images run as unless told otherwise, as in distroless images.
inline constexpr unsigned kUser = 65532;
inline constexpr std::string_view kHome = "home/nonroot";

// The folders of a composed base whose mode or owner is not 0755 0:0 and below which a prefix may
// lie.
std::vector<facts::BaseFacts::Parent> composed_parents();

// The base's file system: its packages fetched, unpacked into `scratch` and configured. Throws what
// unpack() and debian::configure() throw.
debian::System composed_system(const lock::BasePin& pin,
                               const Definition& definition,
                               ScratchFile& scratch,
                               const Context& context);

// A root without packages, whose files will lie in `scratch`.
debian::System empty_system(const core::Platform& platform, ScratchFile& scratch);

// Unpacks packages that are in the store into a root. Throws Error{refused} when two have the same
// file.
void add_packages(debian::System& system,
                  const std::vector<lock::BasePackage>& pinned,
                  const Definition& definition,
                  ScratchFile& scratch,
                  const Context& context);

// Configures the packages and adds what every composed base has: its user, the links to Python.
// Or the Python of an archive, and the ld.so.cache that knows its libraries.
void finish_base(debian::System& system,
                 const lock::BasePin& pin,
                 const Definition& definition,
                 ScratchFile& scratch,
                 const Context& context);

// A tree whose files lie in `scratch` as entries of a layer; both must outlive them.
std::vector<layer::TreeEntry> layer_entries(const debian::Tree& tree, const ScratchFile& scratch);

}  // namespace cartwheel::base

#pragma once

#include "base/base.h"
#include "base/scratch_file.h"
#include "debian/system.h"

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

// Brings the pinned packages into the store. Throws Error{not_found} that says what to do when one
// has left the archive.
void fetch_packages(const std::vector<lock::BasePackage>& packages,
                    const Definition& definition,
                    const Context& context);

// The base's file system: its packages fetched, unpacked into `scratch` and configured. Throws what
// unpack() and debian::configure() throw.
debian::System composed_system(const lock::BasePin& pin,
                               const Definition& definition,
                               ScratchFile& scratch,
                               const Context& context);

// A package that is in the store, for reading; its bytes are hashed again where the store cannot
// vouch for them.
std::unique_ptr<util::Source> open_package(const lock::BasePackage& package,
                                           const Context& context);

}  // namespace cartwheel::base

#pragma once

#include <filesystem>
#include <optional>

#include "build/build.h"
#include "core/digest.h"
#include "plan/plan.h"

namespace cartwheel::build {

// The folder or the archive of which a front end makes this package's wheel: its tree, its sdist of
// the store (`sdist`: its digest), or what its commit has, checked out below the empty folder
// `scratch`. A subdirectory is that of the unpacked archive. Paths of the lock are meant from
// `lock_folder`. Throws what wheelbuild::checkout throws, and Error{malformed} for an archive that
// does not unpack.
std::filesystem::path bring_source(const plan::PlannedPackage& package,
                                   const std::optional<core::Digest>& sdist,
                                   const std::filesystem::path& lock_folder,
                                   const std::filesystem::path& scratch,
                                   const Options& options,
                                   const Ports& ports);

// Puts a wheel that lies in a git repository (plan::PlannedPackage::wheel, of a source with a path)
// into the store, unless it is there. Throws Error{integrity} when it has another hash than the
// lock's.
void bring_wheel_of_commit(const plan::PlannedPackage& package,
                           const std::filesystem::path& lock_folder,
                           const Options& options,
                           const Ports& ports);

}  // namespace cartwheel::build

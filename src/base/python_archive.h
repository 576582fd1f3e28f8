#pragma once

#include <string>

#include "base/base.h"
#include "base/scratch_file.h"
#include "debian/tree.h"

namespace cartwheel::base {

// The archive of a definition for this platform, as cartwheel.lock has it. Throws Error{refused}
// when the definition has none for it.
lock::BaseArchive archive_for(const Definition& definition, const core::Platform& platform);

// Brings the archive for this platform into the store and puts what lies below its python/ the
// prefix of definition.python_path in the tree, contents in `scratch`, with owner 0:0 and modes
// 0755 and 0644, but for what the definition excludes and for compiled files; what sysconfig tells
// of the build is made true of the image. Throws what fetch::fetch throws; Error{malformed} for an
// archive of another layout, Error{refused} for one without the interpreter or with unsafe paths,
// Error{unsupported} for one of another machine.
void add_python(const Definition& definition,
                const core::Platform& platform,
                ScratchFile& scratch,
                const Context& context,
                debian::Tree& tree);

}  // namespace cartwheel::base

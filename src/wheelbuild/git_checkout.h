#pragma once

#include <filesystem>
#include <string>

#include "util/progress.h"

namespace cartwheel::wheelbuild {

// Brings a commit of a git repository, with its tags and its submodules, into the empty folder
// `into`, by the host's git with its own credentials. `url`: as git takes it (https, ssh, file, a
// path). git itself holds the commit's bytes against its name. Throws Error{not_found} when git is
// not in PATH, or the repository is remote and `offline` is set; Error{network} with git's last
// lines when it does not get there; Error{refused} when the repository has no such commit.
void checkout(const std::string& url,
              const std::string& commit,
              const std::filesystem::path& into,
              bool offline,
              util::Progress& progress);

}  // namespace cartwheel::wheelbuild

#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/accounts.h"
#include "base/base_files.h"
#include "facts/base_facts.h"
#include "layer/tree_layer.h"
#include "lock/base_lock.h"
#include "oci/image.h"
#include "plan/plan.h"
#include "settings/settings.h"
#include "store/store.h"

namespace cartwheel::build {

// What a process finds in its container besides its programs (docs/runtime.md): who it is, where it
// may write, whom it trusts.
struct Runtime {
  base::Account account;
  std::vector<facts::BaseFacts::Parent> folders;  // made in our layer, in order of bytes
  std::vector<layer::TreeEntry> files;            // user tables and certificates that were added to
  std::string bundle;  // absolute path of all certificates, when the company's are among them
};

// below: the base with Debian's packages on it. certificates: of the files that the settings name,
// as base::read_certificates() gives them. The files below are read only where they are added to.
// Throws Error{refused} for a user that they do not have, and where certificates are to be added
// and there are none to add them to.
Runtime make_runtime(const settings::Settings& settings,
                     const lock::BasePin& pin,
                     const oci::Image& below,
                     const std::vector<std::string>& certificates,
                     store::Store& store);

// What the settings ask of a process that will not do, or that a cluster will not take.
// lacks_shell: whether it is known that the image has no /bin/sh.
std::vector<plan::Finding> runtime_findings(const settings::Settings& settings, bool lacks_shell);

// The folders whose mode or owner is not 0755 0:0 where the base's and those that the settings name
// lie: what every layer of ours must give them. The home of a user other than "nonroot" is not
// among them.
std::vector<facts::BaseFacts::Parent> layer_parents(const settings::Settings& settings,
                                                    const lock::BasePin& pin);

// The same where the runtime is known: what it makes and what the base has.
std::vector<facts::BaseFacts::Parent> layer_parents(const Runtime& runtime,
                                                    const lock::BasePin& pin);

// The certificates of all files that the settings name, each once. Throws what
// base::read_certificates() throws, Error{not_found} for a file that is not there.
std::vector<std::string> company_certificates(const settings::Settings& settings,
                                              const std::filesystem::path& project);

// Names and values, in order of bytes of the name: who the process is, where its caches lie, which
// certificates it trusts.
std::vector<std::pair<std::string, std::string>> runtime_environment(
    const Runtime& runtime, const plan::Plan& plan, const settings::Settings& settings);

}  // namespace cartwheel::build

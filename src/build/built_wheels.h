#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "build/options.h"
#include "lock/base_lock.h"
#include "lock/lock.h"
#include "plan/make_plan.h"
#include "store/store.h"
#include "wheelbuild/wheelbuild.h"

namespace cartwheel::build {

// The front end of a wheel that was made elsewhere.
inline constexpr std::string_view kOffered = "--wheel-dir";

// What a wheel is built from, where that can never change: the hash of the sdist or archive as the
// lock has it ("sha256:…"), or a git commit; "#subdirectory=…" or "#path=…" follows where there is
// one. Nothing for source trees, and for files of which the lock has no hash.
std::optional<std::string> immutable_source(const lock::Source& source,
                                            const std::optional<core::Artifact>& sdist);

// A wheel of cartwheel.lock, of the store or of --wheel-dir, as a plan has it: its url is "".
core::Artifact built_artifact(const std::string& filename,
                              const core::Digest& sha256,
                              std::uint64_t size);

// Wheels that need not be built any more, because cartwheel.lock names them, --wheel-dir has them
// or this host made them before. What it gives lies in the store.
class BuiltWheels {
 public:
  BuiltWheels(const lock::Lock& lock,
              const lock::BaseLock& base_lock,
              const Options& options,
              store::Store& store);

  // The wheel for this package on this target, which has none in the lock. A wheel that
  // cartwheel.lock names comes before one that --wheel-dir offers; that before one made here.
  // Throws Error{refused} when --wheel-dir offers another wheel than the one that cartwheel.lock
  // names, unless --rebuild accepts it.
  std::optional<plan::GivenWheel> find(const lock::Package& package, const plan::Target& target);

 private:
  std::optional<core::Artifact> offered(const lock::Package& package,
                                        const plan::Target& target,
                                        const lock::BuiltWheel* recorded);

  const lock::Lock& lock_;
  const lock::BaseLock& base_lock_;
  const Options& options_;
  store::Store& store_;
  // by name: the wheel files of --wheel-dir
  std::map<std::string, std::vector<std::filesystem::path>> offers_;
};

// The wheel of cartwheel.lock that was made of this source for this target, or null.
const lock::BuiltWheel* find_recorded(const lock::BaseLock& base_lock,
                                      const std::string& name,
                                      const std::string& source,
                                      const plan::Target& target);

// What two different wheels of one source are refused with.
std::string differs_text(const lock::BuiltWheel& recorded,
                         const std::string& filename,
                         const core::Digest& sha256);

// What the requirements of builds obey, as lines of a constraints file.
std::vector<std::string> build_constraints(const lock::Lock& lock);

// Wheels that this host made, in the store: by what they were made of (a source as above, or
// "tree " and its digest), the Python, the machine and the constraints.
std::string built_key(const std::string& source,
                      const std::string& python,
                      const std::vector<std::string>& constraints);
std::optional<wheelbuild::Built> find_built(const std::string& key, const store::Store& store);
void keep_built(const std::string& key, const wheelbuild::Built& built, store::Store& store);

}  // namespace cartwheel::build

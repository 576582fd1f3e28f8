#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/artifact.h"
#include "core/format.h"
#include "lock/lock.h"
#include "plan/layers.h"
#include "plan/select.h"
#include "plan/target.h"

namespace cartwheel::plan {

// debug: said to those who ask for more (--verbose). Build records hold the numbers.
enum class Severity { debug = -1, info, warning, error };
const char* severity_name(Severity severity);  // "warning"

// Something that the user should know, or that must not be built. docs/findings.md lists the codes.
struct Finding {
  std::string code;  // "wheel-missing", "sdist", "accelerator-differs", "cuda-incomplete",
                     // "glibc-too-old", "lock-stale" …
  Severity severity = Severity::warning;
  std::string platform;  // "linux/amd64", or "" when it concerns all
  std::string package;   // "torch", or ""
  std::string message;   // what is so
  std::string remedy;    // what to do, or ""
  bool operator==(const Finding&) const = default;
};

// How the wheel of a package gets into the store.
enum class Origin { wheel, sdist, git, archive, directory, missing };
const char* origin_name(Origin origin);  // "sdist"

// What the globs of `exclude` leave out of a wheel.
struct LeftOut {
  std::size_t files = 0;
  std::uint64_t bytes = 0;  // unpacked
};

struct PlannedPackage {
  std::string name, version;
  Origin origin = Origin::wheel;
  std::optional<core::Artifact> wheel;  // chosen, or built (then url is "")
  std::optional<core::Artifact> sdist;  // what a wheel is to be built from
  lock::Source source;
  std::optional<std::string>
      accelerator;  // "cpu", "cuda 12.1", "rocm 6.4", "xpu"; nothing: not known
  std::string
      accelerator_reason;  // "local version +cu121", "nvidia-cuda-runtime-cu12 12.1.105", "memo"
  std::vector<std::string> extras;
  bool is_root = false;
  bool inside_known = false;         // whether the memo knows the wheel's inside
  std::vector<std::string> exclude;  // globs of what it leaves out, sorted
  std::optional<LeftOut> left_out;   // by these globs; nothing: not known, or no globs
  std::optional<std::size_t> layer;  // index into Plan::layers
};

// A library that a wheel wants and that nothing in the image brings.
struct MissingLibrary {
  std::string package;    // whose wheel wants it
  std::string file;       // which file of it, below site-packages; "" when it is opened by name
  std::string soname;     // "libGL.so.1"
  bool required = false;  // whether an extension module does not load without it
  std::string debian;     // the Debian package that brings it, or ""
  std::string elsewhere;  // a package of the plan that has it where the loader does not look, or ""
};

// A folder of wheels that ld.so must be told of.
struct LibraryFolder {
  struct Library {
    std::string file, soname;  // names; the same but for few
  };
  std::string path;                    // absolute
  std::vector<Library> libraries;      // in order of the file's name
  std::vector<std::string> wanted_by;  // packages, sorted
};

// What the wheels need from outside of themselves (docs/needs.md).
struct Needs {
  bool checked = false;                 // whether base and wheels are known well enough
  std::vector<MissingLibrary> missing;  // in order of package, file, soname
  std::vector<LibraryFolder> folders;   // in order of the path
  std::vector<std::string> apt;         // Debian packages that bring what is required; sorted
};

// Which GPUs a package carries code for.
struct GpuCode {
  std::string package;
  std::map<std::string, std::uint64_t> sass, ptx;  // "sm_80", "compute_90" → how many pieces
};

// What is known of GPUs (docs/gpu.md).
struct Gpu {
  std::string driver;          // smallest, "525.60.13"; "" when not known, or without CUDA
  std::string driver_for_ptx;  // from which on PTX of this CUDA is taken as well, or ""
  std::vector<GpuCode> code;   // of the packages whose inside is known and that have some
};

// A distribution that `without` drops.
struct Dropped {
  std::string name, version;
  bool operator==(const Dropped&) const = default;
};

struct Plan {
  std::string variant;  // of the settings, or ""
  Target target;
  std::vector<PlannedPackage> packages;  // in order of the name
  std::vector<Dropped> without;          // likewise
  std::string accelerator;          // of the image: "cuda 12.1" when any package has it, else "cpu"
  bool accelerator_checked = true;  // false: "cpu" as far as is known; some wheels were not seen
  std::vector<LayerGroup> layers;   // of wheels only: own layers, then buckets
  std::vector<Finding> findings;
  Needs needs;
  Gpu gpu;
};

// Bytes of the wheels whose size the lock tells, and how many do not tell.
struct Total {
  std::uint64_t bytes = 0;
  std::size_t unknown = 0;
};
Total total_of(const Plan& plan);

}  // namespace cartwheel::plan

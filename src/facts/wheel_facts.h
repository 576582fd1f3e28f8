#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/digest.h"

namespace cartwheel::facts {

// Of one ELF file of a wheel or a base.
struct ElfFacts {
  std::string path;     // installed path with its scheme: "purelib/torch/lib/libtorch.so"
  std::string machine;  // "x86_64", "aarch64", or "EM_<n>"
  std::string soname;
  std::vector<std::string> needed;
  std::vector<std::string> rpath,
      runpath;  // as written; the loader ignores an RPATH beside a RUNPATH
  std::map<std::string, std::map<std::string, std::string>>
      versions;  // library → {"GLIBC": "2.28", …}: largest of each
  bool operator==(const ElfFacts&) const = default;
};

struct WheelFinding {
  std::string code, path;
  bool operator==(const WheelFinding&) const = default;
};

// All that plan, checks and SBOM ask of a wheel, so that none is opened again (docs/formats.md
// section 7).
struct WheelFacts {
  std::string filename;
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::uint64_t size = 0;  // bytes of the wheel file
  std::string name;        // as METADATA writes it
  std::string version;
  std::string metadata_version, requires_python, summary, home_page, generator, build;
  std::vector<std::string> requires_dist, provides_extra;
  std::string license_expression, license_text;
  std::vector<std::string> license_classifiers, license_files;
  std::vector<std::string> tags, top_level, scripts, sboms;
  bool root_is_purelib = true;
  std::uint64_t files = 0;     // installed
  std::uint64_t unpacked = 0;  // bytes
  std::vector<ElfFacts> elf;   // in order of bytes of the path
  std::string glibc;           // largest GLIBC_ version that any ELF file wants, or ""
  // GPU code, machine code and PTX: architecture ("sm_80", "compute_90") → how many pieces of it.
  std::map<std::string, std::uint64_t> cuda_sass, cuda_ptx;
  std::vector<WheelFinding> findings;
  bool operator==(const WheelFacts&) const = default;
};

std::string to_json(const WheelFacts& facts);  // canonical
WheelFacts wheel_facts_from_json(
    std::string_view text);  // Error{malformed}; another format number counts as malformed

// An installed path of a wheel with what decides collisions (docs/formats.md section 7, "paths").
struct InstalledPath {
  std::string path;  // "purelib/…", "scripts/…", "headers/…", "data/…"
  bool executable = false;
  std::array<std::byte, 16> content{};  // first half of the content's SHA-256
  std::optional<std::uint64_t> size{};  // bytes; nothing for what is generated
  bool operator==(const InstalledPath&) const = default;
};

// Where it lies in the image, as in a tar: "purelib/x" → "opt/venv/lib/python3.11/site-packages/x".
// name: of the package; prefix: "opt/venv"; python: "python3.11". Error{internal} for another
// scheme.
std::string tar_path(const std::string& installed,
                     const std::string& name,
                     const std::string& prefix,
                     const std::string& python);

std::string encode_paths(const std::vector<InstalledPath>& paths);  // in order of bytes of the path
std::vector<InstalledPath> decode_paths(std::string_view bytes);    // Error{malformed}

// Whether a wheel leaves this installed path out (`exclude`, docs/settings.md): one of the globs
// matches where it lies below site-packages ("purelib/torch/lib/x.a" is "torch/lib/x.a"), else
// below the prefix ("bin/run", "include/site/demo/x.h", "share/x").
bool is_excluded(const std::vector<std::string>& globs, std::string_view installed_path);

}  // namespace cartwheel::facts

#pragma once

#include <string>
#include <vector>

#include "archive/zip.h"
#include "facts/wheel_facts.h"
#include "layer/inflate_member.h"
#include "layer/spec.h"
#include "python/entry_points.h"
#include "python/metadata.h"

namespace cartwheel::layer {

// A file that a wheel brings along and that is installed (binary-distribution-format, "Installing
// a wheel"): not its directories, nor what the installer writes anew (RECORD, INSTALLER,
// REQUESTED).
struct WheelFileEntry {
  std::string installed;   // "purelib/…", "scripts/…", "headers/…", "data/…"
  std::size_t member = 0;  // in WheelContents::members
  bool executable = false;
  bool rewritten = false;   // a script whose first line names a placeholder for the interpreter
  bool in_record = true;    // listed in the new RECORD (signatures of RECORD are not)
  std::string record_hash;  // as RECORD has it, else "sha256=…" of the content
  std::string stronger_hash = {};       // what RECORD has instead: by sha384 or sha512, and true
  std::array<std::byte, 16> content{};  // first half of the SHA-256 that RECORD states
};

// What a wheel holds, by its central directory and its .dist-info folder.
struct WheelContents {
  std::vector<archive::ZipMember> members;  // in order of the local header's offset
  std::string dist_info;                    // "six-1.16.0.dist-info"
  python::Metadata metadata;
  python::WheelFile wheel;
  std::vector<python::ScriptEntryPoint> scripts;
  std::vector<WheelFileEntry> files;          // in order of the local header's offset
  bool record_executable = false;             // its RECORD's mode, which the new one keeps
  std::vector<facts::WheelFinding> findings;  // in order of bytes of (code, path)
};

// METADATA, WHEEL, RECORD and entry_points.txt of at most this many bytes are read.
inline constexpr std::uint64_t kMostText = 64ULL << 20;

// Reads the central directory, the four files and the first bytes of the scripts; of the files that
// RECORD has no SHA-256 for, everything. Throws what archive::read_zip and MemberReader throw,
// Error{malformed} without dist-info or for another package's, Error{refused} for files of it that
// are too large, unsafe or in each other's place.
WheelContents read_contents(const util::RandomAccess& file,
                            const WheelInput& wheel,
                            MemberReader& reader);

}  // namespace cartwheel::layer

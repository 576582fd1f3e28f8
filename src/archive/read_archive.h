#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "util/stream.h"

namespace cartwheel::archive {

// An entry of a tar as libarchive reads it.
struct ReadEntry {
  std::string path;  // as written, without a leading "./" or "/" and without a trailing '/'
  enum class Kind { directory, file, symlink, hardlink, other } kind = Kind::file;
  unsigned mode = 0;  // permission bits, with setuid, setgid, sticky
  unsigned uid = 0, gid = 0;
  std::uint64_t size = 0;
  std::string target;  // of a symlink, or the path of a hard link (normalised like path)
};

// Calls on_entry for each entry of a tar (any compression that libarchive knows), in order. The
// Source is valid during the call and need not be read. Throws Error{malformed} "PLACE: …" for what
// libarchive cannot read.
void read_tar(util::Source& tar,
              const std::string& place,
              const std::function<void(const ReadEntry&, util::Source&)>& on_entry);

// What an .xz, .gz or .zst file holds (a plain one: itself), piece by piece. Throws
// Error{malformed} "PLACE: …".
void decompress(util::Source& compressed, const std::string& place, util::Sink& out);

// The members of a Debian package (deb(5)): control.tar.* and data.tar.*, each with its own
// on_entry.
void read_deb(util::Source& deb,
              const std::string& place,
              const std::function<void(const ReadEntry&, util::Source&)>& on_control,
              const std::function<void(const ReadEntry&, util::Source&)>& on_data);

}  // namespace cartwheel::archive

// Extra fields of local and central headers (APPNOTE 6.3.10 section 4.5): u16 id u16 size, data;
// one after the other.
#include <fmt/format.h>

#include "archive/zip_directory.h"
#include "util/bytes.h"
#include "util/error.h"

namespace cartwheel::archive {

using util::Bytes;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::uint32_t kMax32 = 0xffffffff;
constexpr std::uint16_t kMax16 = 0xffff;
constexpr std::uint16_t kZip64Extra = 0x0001;
constexpr std::uint16_t kUnicodePathExtra = 0x7075;

Error malformed_extra(const std::string& what) { return {ErrorKind::malformed, what}; }

// Sizes and offset of a zip64 field (APPNOTE 4.5.3). It holds only what the header marks as too
// large for it; some writers put all of it there, and then what is not marked must be the same.
void apply_zip64(Bytes data, bool central, ZipFields& fields) {
  const std::uint64_t sizes[] = {fields.size, fields.compressed_size, fields.offset};
  const std::size_t places = central ? 3 : 2;
  std::uint64_t* const targets[] = {&fields.size, &fields.compressed_size, &fields.offset};
  std::size_t marked = 0;
  for (std::size_t i = 0; i < places; ++i) {
    marked += sizes[i] == kMax32 ? 1 : 0;
  }
  const bool disk_marked = central && fields.disk == kMax16;
  const bool only_marked = data.size() == 8 * marked + (disk_marked ? 4 : 0);
  const bool with_disk = data.size() == 28 && central;
  const bool all =
      !only_marked && (data.size() == 16 || (data.size() == 24 && central) || with_disk);
  if (!only_marked && !all) {
    throw malformed_extra(fmt::format("zip64 field of {} bytes for {} sizes", data.size(), marked));
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < places && at + 8 <= data.size(); ++i) {
    if (sizes[i] == kMax32) {
      *targets[i] = load64(data, at);
      at += 8;
    } else if (all) {
      if (load64(data, at) != sizes[i]) {
        throw malformed_extra(
            fmt::format("zip64 field says {}, the header {}", load64(data, at), sizes[i]));
      }
      at += 8;
    }
  }
  if (disk_marked || with_disk) {
    const std::uint32_t disk = load32(data, data.size() - 4);
    if (!disk_marked && disk != fields.disk) {
      throw malformed_extra("zip64 field has another disk than the header");
    }
    fields.disk = disk;
  }
  if (all && at != (with_disk ? 24 : data.size())) {
    throw malformed_extra(fmt::format("zip64 field of {} bytes for {} sizes", data.size(), marked));
  }
  fields.zip64 = true;
}

}  // namespace

void apply_zip_extra(Bytes extra, std::string_view name, bool central, ZipFields& fields) {
  const bool marked = fields.size == kMax32 || fields.compressed_size == kMax32 ||
                      (central && (fields.offset == kMax32 || fields.disk == kMax16));
  while (extra.size() >= 4) {
    const std::uint16_t id = load16(extra, 0);
    const std::size_t length = load16(extra, 2);
    if (length > extra.size() - 4) {
      throw malformed_extra(fmt::format(
          "extra field {:#06x} of {} bytes where {} are left", id, length, extra.size() - 4));
    }
    const Bytes data = extra.subspan(4, length);
    if (id == kZip64Extra) {
      if (fields.zip64) {
        throw malformed_extra("two zip64 fields");
      }
      apply_zip64(data, central, fields);
    } else if (id == kUnicodePathExtra && (length < 5 || util::as_text(data.subspan(5)) != name)) {
      throw malformed_extra("another name in the Unicode path field");
    }
    extra = extra.subspan(4 + length);
  }
  if (marked && !fields.zip64) {
    throw malformed_extra("sizes are left to a zip64 field that is not there");
  }
}

}  // namespace cartwheel::archive

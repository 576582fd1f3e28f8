#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::tests {

// Raw deflate (RFC 1951) of text by zlib; strategy as deflateInit2's (0: default, 4: fixed codes).
std::string deflate_raw(std::string_view text, int level = 6, int strategy = 0);
// The same with a flush (zlib's Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_PARTIAL_FLUSH, Z_BLOCK) after every
// `step` bytes: many blocks.
std::string deflate_flushed(std::string_view text, std::size_t step, int flush, int level = 6);
// What zlib makes of one raw deflate stream; throws std::runtime_error when it is broken or
// followed by other bytes.
std::string inflate_raw(std::string_view deflated);
// One gzip member and nothing after it: its content. Throws std::runtime_error otherwise.
std::string gunzip_one_member(std::string_view gzip);

// The fields of a local or central header of a zip, before they become bytes. A test changes them
// to make them lie.
struct ZipHeader {
  std::string name;
  std::uint16_t version_needed = 20;
  std::uint16_t flags = 0;
  std::uint16_t method = 8;
  std::uint16_t time = 0, date = 33;  // 1980-01-01
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_size = 0, size = 0;
  std::string extra;   // without the zip64 field, which comes first when zip64 is set
  bool zip64 = false;  // 0xffffffff in sizes (central: and offset), true values in the zip64 field
  // The central header only.
  std::uint16_t made_by = 3 << 8 | 20;  // Unix
  std::uint16_t disk = 0;
  std::uint32_t external_attributes = 0;
  std::uint64_t offset = 0;
  std::string comment;
};

struct ZipEntry {
  std::string name;
  std::string content;
  std::uint16_t method = 8;  // 8: deflated by zlib; 0: stored; others: content as it is
  int level = 6;
  unsigned mode = 0100644;  // st_mode, in the upper half of the external attributes
  bool zip64 = false;
  bool data_descriptor = false;  // flag 3, zeros in the local header, a descriptor behind the data
  bool descriptor_signature = true;
  std::optional<std::string> raw = {};              // these bytes instead of the compressed content
  std::string gap = {};                             // bytes before the local header
  std::function<void(ZipHeader&)> local = {};       // changes the local header
  std::function<void(ZipHeader&)> central = {};     // changes the central header
  std::function<void(ZipHeader&)> descriptor = {};  // changes crc32, sizes of the descriptor
};

// The fields of the end record and, with zip64, of the zip64 end record.
struct ZipEnd {
  std::uint16_t disk = 0, directory_disk = 0;
  std::uint64_t entries_on_disk = 0, entries = 0;
  std::uint64_t directory_size = 0, directory_offset = 0;
  std::string comment;
  bool zip64 = false;
  std::uint64_t zip64_record_offset = 0;  // in the locator
  std::uint32_t disks = 1;                // in the locator
};

// A zip in memory, with full control. Members lie in the order of add().
class ZipBuilder {
 public:
  ZipBuilder& add(ZipEntry entry);
  ZipBuilder& add(std::string name, std::string content) {
    ZipEntry entry;
    entry.name = std::move(name);
    entry.content = std::move(content);
    return add(std::move(entry));
  }
  // Bytes before the first member. shifted: offsets count them (what a fixed-up self-extractor
  // has).
  ZipBuilder& prefix(std::string bytes, bool shifted = true);
  ZipBuilder& comment(std::string text);
  ZipBuilder& zip64_end();
  ZipBuilder& end(std::function<void(ZipEnd&)> change);
  // Bytes between the last member and the central directory, and behind everything.
  ZipBuilder& before_directory(std::string bytes);
  ZipBuilder& trailing(std::string bytes);
  // Central headers in this order (indexes into the order of add()); default: as added.
  ZipBuilder& central_order(std::vector<std::size_t> order);

  std::string bytes() const;

 private:
  std::vector<ZipEntry> entries_;
  std::string prefix_, comment_, before_directory_, trailing_;
  bool shifted_ = true;
  bool zip64_end_ = false;
  std::function<void(ZipEnd&)> end_;
  std::vector<std::size_t> order_;
};

}  // namespace cartwheel::tests

#include "support/zip_builder.h"

#include <limits>
#include <numeric>
#include <stdexcept>

#include <zlib.h>

#include "util/bytes.h"

namespace cartwheel::tests {

namespace {

using util::put_u16;
using util::put_u32;
using util::put_u64;

constexpr int kRawWindow = -15;
constexpr int kGzipWindow = 15 + 16;

Bytef* input_of(std::string_view text) {
  // zlib's next_in is not const in every build of it; it is never written to.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

std::string deflate_steps(
    std::string_view text, std::size_t step, int flush, int level, int strategy) {
  z_stream stream = {};
  if (deflateInit2(&stream, level, Z_DEFLATED, kRawWindow, 8, strategy) != Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string out;
  std::string buffer(1 << 16, '\0');
  auto pump = [&](std::string_view piece, int how) {
    stream.next_in = input_of(piece);
    stream.avail_in = static_cast<uInt>(piece.size());
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream, how);
      out.append(buffer, 0, buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  std::size_t position = 0;
  for (; text.size() - position > step; position += step) {
    pump(text.substr(position, step), flush);
  }
  pump(text.substr(position), Z_FINISH);
  deflateEnd(&stream);
  return out;
}

std::string inflate_whole(std::string_view bytes, int window) {
  z_stream stream = {};
  if (inflateInit2(&stream, window) != Z_OK) {
    throw std::runtime_error("inflateInit2");
  }
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::string buffer(1 << 16, '\0');
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, 0, buffer.size() - stream.avail_out);
  }
  uInt left = stream.avail_in;
  inflateEnd(&stream);
  if (result != Z_STREAM_END || left != 0) {
    throw std::runtime_error("not one whole stream: zlib says " + std::to_string(result) + ", " +
                             std::to_string(left) + " bytes left");
  }
  return out;
}

constexpr std::uint32_t kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint16_t kMax16 = std::numeric_limits<std::uint16_t>::max();

std::uint32_t size_field(const ZipHeader& header, std::uint64_t value) {
  return header.zip64 ? kMax32 : static_cast<std::uint32_t>(value);
}

std::string extra_field(const ZipHeader& header, bool central) {
  std::string extra;
  if (header.zip64) {
    put_u16(extra, 1);
    put_u16(extra, central ? 24 : 16);
    put_u64(extra, header.size);
    put_u64(extra, header.compressed_size);
    if (central) {
      put_u64(extra, header.offset);
    }
  }
  return extra + header.extra;
}

void put_common(std::string& out, const ZipHeader& header, std::size_t extra_size) {
  put_u16(out, header.version_needed);
  put_u16(out, header.flags);
  put_u16(out, header.method);
  put_u16(out, header.time);
  put_u16(out, header.date);
  put_u32(out, header.crc32);
  put_u32(out, size_field(header, header.compressed_size));
  put_u32(out, size_field(header, header.size));
  put_u16(out, static_cast<std::uint16_t>(header.name.size()));
  put_u16(out, static_cast<std::uint16_t>(extra_size));
}

void put_local(std::string& out, const ZipHeader& header) {
  std::string extra = extra_field(header, false);
  put_u32(out, 0x04034b50);
  put_common(out, header, extra.size());
  out += header.name + extra;
}

void put_central(std::string& out, const ZipHeader& header) {
  std::string extra = extra_field(header, true);
  put_u32(out, 0x02014b50);
  put_u16(out, header.made_by);
  put_common(out, header, extra.size());
  put_u16(out, static_cast<std::uint16_t>(header.comment.size()));
  put_u16(out, header.disk);
  put_u16(out, 0);
  put_u32(out, header.external_attributes);
  put_u32(out, size_field(header, header.offset));
  out += header.name + extra + header.comment;
}

void put_descriptor(std::string& out, const ZipHeader& header, bool signature) {
  if (signature) {
    put_u32(out, 0x08074b50);
  }
  put_u32(out, header.crc32);
  if (header.zip64) {
    put_u64(out, header.compressed_size);
    put_u64(out, header.size);
  } else {
    put_u32(out, static_cast<std::uint32_t>(header.compressed_size));
    put_u32(out, static_cast<std::uint32_t>(header.size));
  }
}

void put_end(std::string& out, const ZipEnd& end) {
  if (end.zip64) {
    put_u32(out, 0x06064b50);
    put_u64(out, 44);
    put_u16(out, 45);
    put_u16(out, 45);
    put_u32(out, end.disk);
    put_u32(out, end.directory_disk);
    put_u64(out, end.entries_on_disk);
    put_u64(out, end.entries);
    put_u64(out, end.directory_size);
    put_u64(out, end.directory_offset);
    put_u32(out, 0x07064b50);
    put_u32(out, 0);
    put_u64(out, end.zip64_record_offset);
    put_u32(out, end.disks);
  }
  put_u32(out, 0x06054b50);
  put_u16(out, end.zip64 ? kMax16 : end.disk);
  put_u16(out, end.zip64 ? kMax16 : end.directory_disk);
  put_u16(out, end.zip64 ? kMax16 : static_cast<std::uint16_t>(end.entries_on_disk));
  put_u16(out, end.zip64 ? kMax16 : static_cast<std::uint16_t>(end.entries));
  put_u32(out, end.zip64 ? kMax32 : static_cast<std::uint32_t>(end.directory_size));
  put_u32(out, end.zip64 ? kMax32 : static_cast<std::uint32_t>(end.directory_offset));
  put_u16(out, static_cast<std::uint16_t>(end.comment.size()));
  out += end.comment;
}

std::string compressed(const ZipEntry& entry) {
  if (entry.raw) {
    return *entry.raw;
  }
  return entry.method == 8 ? deflate_raw(entry.content, entry.level) : entry.content;
}

// Writes the member and gives its central header.
ZipHeader put_member(std::string& out, const ZipEntry& entry, std::uint64_t offset_base) {
  std::string data = compressed(entry);
  ZipHeader header;
  header.name = entry.name;
  header.method = entry.method;
  header.crc32 = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(entry.content.data()), entry.content.size()));
  header.compressed_size = data.size();
  header.size = entry.content.size();
  header.zip64 = entry.zip64;
  header.version_needed = entry.zip64 ? 45 : 20;
  header.flags = static_cast<std::uint16_t>((entry.data_descriptor ? 8 : 0) | 0x800);
  header.external_attributes =
      static_cast<std::uint32_t>(entry.mode) << 16 | (entry.name.ends_with('/') ? 0x10U : 0U);
  out += entry.gap;
  header.offset = out.size() - offset_base;

  ZipHeader local = header;
  if (entry.data_descriptor) {
    local.crc32 = 0;
    local.compressed_size = local.size = 0;
  }
  if (entry.local) {
    entry.local(local);
  }
  put_local(out, local);
  out += data;
  if (entry.data_descriptor) {
    ZipHeader descriptor = header;
    if (entry.descriptor) {
      entry.descriptor(descriptor);
    }
    put_descriptor(out, descriptor, entry.descriptor_signature);
  }
  if (entry.central) {
    entry.central(header);
  }
  return header;
}

}  // namespace

std::string deflate_raw(std::string_view text, int level, int strategy) {
  return deflate_steps(text, text.size() + 1, Z_NO_FLUSH, level, strategy);
}

std::string deflate_flushed(std::string_view text, std::size_t step, int flush, int level) {
  return deflate_steps(text, step, flush, level, Z_DEFAULT_STRATEGY);
}

std::string inflate_raw(std::string_view deflated) { return inflate_whole(deflated, kRawWindow); }

std::string gunzip_one_member(std::string_view gzip) { return inflate_whole(gzip, kGzipWindow); }

ZipBuilder& ZipBuilder::add(ZipEntry entry) {
  entries_.push_back(std::move(entry));
  return *this;
}

ZipBuilder& ZipBuilder::prefix(std::string bytes, bool shifted) {
  prefix_ = std::move(bytes);
  shifted_ = shifted;
  return *this;
}

ZipBuilder& ZipBuilder::comment(std::string text) {
  comment_ = std::move(text);
  return *this;
}

ZipBuilder& ZipBuilder::zip64_end() {
  zip64_end_ = true;
  return *this;
}

ZipBuilder& ZipBuilder::end(std::function<void(ZipEnd&)> change) {
  end_ = std::move(change);
  return *this;
}

ZipBuilder& ZipBuilder::before_directory(std::string bytes) {
  before_directory_ = std::move(bytes);
  return *this;
}

ZipBuilder& ZipBuilder::trailing(std::string bytes) {
  trailing_ = std::move(bytes);
  return *this;
}

ZipBuilder& ZipBuilder::central_order(std::vector<std::size_t> order) {
  order_ = std::move(order);
  return *this;
}

std::string ZipBuilder::bytes() const {
  std::string out = prefix_;
  const std::uint64_t base = shifted_ ? 0 : prefix_.size();
  std::vector<ZipHeader> headers;
  headers.reserve(entries_.size());
  for (const ZipEntry& entry : entries_) {
    headers.push_back(put_member(out, entry, base));
  }
  out += before_directory_;

  std::vector<std::size_t> order = order_;
  if (order.empty()) {
    order.resize(headers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  ZipEnd end;
  end.directory_offset = out.size() - base;
  for (std::size_t index : order) {
    put_central(out, headers.at(index));
  }
  end.entries = end.entries_on_disk = order.size();
  end.directory_size = out.size() - base - end.directory_offset;
  end.comment = comment_;
  end.zip64 = zip64_end_;
  end.zip64_record_offset = out.size() - base;
  if (end_) {
    end_(end);
  }
  put_end(out, end);
  return out + trailing_;
}

}  // namespace cartwheel::tests

#pragma once

#include <string>
#include <vector>

#include <zlib.h>
#include <zstd.h>

#include "elf/elf_builder.h"
#include "oci/image.h"
#include "support/deb_builder.h"

namespace cartwheel::tests {

inline std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstandard(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

// A layer of a foreign image, coded as its media type says.
inline oci::Layer layer_of(const std::string& tar,
                           std::string_view media_type = core::kLayerGzipType) {
  std::string bytes = media_type == core::kLayerGzipType   ? gzipped(tar)
                      : media_type == core::kLayerZstdType ? zstandard(tar)
                                                           : tar;
  auto blob = std::make_shared<core::TextBlob>(bytes);
  return {.descriptor = {std::string(media_type), blob->digest(), blob->size(), {}},
          .diff_id = core::Digest::of(tar),
          .blob = blob};
}

// libc.so.6 of a machine (e_machine).
inline std::string libc(std::uint16_t machine = 62, const std::string& more = "") {
  ElfBuilder elf;
  elf.machine = machine;
  elf.soname = "libc.so.6";
  elf.defines = {"GLIBC_2.2.5", "GLIBC_2.36", "GLIBC_2.4", "GLIBC_PRIVATE"};
  return elf.bytes() + more;
}

// An interpreter that says its version, as CPython's does.
inline std::string interpreter(const std::string& version = "3.11.2") {
  return ElfBuilder().bytes() + std::string(1, '\0') + version + std::string(1, '\0');
}

// What every image of these tests has, to which each adds its own.
inline TarBuilder least_root() {
  TarBuilder tar;
  tar.folder("usr").folder("usr/lib").folder("usr/lib/x86_64-linux-gnu").folder("usr/bin");
  tar.file("usr/lib/x86_64-linux-gnu/libc.so.6", libc(), 0755);
  return tar;
}

inline oci::Image image_of(const std::vector<TarBuilder>& layers) {
  oci::Image image;
  for (const TarBuilder& layer : layers) {
    image.layers.push_back(layer_of(layer.bytes()));
  }
  return image;
}

}  // namespace cartwheel::tests

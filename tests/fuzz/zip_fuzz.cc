// read_zip on any bytes: gives members that lie in the file, in order and apart from each other, or
// throws util::Error. Input: byte 0 chooses a zip; 0 is the rest of the input itself, else a good
// one with the rest as changes to it, three bytes each: u16 offset, new value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "archive/zip.h"
#include "support/zip_builder.h"
#include "util/error.h"

namespace {

using cartwheel::tests::ZipBuilder;
using cartwheel::tests::ZipEntry;

ZipEntry described(std::string name) {
  ZipEntry entry;
  entry.name = std::move(name);
  entry.content = "with a descriptor";
  entry.data_descriptor = true;
  return entry;
}

ZipEntry large(std::string name) {
  ZipEntry entry;
  entry.name = std::move(name);
  entry.content = "with zip64 sizes";
  entry.zip64 = true;
  return entry;
}

const std::vector<std::string>& good_zips() {
  static const std::vector<std::string> zips = {
      ZipBuilder().add("a", "text").add("b/c", "more").bytes(),
      ZipBuilder().add("a", "text").add(described("b")).comment("comment").bytes(),
      ZipBuilder().add(large("a")).add("b", "").zip64_end().bytes(),
      ZipBuilder().add("a", "text").prefix("bytes before", false).bytes(),
  };
  return zips;
}

std::string zip_of(const std::uint8_t* data, std::size_t size) {
  const std::size_t choice = size == 0 ? 0 : data[0] % (good_zips().size() + 1);
  if (choice == 0) {
    return size == 0 ? std::string() : std::string(data + 1, data + size);
  }
  std::string zip = good_zips()[choice - 1];
  for (std::size_t i = 1; i + 3 <= size; i += 3) {
    zip[(data[i] | static_cast<std::size_t>(data[i + 1]) << 8) % zip.size()] =
        static_cast<char>(data[i + 2]);
  }
  return zip;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string zip = zip_of(data, size);
  try {
    std::uint64_t end = 0;
    for (const auto& member :
         cartwheel::archive::read_zip(cartwheel::util::StringRandomAccess(zip))) {
      if (member.header_offset < end || member.data_offset <= member.header_offset ||
          member.data_offset > zip.size() ||
          member.compressed_size > zip.size() - member.data_offset || member.name.empty() ||
          member.name.find("..") == 0) {
        std::abort();
      }
      end = member.data_offset + member.compressed_size;
    }
  } catch (const cartwheel::util::Error& error) {
    if (error.kind() == cartwheel::util::ErrorKind::internal) {
      std::abort();
    }
  }
  return 0;
}

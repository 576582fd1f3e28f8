// Bytes as an ELF file and as an ld.so.cache: what is read of them lies in them, or util::Error
// comes out. What find_tables() keeps of a file is enough for read_elf() to say the same of it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "elf/elf.h"
#include "util/bytes.h"
#include "util/error.h"

namespace {

using namespace cartwheel;  // NOLINT: short names for a short file

void want(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string part(std::string_view file, std::uint64_t offset, std::uint64_t length) {
  return offset >= file.size() ? std::string() : std::string(file.substr(offset, length));
}

void read_file(std::string_view file) {
  elf::read_elf(file.size(), [file](std::uint64_t offset, std::size_t length) {
    return part(file, offset, length);
  });
  const std::uint64_t end = elf::program_headers_end(util::as_bytes(file.substr(0, 64)));
  if (end == 0 || end > file.size()) {
    return;
  }
  const std::string_view head = file.substr(0, end);
  const std::optional<elf::Range> dynamic = elf::find_dynamic(util::as_bytes(head));
  if (!dynamic || dynamic->offset > file.size() || dynamic->size > file.size() - dynamic->offset) {
    return;
  }
  const std::string table = part(file, dynamic->offset, dynamic->size);
  for (const elf::Range& range :
       elf::find_tables(util::as_bytes(head), util::as_bytes(table), file.size())) {
    want(range.offset <= file.size() && range.size <= file.size() - range.offset);
  }
}

void read_cache(std::string_view bytes) {
  elf::CacheInput cache = elf::read_ld_so_cache(bytes);
  cache.machine = "x86_64";
  const elf::CacheInput again = elf::read_ld_so_cache(elf::ld_so_cache(cache));
  want(again.entries.size() == cache.entries.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  try {
    data[0] % 2 == 0 ? read_file(text) : read_cache(text);
  } catch (const util::Error&) {  // most inputs are malformed
  }
  return 0;
}

#include "archive/printable.h"

#include <fmt/format.h>

#include "util/text.h"

namespace cartwheel::archive {

std::string printable(std::string_view name) {
  const bool utf8 = util::is_valid_utf8(name);
  std::string out;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace cartwheel::archive

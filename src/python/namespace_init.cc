#include "python/namespace_init.h"

#include <algorithm>

#include "util/text.h"

namespace cartwheel::python {

bool is_namespace_init(std::string_view text) {
  if (text.find("declare_namespace") != std::string_view::npos ||
      text.find("extend_path") != std::string_view::npos) {
    return true;
  }
  if (text.starts_with("\xEF\xBB\xBF")) {  // byte order mark
    text.remove_prefix(3);
  }
  return std::ranges::all_of(util::lines(text), [](std::string_view line) {
    line = util::trim(line);
    return line.empty() || line.starts_with('#');
  });
}

}  // namespace cartwheel::python

#include "lock/lock.h"

#include <fmt/format.h>

#include "core/url.h"
#include "util/error.h"

namespace cartwheel::lock {

std::string Source::str() const {
  constexpr const char* kNames[] = {
      "registry", "git", "url", "path", "directory", "editable", "virtual"};
  std::string out =
      fmt::format("{} {}", kNames[static_cast<std::size_t>(kind)], core::redacted(location));
  if (!commit.empty()) {
    out += "#" + commit;
  }
  if (!subdirectory.empty()) {
    out += fmt::format(" (subdirectory {})", subdirectory);
  }
  if (!path.empty()) {
    out += fmt::format(" (path {})", path);
  }
  return out;
}

Lock read(std::string_view filename, std::string_view text) {
  std::string_view base = filename.substr(filename.rfind('/') + 1);
  if (base.starts_with("pylock.") && base.ends_with(".toml")) {
    return read_pylock(filename, text);
  }
  if (base.ends_with(".lock") && base != "poetry.lock" && base != "pdm.lock") {
    return read_uv(filename, text);
  }
  throw util::Error(util::ErrorKind::unsupported,
                    fmt::format("'{}': wanted uv.lock, pylock.toml or pylock.NAME.toml", filename));
}

}  // namespace cartwheel::lock

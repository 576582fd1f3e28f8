#include "lock/artifacts.h"

#include <algorithm>

#include "core/url.h"

namespace cartwheel::lock {

std::string file_name_of(std::string_view location) {
  bool is_url = core::Url::is_url(location);
  if (is_url) {
    // each by memchr(3): find_first_of compares letter by letter, and a lock has thousands of these
    location = location.substr(0, location.find('?'));
    location = location.substr(0, location.find('#'));
  }
  std::string_view name = location.substr(location.rfind('/') + 1);  // npos + 1 is 0
  bool encoded = is_url && name.find('%') != std::string_view::npos;
  return encoded ? core::percent_decode(name) : std::string(name);
}

core::Hash hash_of(std::string_view text) {
  constexpr std::string_view kUsual = "sha256:";
  auto is_lower_hex = [](char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
  };
  if (text.size() == kUsual.size() + 64 && text.starts_with(kUsual) &&
      std::all_of(text.begin() + kUsual.size(), text.end(), is_lower_hex)) {
    return {"sha256", std::string(text.substr(kUsual.size()))};
  }
  return core::Hash::parse(text);
}

std::string tidy_path(std::string_view path) {
  while (path.starts_with("./")) {
    path.remove_prefix(2);
  }
  while (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return path.empty() ? "." : std::string(path);
}

std::string path_below(std::string_view folder, std::string_view path) {
  std::string tidy = tidy_path(folder);
  return tidy == "." || path.starts_with('/') ? std::string(path) : tidy + "/" + std::string(path);
}

}  // namespace cartwheel::lock

#include "lock/artifacts.h"

#include <algorithm>
#include <array>

#include "core/url.h"

namespace cartwheel::lock {

std::string file_name_of(std::string_view location) {
  bool is_url = core::Url::is_url(location);
  if (is_url) {
    location = location.substr(0, location.find('?'));
    location = location.substr(0, location.find('#'));
  }
  std::string_view name = location.substr(location.rfind('/') + 1);  // npos + 1 is 0
  bool encoded = is_url && name.find('%') != std::string_view::npos;
  return encoded ? core::percent_decode(name) : std::string(name);
}

core::Hash hash_of(std::string_view text) {
  constexpr std::string_view kUsual = "sha256:";
  // every file of a lock comes by here: no branch for each digit
  constexpr auto kIsLowerHex = [] {
    std::array<bool, 256> out{};
    for (char letter : std::string_view("0123456789abcdef")) {
      out[static_cast<unsigned char>(letter)] = true;
    }
    return out;
  }();
  bool is_lower_hex = true;
  for (char letter : text.substr(std::min(text.size(), kUsual.size()))) {
    is_lower_hex = is_lower_hex & kIsLowerHex[static_cast<unsigned char>(letter)];
  }
  if (text.size() == kUsual.size() + 64 && text.starts_with(kUsual) && is_lower_hex) {
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

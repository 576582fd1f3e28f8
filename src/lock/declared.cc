#include "lock/declared.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "core/url.h"
#include "util/text.h"

namespace cartwheel::lock {

namespace {

std::string tidy(std::string_view path) {
  std::string out = std::filesystem::path(path).lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) {
    out.pop_back();
  }
  return out.empty() ? "." : out;
}

}  // namespace

std::string index_source(std::string_view url) {
  while (url.ends_with('/')) {
    url.remove_suffix(1);
  }
  if (!core::Url::is_url(url) || url.starts_with("file:")) {
    return "index folder " + core::percent_decode(url.substr(url.rfind('/') + 1));
  }
  return "index " + core::Url::parse(url).str();
}

std::string git_source(std::string_view url) {
  constexpr std::string_view kPlus = "git+";
  if (url.starts_with(kPlus)) {
    url.remove_prefix(kPlus.size());
  }
  url = url.substr(0, url.find('#'));
  std::size_t question = url.find('?');
  std::string out = "git " + core::redacted(url.substr(0, question));
  std::vector<std::string> pairs;
  if (question != std::string_view::npos) {
    for (std::string_view pair : util::split(url.substr(question + 1), '&')) {
      pairs.push_back(core::percent_decode(pair));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  return out + "?" + util::join(pairs, "&");
}

std::string url_source(std::string_view url, std::string_view subdirectory) {
  std::string out = "url " + core::redacted(url.substr(0, url.find('#')));
  return subdirectory.empty() ? out : out + "#" + std::string(subdirectory);
}

std::string path_source(std::string_view file) { return "path " + tidy(file); }

std::string tree_source(std::string_view folder) { return "tree " + tidy(folder); }

}  // namespace cartwheel::lock

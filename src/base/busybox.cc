#include "base/busybox.h"

#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;

constexpr std::string_view kFirstNames("\0[\0[[\0", 6);
constexpr std::size_t kMostNames = 2000;

bool is_name(std::string_view text) {
  return text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "[_-.") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> busybox_applets(std::string_view binary) {
  std::vector<std::string> names;
  std::size_t at = binary.find(kFirstNames);
  while (at != std::string_view::npos && names.size() <= kMostNames) {
    const std::size_t begin = at + 1;
    at = binary.find('\0', begin);
    if (at == begin && names.size() > 2) {
      return names;
    }
    std::string_view name = binary.substr(begin, at - begin);
    if (at == std::string_view::npos || name.empty() || !is_name(name)) {
      break;
    }
    names.emplace_back(name);
  }
  throw Error(ErrorKind::refused, "busybox: its list of applets is not where it was");
}

std::vector<layer::TreeEntry> busybox_entries(const std::string& binary, const std::string& shell) {
  constexpr unsigned kExecutable = 0755;
  const std::string folder = std::string(kBusyboxFolder).substr(1);
  std::vector<layer::TreeEntry> out;
  out.push_back(layer::text_entry(folder + "/busybox", binary, kExecutable));
  for (const std::string& name : busybox_applets(binary)) {
    if (name != "busybox") {
      out.push_back(layer::symlink_entry(folder + "/" + name, "busybox"));
    }
  }
  if (!shell.empty()) {
    out.push_back(layer::symlink_entry(shell, std::string(kBusyboxFolder) + "/sh"));
  }
  return out;
}

}  // namespace cartwheel::base

#include "build/projects.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "settings/settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

namespace cartwheel::build {

namespace fs = std::filesystem;

namespace {

constexpr const char* kProjectFile = "pyproject.toml";

std::string tidy(const fs::path& path) {
  std::string out = path.lexically_normal().string();
  while (out.size() > 1 && out.ends_with('/')) {
    out.pop_back();
  }
  return out.empty() ? "." : out;
}

// The value of `source = { KEY = "VALUE"` at the start of the text, for a key that names a folder.
std::string tree_of(std::string_view text) {
  for (std::string_view key : {"editable", "virtual", "directory"}) {
    if (text.starts_with(key) && text.substr(key.size()).starts_with(" = \"")) {
      text.remove_prefix(key.size() + 4);
      return std::string(text.substr(0, text.find('"')));
    }
  }
  return "";
}

// Folders that no member of a workspace lies in.
bool is_passed_over(const std::string& name) {
  constexpr std::array<const char*, 3> kNames{"node_modules", "__pycache__", "venv"};
  return name.starts_with('.') || std::ranges::find(kNames, name) != kNames.end();
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
    std::string name = entry.path().filename().string();
    if (!is_passed_over(name) && entry.is_directory()) {
      out.push_back(std::move(name));
    }
  }
  return out;
}

// Folders below root/at that the components of a glob name, relative to root.
void expand(const fs::path& root,
            const fs::path& at,
            const std::vector<std::string_view>& components,
            std::size_t index,
            std::set<std::string>& out) {
  if (index == components.size()) {
    if (fs::exists(root / at / kProjectFile)) {
      out.insert(tidy(at));
    }
    return;
  }
  std::string_view component = components[index];
  if (component.find_first_of("*?[") == std::string_view::npos) {
    expand(root, at / component, components, index + 1, out);
    return;
  }
  if (component == "**") {
    expand(root, at, components, index + 1, out);
  }
  for (const std::string& name : folders_in(root / at)) {
    if (component == "**") {
      expand(root, at / name, components, index, out);
    } else if (util::glob_matches(component, name)) {
      expand(root, at / name, components, index + 1, out);
    }
  }
}

std::set<std::string> expanded(const std::vector<std::string>& globs, const fs::path& root) {
  std::set<std::string> out;
  for (const std::string& glob : globs) {
    std::string text = tidy(glob);
    expand(root, "", util::split(text, '/'), 0, out);
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> read_trees(std::string_view lock_text, const fs::path& folder) {
  constexpr std::string_view kSource = "\nsource = { ";
  std::map<std::string, std::string> out;
  for (std::size_t at = lock_text.find(kSource); at != std::string_view::npos;
       at = lock_text.find(kSource, at + 1)) {
    std::string tree = tree_of(lock_text.substr(at + kSource.size()));
    if (tree.empty() || tidy(tree) == ".") {
      continue;
    }
    if (std::optional<std::string> text =
            util::read_file_if_present(folder / tree / kProjectFile)) {
      out.emplace(tidy(tree), *std::move(text));
    }
  }
  return out;
}

plan::Projects find_projects(const settings::Project& root,
                             const std::map<std::string, std::string>& trees,
                             const fs::path& folder) {
  plan::Projects out;
  out.has_uv_toml = fs::exists(folder / "uv.toml");
  out.by_folder.emplace(".", root);
  std::map<std::string, std::string> texts = trees;
  std::set<std::string> members = expanded(root.workspace_members, folder);
  for (const std::string& excluded : expanded(root.workspace_exclude, folder)) {
    members.erase(excluded);
  }
  for (const std::string& member : members) {
    if (!texts.contains(member)) {
      texts.emplace(member, util::read_file(folder / member / kProjectFile));
    }
  }
  for (const auto& [at, text] : texts) {
    try {
      out.by_folder.emplace(at, settings::load(text, std::nullopt).project);
    } catch (const util::Error&) {
      members.erase(at);  // building it will tell
    }
  }
  out.members = std::move(members);
  return out;
}

}  // namespace cartwheel::build

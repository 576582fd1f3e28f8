#include "debian/dpkg_database.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/digest.h"
#include "debian/deb822.h"
#include "util/text.h"

namespace cartwheel::debian {

namespace {

// The order in which dpkg writes fields; others follow in the order of the control file.
constexpr std::array kFields = {
    "Package",      "Essential",      "Protected",   "Status",     "Priority",
    "Section",      "Installed-Size", "Origin",      "Maintainer", "Bugs",
    "Architecture", "Multi-Arch",     "Source",      "Version",    "Replaces",
    "Provides",     "Depends",        "Pre-Depends", "Recommends", "Suggests",
    "Breaks",       "Conflicts",      "Enhances",    "Conffiles",  "Description"};

constexpr std::array kMembers = {"conffiles",
                                 "config",
                                 "md5sums",
                                 "postinst",
                                 "postrm",
                                 "preinst",
                                 "prerm",
                                 "templates",
                                 "triggers"};

std::string md5_of(const Tree& tree, const std::string& path) {
  core::AnyHasher hasher("md5");
  const std::string text = tree.text(path);
  hasher.update(util::as_bytes(text));
  return hasher.finish();
}

// "\n /etc/x MD5" for each configuration file that the package brought.
std::string conffiles_field(const System& system, const Installed& package) {
  std::string field;
  const auto names = package.members.find("conffiles");
  if (names == package.members.end()) {
    return field;
  }
  for (std::string_view line : util::lines(names->second)) {
    const std::string_view path = util::trim(line.substr(std::min(line.find('/'), line.size())));
    const auto at = system.tree.resolve(path);
    const Node* node = at ? system.tree.find(*at) : nullptr;
    if (node != nullptr && node->kind == Node::Kind::file && !path.empty()) {
      field += fmt::format("\n {} {}", path, md5_of(system.tree, *at));
    }
  }
  return field;
}

std::string status_paragraph(const System& system, const Installed& package) {
  const Paragraph control = parse_paragraph(package.control, "control");
  std::string text;
  const auto put = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      text += fmt::format("{}:{}{}\n", name, value.starts_with('\n') ? "" : " ", value);
    }
  };
  for (const std::string_view name : kFields) {
    if (name == "Status") {
      put(name, "install ok installed");
    } else if (name == "Conffiles") {
      put(name, conffiles_field(system, package));
    } else {
      put(name, control.get(name));
    }
  }
  for (const Paragraph::Field& field : control.fields) {
    if (std::find(kFields.begin(), kFields.end(), field.name) == kFields.end()) {
      put(field.name, field.value);
    }
  }
  return text;
}

}  // namespace

void write_dpkg_database(System& system) {
  Tree& tree = system.tree;
  for (const char* folder :
       {"var/lib/dpkg", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"}) {
    tree.ensure_directory(folder);
  }
  tree.put("var/lib/dpkg/info/format", Node::file("1\n"));
  std::string status;
  for (const Installed& package : system.packages) {
    status += status_paragraph(system, package) + "\n";
    const bool is_per_architecture =
        parse_paragraph(package.control, "control").get("Multi-Arch") == "same";
    const std::string stem = "var/lib/dpkg/info/" + package.name +
                             (is_per_architecture ? ":" + package.architecture : std::string());
    tree.put(stem + ".list", Node::file(package.list));
    for (const char* member : kMembers) {
      const auto text = package.members.find(member);
      if (text != package.members.end()) {
        const std::string_view name = member;
        const bool is_script =
            name.starts_with("pre") || name.starts_with("post") || name == "config";
        tree.put(stem + "." + member, Node::file(text->second, is_script ? 0755 : 0644));
      }
    }
  }
  tree.put("var/lib/dpkg/status", Node::file(std::move(status)));
}

}  // namespace cartwheel::debian

#include "plan/needs.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "facts/wheel_facts.h"
#include "plan/add_finding.h"
#include "plan/library_tables.h"
#include "plan/loader.h"
#include "plan/needs_report.h"
#include "plan/package_layers.h"
#include "python/requirement.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

constexpr std::string_view kStdcxx = "libstdc++.so.6";

// A module that `import` loads: its name says for which Python's ABI it is ("x.cpython-311-….so",
// "x.abi3.so"). What has a plain name is a library or a plug-in, opened by whoever wants it.
bool is_extension_module(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  return name.ends_with(".so") && (name.find(".cpython-3") != std::string_view::npos ||
                                   name.ends_with(".abi3.so") || name.ends_with(".abi3t.so"));
}

// "3.4.9" below "3.4.30".
bool is_older(std::string_view one, std::string_view other) {
  auto key = [](std::string_view text) {
    std::vector<unsigned long> numbers;
    for (std::string_view part : util::split(text, '.')) {
      numbers.push_back(std::strtoul(std::string(part).c_str(), nullptr, 10));
    }
    return numbers;
  };
  return key(one) < key(other);
}

class NeedsFinder {
 public:
  NeedsFinder(Plan& plan, const NeedsInput& input)
      : plan_(plan),
        input_(input),
        loader_(plan.target.platform.machine(), input.base.libraries),
        site_(fmt::format(
            "{}/lib/python{}/site-packages/", input.settings.prefix, plan.target.python.str())) {}

  void run() {
    if (input_.base.libraries.empty() || !read_facts()) {
      return;
    }
    plan_.needs.checked = true;
    add_files();
    add_folders();
    for (std::size_t i = 0; i < loader_.files().size(); ++i) {
      check_file(i);
    }
    check_opened();
    settle();
    report_missing(plan_, input_.adds_packages);
  }

 private:
  // Whether every wheel's inside is known that could hold a library.
  bool read_facts() {
    for (const PlannedPackage& package : plan_.packages) {
      std::optional<core::Digest> digest =
          package.wheel ? package.wheel->sha256() : std::optional<core::Digest>();
      facts_.push_back(digest ? input_.facts(*digest) : std::nullopt);
      bool may_hold = package.wheel ? !package.wheel->filename.ends_with("-none-any.whl")
                                    : package.origin != Origin::directory;
      if (!facts_.back() && may_hold) {
        return false;
      }
    }
    return true;
  }

  std::string path_of(const std::string& installed) const {
    return "/" + facts::tar_path(installed,
                                 "",
                                 input_.settings.prefix.substr(1),
                                 "python" + plan_.target.python.str());
  }

  std::string below_site(const std::string& path) const {
    return path.starts_with(site_) ? path.substr(site_.size()) : path;
  }

  void add_files() {
    for (std::size_t i = 0; i < facts_.size(); ++i) {
      if (!facts_[i]) {
        continue;
      }
      const std::vector<std::string> globs = exclude_globs(plan_.packages[i].name, input_.settings);
      for (const facts::ElfFacts& elf : facts_[i]->elf) {
        if (!facts::is_excluded(globs, elf.path)) {
          loader_.add({.package = i, .path = path_of(elf.path), .elf = &elf});
        }
      }
    }
  }

  // ---- folders that ld.so must be told of ----

  // ".../site-packages/nvidia/cublas/lib": NVIDIA's wheels have their libraries there, and only
  // those who know of them look there.
  bool is_nvidia_folder(const std::string& folder) const {
    return folder.starts_with(site_ + "nvidia/") && folder.ends_with("/lib");
  }

  // The folder of NVIDIA's wheels that has a library, or "".
  std::string nvidia_folder_with(const std::string& soname) const {
    for (std::size_t file : loader_.files_named(soname)) {
      std::string folder = folder_of(loader_.files()[file].path);
      if (is_nvidia_folder(folder)) {
        return folder;
      }
    }
    return "";
  }

  void want_folder(const std::string& soname, const std::string& package) {
    std::string folder = nvidia_folder_with(soname);
    if (folder.empty()) {
      return;
    }
    if (folders_[folder].empty()) {
      loader_.add_folder(folder);
    }
    folders_[folder].insert(package);
  }

  // What a folder's libraries need can lie in a further one.
  void add_folders() {
    for (const OpenedLibraries& opened : opened_libraries()) {
      if (std::optional<std::size_t> package = find_package(opened.package)) {
        for (std::string_view soname : opened.sonames) {
          if (!is_brought_by(*package, std::string(soname))) {
            want_folder(std::string(soname), std::string(opened.package));
          }
        }
      }
    }
    std::size_t before = 0;
    do {
      before = folders_.size();
      for (std::size_t i = 0; i < loader_.files().size(); ++i) {
        for (const Loader::Missing& missing : load(i).missing) {
          std::size_t package = loader_.files()[missing.file].package;
          if (!is_loaded_before(package, missing.soname)) {
            want_folder(missing.soname, plan_.packages[package].name);
          }
        }
      }
    } while (folders_.size() > before);
  }

  Loader::Loaded load(std::size_t file) const {
    return loader_.is_of_machine(loader_.files()[file]) ? loader_.load(file) : Loader::Loaded();
  }

  // ---- who depends on whom ----

  std::optional<std::size_t> find_package(std::string_view name) const {
    auto found = std::ranges::lower_bound(plan_.packages, name, {}, &PlannedPackage::name);
    return found != plan_.packages.end() && found->name == name
               ? std::optional(static_cast<std::size_t>(found - plan_.packages.begin()))
               : std::nullopt;
  }

  // The package itself and what it requires, directly or not.
  const std::set<std::size_t>& requirements_of(std::size_t package) {
    auto [place, is_new] = requirements_.try_emplace(package);
    if (!is_new) {
      return place->second;
    }
    std::vector<std::size_t> next = {package};
    while (!next.empty()) {
      std::size_t one = next.back();
      next.pop_back();
      if (!place->second.insert(one).second || !facts_[one]) {
        continue;
      }
      for (const std::string& text : facts_[one]->requires_dist) {
        if (std::optional<std::size_t> required = find_package(requirement_name(text))) {
          next.push_back(*required);
        }
      }
    }
    return place->second;
  }

  static std::string requirement_name(const std::string& text) {
    try {
      return python::Requirement::parse(text).name;
    } catch (const util::Error&) {
      return "";  // an old wheel's own spelling; then it leads nowhere
    }
  }

  // Sonames that the files of a package reach by their own paths.
  const std::set<std::string>& reached_by(std::size_t package) {
    auto [place, is_new] = reached_.try_emplace(package);
    for (std::size_t i = 0; is_new && i < loader_.files().size(); ++i) {
      if (loader_.files()[i].package == package) {
        for (std::size_t file : load(i).files) {
          const LoaderFile& loaded = loader_.files()[file];
          place->second.insert(loaded.elf->soname);
          place->second.insert(loaded.path.substr(loaded.path.rfind('/') + 1));
        }
      }
    }
    return place->second;
  }

  // Whether a package that is imported first brings the library into the process: its own wheel,
  // or one that it requires, holds it (torchvision's module finds torch's libraries there) or loads
  // it by its own paths (and those of NVIDIA that torch loads). Python code does that, which no ELF
  // file says.
  bool is_loaded_before(std::size_t package, const std::string& soname) {
    return std::ranges::any_of(requirements_of(package),
                               [&](std::size_t one) { return is_brought_by(one, soname); });
  }
  bool is_brought_by(std::size_t package, const std::string& soname) {
    bool has_it = std::ranges::any_of(loader_.files_named(soname), [&](std::size_t file) {
      const LoaderFile& found = loader_.files()[file];
      return found.package == package && !is_nvidia_folder(folder_of(found.path));
    });
    return has_it || (!is_only_nvidia(package) && reached_by(package).contains(soname));
  }
  // NVIDIA's wheels reach each other's libraries, but nobody imports them.
  bool is_only_nvidia(std::size_t package) const {
    return plan_.packages[package].name.starts_with("nvidia-");
  }

  // ---- problems ----

  void check_file(std::size_t file) {
    const LoaderFile& root = loader_.files()[file];
    std::string path = below_site(root.path);
    const std::string& package = plan_.packages[root.package].name;
    bool is_required = is_extension_module(path) && !is_optional_module(package, path);
    Loader::Loaded loaded = load(file);
    for (const Loader::Missing& missing : loaded.missing) {
      const LoaderFile& by = loader_.files()[missing.file];
      // what a library lacks is said of whoever needs it only if that is a module
      if ((is_required || missing.file == file) && !is_provided(missing.soname) &&
          !is_loaded_before(root.package, missing.soname)) {
        std::string elsewhere = package_with(missing.soname);
        note({.package = plan_.packages[by.package].name,
              .file = below_site(by.path),
              .soname = missing.soname,
              .required = is_required && elsewhere.empty(),
              .debian = {},
              .elsewhere = elsewhere});
      }
    }
    bool own_stdcxx = std::ranges::any_of(loaded.files, [&](std::size_t one) {
      const LoaderFile& by = loader_.files()[one];
      return by.elf->soname == kStdcxx || by.path.ends_with("/" + std::string(kStdcxx));
    });
    if (!own_stdcxx && !loaded.files.empty()) {
      check_stdcxx(root, is_required);
    }
  }

  // A package that has a library of this name, though not where the loader looks: whoever needs it
  // may import that package first without requiring it.
  std::string package_with(const std::string& soname) const {
    std::vector<std::size_t> files = loader_.files_named(soname);
    return files.empty() ? "" : plan_.packages[loader_.files()[files[0]].package].name;
  }

  // Whether the user or the host's driver provides it.
  bool is_provided(const std::string& soname) const {
    return is_driver_library(soname) ||
           std::ranges::any_of(input_.settings.provided_libraries, [&](const std::string& glob) {
             return util::glob_matches(glob, soname);
           });
  }

  void note(MissingLibrary missing) {
    auto key = std::tuple(missing.package, missing.file, missing.soname);
    auto [place, is_new] = missing_.try_emplace(std::move(key), missing);
    place->second.required = place->second.required || missing.required;
  }

  void check_opened() {
    for (const OpenedLibraries& opened : opened_libraries()) {
      std::optional<std::size_t> package = find_package(opened.package);
      for (std::string_view name : opened.sonames) {
        std::string soname(name);
        if (package && opened.required && !brings_own(*package, soname) &&
            !std::ranges::binary_search(input_.base.libraries, soname) && !is_provided(soname)) {
          note({.package = plan_.packages[*package].name,
                .file = {},
                .soname = soname,
                .required = true,
                .debian = {},
                .elsewhere = {}});
        }
      }
    }
  }

  // Whether a wheel has the library under some name: "_soundfile_data/libsndfile_x86_64.so".
  bool brings_own(std::size_t package, const std::string& soname) const {
    std::string stem = soname.substr(0, soname.find_first_of(".-"));
    return std::ranges::any_of(loader_.files(), [&](const LoaderFile& file) {
      return file.package == package &&
             file.path.find("/" + stem, file.path.rfind('/')) != std::string::npos;
    });
  }

  void check_stdcxx(const LoaderFile& file, bool is_required) {
    auto wanted = file.elf->versions.find(std::string(kStdcxx));
    if (wanted == file.elf->versions.end()) {
      return;
    }
    for (auto [prefix, has] :
         {std::pair("GLIBCXX", &input_.base.libstdcxx), std::pair("CXXABI", &input_.base.cxxabi)}) {
      auto version = wanted->second.find(prefix);
      if (version != wanted->second.end() && !has->empty() && is_older(*has, version->second)) {
        Severity severity = is_required ? Severity::error : Severity::warning;
        add_finding(plan_,
                    "libstdcxx-too-old",
                    severity,
                    plan_.packages[file.package].name,
                    fmt::format("{} needs {}_{}, the base's libstdc++ has {}_{}",
                                below_site(file.path),
                                prefix,
                                version->second,
                                prefix,
                                *has),
                    "choose a base with a newer libstdc++");
      }
    }
  }

  void settle() {
    std::set<std::string> apt;
    for (auto& [key, missing] : missing_) {
      missing.debian = missing.elsewhere.empty() ? input_.debian_package(missing.soname) : "";
      if (missing.required && !missing.debian.empty()) {
        apt.insert(missing.debian);
      }
      plan_.needs.missing.push_back(missing);
    }
    plan_.needs.apt.assign(apt.begin(), apt.end());
    for (const auto& [path, wanted_by] : folders_) {
      LibraryFolder folder{.path = path, .wanted_by = {wanted_by.begin(), wanted_by.end()}};
      for (const LoaderFile& file : loader_.files()) {
        if (folder_of(file.path) == path && loader_.is_of_machine(file)) {
          std::string name = file.path.substr(path.size() + 1);
          folder.libraries.push_back(
              {.file = name, .soname = file.elf->soname.empty() ? name : file.elf->soname});
        }
      }
      std::ranges::sort(folder.libraries, {}, &LibraryFolder::Library::file);
      plan_.needs.folders.push_back(std::move(folder));
    }
  }

  Plan& plan_;
  const NeedsInput& input_;
  Loader loader_;
  std::string site_;                                      // absolute, with '/' at the end
  std::vector<std::optional<facts::WheelFacts>> facts_;   // of each package
  std::map<std::string, std::set<std::string>> folders_;  // path → who wants it
  std::map<std::size_t, std::set<std::size_t>> requirements_;
  std::map<std::size_t, std::set<std::string>> reached_;
  std::map<std::tuple<std::string, std::string, std::string>, MissingLibrary> missing_;
};

}  // namespace

void add_needs(Plan& plan, const NeedsInput& input) { NeedsFinder(plan, input).run(); }

}  // namespace cartwheel::plan

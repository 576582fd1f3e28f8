#include "layer/entries.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "layer/collisions.h"
#include "python/record.h"
#include "python/tags.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::layer {

using archive::EntryKind;
using archive::TarEntry;
using archive::ZipMember;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kMostEntries = 1'000'000;  // docs/formats.md section 1
constexpr std::uint64_t kMostSize = 1ULL << 40;

// Text that the installer makes.
struct Generated {
  std::string text;
  unsigned mode = 0644;
};

// Of one wheel, what one layer of it holds.
class WheelEntries {
 public:
  WheelEntries(const WheelLayerSpec& spec, const OpenWheel& wheel, MemberReader& reader)
      : spec_(spec),
        wheel_(wheel),
        reader_(reader),
        site_(tar_path("purelib/", wheel.input->name, spec)),
        interpreter_(fmt::format("/{}/bin/python", spec.prefix)) {}

  // Appends to files, numbering them as of that wheel.
  void append(std::size_t index, std::vector<LayerFile>& files) {
    add_own_files(index, files);
    if (!spec_.part || spec_.part->first == spec_.part->second) {
      add_scripts();
      add_dist_info();
      for (auto& [path, generated] : generated_) {
        if (!is_omitted(path)) {
          files.push_back({.entry = file_entry(path, generated.mode, generated.text.size()),
                           .wheel = index,
                           .text = std::move(generated.text)});
        }
      }
      add_compiled(index, files);
    }
  }

 private:
  static TarEntry file_entry(const std::string& path, unsigned mode, std::uint64_t size) {
    TarEntry entry{.path = path, .kind = EntryKind::file, .mode = mode, .size = size, .target = {}};
    archive::check_entry(entry);
    if (size > kMostSize) {
      throw Error(ErrorKind::refused,
                  fmt::format("'{}' has {} bytes: at most {} can be", path, size, kMostSize));
    }
    return entry;
  }

  void add_own_files(std::size_t index, std::vector<LayerFile>& files) {
    for (std::size_t i = 0; i < wheel_.contents.files.size(); ++i) {
      const WheelFileEntry& file = wheel_.contents.files[i];
      const ZipMember& member = wheel_.contents.members[file.member];
      std::string path = tar_path(file.installed, wheel_.input->name, spec_);
      if (!own_paths_.insert(path).second) {
        throw Error(ErrorKind::refused, fmt::format("two files would be '{}'", path));
      }
      if (facts::is_excluded(spec_.exclude, file.installed)) {
        continue;
      }
      if (file.rewritten) {
        rewritten_.push_back(&file);
        continue;
      }
      if (file.in_record) {
        record_.push_back(
            {.path = record_path(file, path),
             .hash = file.stronger_hash.empty() ? file.record_hash : file.stronger_hash,
             .size = member.size});
      }
      bool here = !spec_.part || wheel_.parts.part_of[i] == spec_.part->first;
      if (here && !is_omitted(path)) {
        files.push_back({.entry = file_entry(path, file.executable ? 0755 : 0644, member.size),
                         .wheel = index,
                         .member = &member,
                         .text = {}});
      }
    }
  }

  void add_scripts() {
    for (const WheelFileEntry* file : rewritten_) {
      std::string text = reader_.read_text(
          *wheel_.file, wheel_.contents.members[file->member], !wheel_.input->trusted, kMostText);
      generate(tar_path(file->installed, wheel_.input->name, spec_), with_interpreter(text), 0755);
    }
    python::PythonVersion version = python::PythonVersion::parse(
        std::string_view(spec_.python).substr(std::min<std::size_t>(6, spec_.python.size())));
    for (const python::ScriptEntryPoint& script :
         python::installed_scripts(wheel_.contents.scripts, version)) {
      std::string path = tar_path("scripts/" + script.name, wheel_.input->name, spec_);
      // A file of the data scheme that lies there is installed later, and stays.
      bool excluded = facts::is_excluded(spec_.exclude, "scripts/" + script.name);
      if (!own_paths_.contains(path) && !excluded) {
        generated_.erase(path);
        std::erase_if(record_, [&](const auto& entry) { return entry.path == record_path(path); });
        generate(path, python::script_text(script, interpreter_), 0755);
      }
    }
  }

  // The .pyc of every source that is installed here, unless the wheel brings a file in its place.
  // RECORD does not list them, as after `uv pip install --compile-bytecode`.
  void add_compiled(std::size_t index, std::vector<LayerFile>& files) {
    std::map<std::string, const ZipMember*> compiled;
    for (const ZipMember& member : wheel_.pack.members) {
      const std::string source = tar_path(member.name, wheel_.input->name, spec_);
      std::string path = pyc_path(source, *spec_.bytecode);
      bool excluded = facts::is_excluded(spec_.exclude, member.name) ||
                      facts::is_excluded(spec_.exclude, pyc_path(member.name, *spec_.bytecode));
      if (!excluded && !is_omitted(source) && !is_omitted(path) && !own_paths_.contains(path)) {
        compiled.emplace(std::move(path), &member);
      }
    }
    for (const auto& [path, member] : compiled) {
      files.push_back({.entry = file_entry(path, 0644, member->size),
                       .wheel = index,
                       .member = member,
                       .is_compiled = true,
                       .text = {}});
    }
  }

  // The whole first line becomes the interpreter's, options and all, as with pip and uv.
  std::string with_interpreter(std::string_view text) const {
    text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
    text.remove_prefix(std::min<std::size_t>(text.starts_with("\r\n") ? 2 : 1, text.size()));
    return python::shebang(interpreter_) + std::string(text);
  }

  void add_dist_info() {
    std::string folder = site_ + wheel_.contents.dist_info + "/";
    for (auto [name, text] : {std::pair<const char*, std::string>("INSTALLER", "cartwheel"),
                              {"REQUESTED", ""},
                              {"direct_url.json", wheel_.input->direct_url}}) {
      bool wanted = !text.empty() || name == std::string_view("REQUESTED");
      if (wanted) {
        generate(folder + name, text, 0644);
      }
    }
    std::ranges::sort(record_, {}, &python::RecordEntry::path);
    record_.push_back({.path = wheel_.contents.dist_info + "/RECORD", .hash = "", .size = {}});
    generated_[folder + "RECORD"] = {.text = python::record_text(record_),
                                     .mode = wheel_.contents.record_executable ? 0755U : 0644U};
  }

  // Makes a file and lists it.
  void generate(const std::string& path, std::string text, unsigned mode) {
    std::string hash = "sha256=" + util::base64url(core::Digest::of(text).bytes());
    record_.push_back({.path = record_path(path), .hash = hash, .size = text.size()});
    generated_[path] = {.text = std::move(text), .mode = mode};
  }

  // As record_path(), of a wheel's own file; the link lib64 is not followed.
  std::string record_path(const WheelFileEntry& file, const std::string& path) const {
    constexpr std::string_view kData = "data/";
    return file.installed.starts_with("data/lib64/")
               ? record_path(spec_.prefix + "/" + file.installed.substr(kData.size()))
               : record_path(path);
  }

  // Relative to site-packages: "pkg/x.py", "../../libx.so", "../../../bin/run".
  std::string record_path(const std::string& path) const {
    std::size_t shared = 0;  // bytes of the folders that both lie in
    for (std::size_t i = 0; i < std::min(path.size(), site_.size()) && path[i] == site_[i]; ++i) {
      shared = path[i] == '/' ? i + 1 : shared;
    }
    std::string up;
    for (auto left = std::count(site_.begin() + std::ptrdiff_t(shared), site_.end(), '/'); left > 0;
         --left) {
      up += "../";
    }
    return up + path.substr(shared);
  }

  bool is_omitted(const std::string& path) const {
    return std::ranges::binary_search(wheel_.input->omit, path);
  }

  const WheelLayerSpec& spec_;
  const OpenWheel& wheel_;
  MemberReader& reader_;
  std::string site_;  // with '/' at the end
  std::string interpreter_;
  std::unordered_set<std::string> own_paths_;
  std::vector<const WheelFileEntry*> rewritten_;
  std::vector<python::RecordEntry> record_;
  std::map<std::string, Generated> generated_;  // by tar path
};

TarEntry folder_entry(const std::string& path, const WheelLayerSpec& spec) {
  TarEntry entry{.path = path, .kind = EntryKind::directory, .mode = 0755, .target = {}};
  auto parent = std::ranges::find(spec.parents, path, &facts::BaseFacts::Parent::path);
  if (parent != spec.parents.end()) {
    entry.mode = parent->mode;
    entry.uid = parent->uid;
    entry.gid = parent->gid;
  }
  return entry;
}

// Every ancestor of every file, once; and no path twice.
void add_folders(const WheelLayerSpec& spec,
                 const std::vector<OpenWheel>& wheels,
                 LayerEntries& entries) {
  std::set<std::string> folders{spec.prefix + "/"};  // path + '/'
  std::unordered_map<std::string_view, std::size_t> seen;
  auto add_ancestors = [&](const std::string& path) {
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      if (!folders.insert(path.substr(0, slash + 1)).second) {
        return;
      }
    }
  };
  add_ancestors(spec.prefix);
  for (const LayerFile& file : entries.files) {
    auto [other, fresh] = seen.try_emplace(file.entry.path, file.wheel);
    if (!fresh) {
      throw Error(ErrorKind::refused,
                  fmt::format("'{}' is in {} and in {}",
                              file.entry.path,
                              wheels[other->second].input->filename,
                              wheels[file.wheel].input->filename));
    }
    add_ancestors(file.entry.path);
  }
  for (const std::string& folder : folders) {
    std::string path = folder.substr(0, folder.size() - 1);
    if (auto found = seen.find(path); found != seen.end()) {
      throw Error(
          ErrorKind::refused,
          fmt::format(
              "'{}' of {} is a file and a folder", path, wheels[found->second].input->filename));
    }
    entries.folders.push_back(folder_entry(path, spec));
    archive::check_entry(entries.folders.back());
  }
}

}  // namespace

LayerEntries layer_entries(const WheelLayerSpec& spec,
                           const std::vector<OpenWheel>& wheels,
                           MemberReader& reader) {
  LayerEntries entries;
  for (std::size_t i = 0; i < wheels.size(); ++i) {
    util::in_context(wheels[i].input->filename,
                     [&] { WheelEntries(spec, wheels[i], reader).append(i, entries.files); });
  }
  add_folders(spec, wheels, entries);
  if (std::size_t count = entries.folders.size() + entries.files.size(); count > kMostEntries) {
    throw Error(ErrorKind::refused,
                fmt::format("a layer of {} entries: at most {} can be", count, kMostEntries));
  }
  return entries;
}

std::uint64_t tar_size(const LayerEntries& entries) {
  std::uint64_t size = archive::kTarEnd;
  for (const TarEntry& folder : entries.folders) {
    size += archive::tar_header(folder).size();
  }
  for (const LayerFile& file : entries.files) {
    size += archive::tar_header(file.entry).size() + file.entry.size +
            archive::tar_padding(file.entry.size);
  }
  return size;
}

}  // namespace cartwheel::layer

#include "layer/wheel_contents.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "archive/zip_member.h"
#include "layer/recorded_hash.h"
#include "python/names.h"
#include "python/record.h"
#include "python/tags.h"
#include "python/version.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::layer {

using archive::ZipMember;
using facts::WheelFinding;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kPlaceholder = "#!python";

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// The name of a script without what Windows installers append (as pip and uv compare it).
std::string_view script_stem(std::string_view name) {
  for (std::string_view end : {".exe", "-script.py", ".pya"}) {
    if (name.ends_with(end)) {
      return name.substr(0, name.size() - end.size());
    }
  }
  return name;
}

class Reader {
 public:
  Reader(const util::RandomAccess& file, const WheelInput& wheel, MemberReader& reader)
      : file_(file),
        wheel_(wheel),
        reader_(reader) {}

  WheelContents read() {
    contents_.members = archive::read_zip(file_);
    for (std::size_t i = 0; i < contents_.members.size(); ++i) {
      member_of_.emplace(contents_.members[i].name, i);
    }
    find_dist_info();
    contents_.metadata = python::Metadata::parse(dist_info_text("METADATA"));
    contents_.wheel = python::WheelFile::parse(dist_info_text("WHEEL"));
    check_names();
    read_entry_points();
    read_record();
    map_files();
    check_paths();
    note_case_twins();
    hash_unlisted();
    std::ranges::sort(contents_.findings, {}, [](const WheelFinding& finding) {
      return std::pair(finding.code, finding.path);
    });
    return std::move(contents_);
  }

 private:
  void find_dist_info() {
    std::set<std::string> found;
    for (const ZipMember& member : contents_.members) {
      std::string_view first = std::string_view(member.name).substr(0, member.name.find('/'));
      if (first.ends_with(".dist-info") && first.size() < member.name.size()) {
        found.emplace(first);
      }
    }
    if (found.size() != 1) {
      std::vector<std::string> names(found.begin(), found.end());
      throw Error(ErrorKind::malformed,
                  fmt::format("wanted one .dist-info folder, found {}{}",
                              found.empty() ? "none" : "",
                              util::join(names, ", ")));
    }
    contents_.dist_info = *found.begin();
    data_ = contents_.dist_info.substr(0, contents_.dist_info.rfind('.')) + ".data";
  }

  std::string dist_info_text(const char* name) {
    auto found = member_of_.find(contents_.dist_info + "/" + name);
    if (found == member_of_.end()) {
      throw Error(ErrorKind::malformed, fmt::format("{} has no {}", contents_.dist_info, name));
    }
    return reader_.read_text(file_, contents_.members[found->second], !wheel_.trusted, kMostText);
  }

  void note(const char* code, const std::string& path) {
    contents_.findings.push_back({.code = code, .path = path});
  }

  // The file name, the folder and METADATA must mean one package; of the version METADATA may have
  // another local part than the file name.
  void check_names() {
    python::WheelFilename filename = python::WheelFilename::parse(wheel_.filename);
    std::string_view stem(contents_.dist_info);
    stem.remove_suffix(std::string_view(".dist-info").size());
    std::string folder_name = python::normalized_name(stem.substr(0, stem.find('-')));
    for (const std::string& name :
         {folder_name, python::normalized_name(contents_.metadata.name)}) {
      if (name != filename.name) {
        throw Error(ErrorKind::malformed,
                    fmt::format("its name says '{}', its content '{}'", filename.name, name));
      }
    }
    check_version(filename);
    check_tags(filename);
  }

  // The file name may lack METADATA's local part, or have one more.
  void check_version(const python::WheelFilename& filename) const {
    auto named = python::Version::find(filename.version);
    auto inside = python::Version::find(contents_.metadata.version);
    bool same = named && inside ? named->without_local() == inside->without_local()
                                : filename.version == contents_.metadata.version;
    if (!same) {
      throw Error(ErrorKind::malformed,
                  fmt::format("its name says version '{}', its METADATA '{}'",
                              filename.version,
                              contents_.metadata.version));
    }
  }

  void check_tags(const python::WheelFilename& filename) {
    std::set<std::string> named;
    for (const std::string& python : filename.python_tags) {
      for (const std::string& abi : filename.abi_tags) {
        for (const std::string& platform : filename.platform_tags) {
          named.insert(fmt::format("{}-{}-{}", python, abi, platform));
        }
      }
    }
    std::set<std::string> inside(contents_.wheel.tags.begin(), contents_.wheel.tags.end());
    if (named != inside) {
      note("tags-differ", "");
    }
  }

  void read_entry_points() {
    if (auto found = member_of_.find(contents_.dist_info + "/entry_points.txt");
        found != member_of_.end()) {
      contents_.scripts = python::parse_entry_points(
          reader_.read_text(file_, contents_.members[found->second], !wheel_.trusted, kMostText));
    }
    for (const python::ScriptEntryPoint& script : contents_.scripts) {
      script_names_.insert(script.name);
    }
  }

  void read_record() {
    auto member = member_of_.find(contents_.dist_info + "/RECORD");
    contents_.record_executable =
        member != member_of_.end() && contents_.members[member->second].executable();
    for (python::RecordEntry& entry : python::parse_record(dist_info_text("RECORD"))) {
      // One known builder writes absolute paths.
      std::string path =
          entry.path.substr(std::min(entry.path.find_first_not_of('/'), entry.path.size()));
      if (!member_of_.contains(path) && path != contents_.dist_info + "/RECORD") {
        note("record-extra", path);
      }
      record_[path] = std::move(entry);
    }
  }

  void map_files() {
    for (std::size_t i = 0; i < contents_.members.size(); ++i) {
      const ZipMember& member = contents_.members[i];
      if (member.is_directory) {
        continue;
      }
      WheelFileEntry entry;
      entry.member = i;
      entry.installed = installed_path(member.name);
      if (is_replaced(entry.installed)) {
        continue;
      }
      entry.executable = member.executable();
      check_reserved(entry);
      if (entry.installed.starts_with("scripts/") && !map_script(entry)) {
        continue;
      }
      set_record(entry);
      contents_.files.push_back(std::move(entry));
    }
  }

  // What the installer writes itself.
  bool is_replaced(const std::string& installed) const {
    std::string folder = "purelib/" + contents_.dist_info;
    if (!is_below(installed, folder)) {
      return false;
    }
    std::string_view rest = std::string_view(installed).substr(folder.size() + 1);
    return rest == "RECORD" || rest == "INSTALLER" || rest == "REQUESTED" ||
           rest == "direct_url.json";
  }

  std::string installed_path(const std::string& name) const {
    if (!is_below(name, data_)) {
      return "purelib/" + name;
    }
    std::string_view rest = std::string_view(name).substr(data_.size() + 1);
    std::size_t slash = rest.find('/');
    std::string_view scheme = rest.substr(0, slash);
    if (slash != std::string_view::npos) {
      std::string_view path = rest.substr(slash + 1);
      if (scheme == "purelib" || scheme == "platlib") {
        return fmt::format("purelib/{}", path);
      }
      if (scheme == "scripts" || scheme == "headers" || scheme == "data") {
        return fmt::format("{}/{}", scheme, path);
      }
    }
    throw Error(
        ErrorKind::malformed,
        fmt::format("{}: wanted purelib, platlib, scripts, headers or data below {}", name, data_));
  }

  // The environment's own files.
  void check_reserved(const WheelFileEntry& entry) const {
    std::string_view path = entry.installed;
    bool reserved = path == "data/pyvenv.cfg" || path == "data/bin" || path == "data/lib64";
    for (std::string_view folder : {"scripts/", "data/bin/"}) {
      std::string_view name = path.substr(std::min(folder.size(), path.size()));
      reserved = reserved || (path.starts_with(folder) &&
                              python::is_reserved_script_name(name.substr(0, name.find('/'))));
    }
    if (reserved) {
      throw Error(ErrorKind::refused,
                  fmt::format("{}: would replace the interpreter or its settings",
                              contents_.members[entry.member].name));
    }
  }

  // Whether it is installed: not when an entry point of that name is.
  bool map_script(WheelFileEntry& entry) {
    const ZipMember& member = contents_.members[entry.member];
    std::string_view name =
        std::string_view(entry.installed).substr(std::string_view("scripts/").size());
    if (name.find('/') != std::string_view::npos) {
      throw Error(ErrorKind::malformed, fmt::format("{}: a folder among the scripts", member.name));
    }
    if (script_names_.contains(std::string(script_stem(name)))) {
      return false;
    }
    entry.executable = true;
    entry.rewritten =
        reader_.read_beginning(file_, member, kPlaceholder.size()).starts_with(kPlaceholder);
    if (entry.rewritten && member.size > kMostText) {
      throw Error(ErrorKind::refused,
                  fmt::format("{}: a script of {} bytes", member.name, member.size));
    }
    return true;
  }

  void set_record(WheelFileEntry& entry) {
    const ZipMember& member = contents_.members[entry.member];
    bool signature = member.name == contents_.dist_info + "/RECORD.jws" ||
                     member.name == contents_.dist_info + "/RECORD.p7s";
    entry.in_record = !signature;
    auto found = record_.find(member.name);
    if (found == record_.end()) {
      if (!signature) {
        note("record-missing", entry.installed);
      }
      return;
    }
    const python::RecordEntry& recorded = found->second;
    if (recorded.size && *recorded.size != member.size) {
      note("record-size", entry.installed);
    }
    if (auto half = first_half_of_sha256(recorded.hash)) {
      entry.record_hash = recorded.hash;
      entry.content = *half;
    } else if (!signature && !StrongerHash::find(recorded.hash)) {
      note("record-hash-missing", entry.installed);
    }
  }

  // No two files may want one place, and none the place of a folder.
  void check_paths() {
    std::unordered_map<std::string_view, std::size_t> seen;
    std::unordered_set<std::string_view> folders;
    for (const WheelFileEntry& entry : contents_.files) {
      const std::string& name = contents_.members[entry.member].name;
      auto [other, fresh] = seen.try_emplace(entry.installed, entry.member);
      if (!fresh) {
        throw Error(
            ErrorKind::refused,
            fmt::format(
                "{} and {} would be one file", contents_.members[other->second].name, name));
      }
      std::string_view path = entry.installed;
      for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
           slash = path.rfind('/', slash - 1)) {
        if (!folders.insert(path.substr(0, slash)).second) {
          break;
        }
      }
    }
    for (const WheelFileEntry& entry : contents_.files) {
      if (folders.contains(entry.installed)) {
        throw Error(ErrorKind::refused,
                    fmt::format("{} is a file, and other files lie below it",
                                contents_.members[entry.member].name));
      }
    }
  }

  // Paths that are one on a file system without letter case.
  void note_case_twins() {
    std::unordered_set<std::string> folded;
    for (const WheelFileEntry& entry : contents_.files) {
      if (!folded.insert(util::lower(entry.installed)).second) {
        note("case-twins", entry.installed);
      }
    }
  }

  void hash_unlisted() {
    for (WheelFileEntry& entry : contents_.files) {
      if (!entry.record_hash.empty()) {
        continue;
      }
      const ZipMember& member = contents_.members[entry.member];
      auto recorded = record_.find(member.name);
      std::optional<StrongerHash> stronger =
          recorded == record_.end() ? std::nullopt : StrongerHash::find(recorded->second.hash);
      core::Hasher hasher;
      reader_.read(file_, member, !wheel_.trusted, [&](util::Bytes piece) {
        hasher.update(piece);
        if (stronger) {
          stronger->update(piece);
        }
        return true;
      });
      core::Digest digest = hasher.finish();
      entry.record_hash = "sha256=" + util::base64url(digest.bytes());
      if (stronger) {
        check_stronger(entry, stronger->finish());
      }
      std::copy_n(digest.bytes().begin(), entry.content.size(), entry.content.begin());
    }
  }

  // A hash by sha384 or sha512 stays as the wheel's RECORD has it.
  void check_stronger(WheelFileEntry& entry, const std::string& found) const {
    const ZipMember& member = contents_.members[entry.member];
    const std::string& recorded = record_.at(member.name).hash;
    if (!same_hash(recorded, found)) {
      throw Error(
          ErrorKind::malformed,
          fmt::format(
              "{}: RECORD has {}, its content {}", archive::place_of(member), recorded, found));
    }
    entry.stronger_hash = recorded;
  }

  const util::RandomAccess& file_;
  const WheelInput& wheel_;
  MemberReader& reader_;
  WheelContents contents_;
  std::string data_;  // "six-1.16.0.data"
  std::unordered_map<std::string, std::size_t> member_of_;
  std::unordered_map<std::string, python::RecordEntry> record_;
  std::set<std::string> script_names_;
};

}  // namespace

WheelContents read_contents(const util::RandomAccess& file,
                            const WheelInput& wheel,
                            MemberReader& reader) {
  return Reader(file, wheel, reader).read();
}

}  // namespace cartwheel::layer

#include "layer/facts_of_wheel.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/digest.h"
#include "layer/elf_watch.h"

namespace cartwheel::layer {

using facts::ElfFacts;
using facts::InstalledPath;
using facts::WheelFacts;
using facts::WheelFinding;

namespace {

constexpr std::string_view kPurelib = "purelib/";

unsigned number_after(std::string_view text, char separator) {
  std::size_t at = text.find(separator);
  unsigned value = 0;
  if (at != std::string_view::npos) {
    std::from_chars(text.data() + at + 1, text.data() + text.size(), value);
  }
  return value;
}

// "2.28" above "2.4".
bool is_older(const std::string& one, const std::string& other) {
  auto key = [](const std::string& text) {
    unsigned major = 0;
    std::from_chars(text.data(), text.data() + text.size(), major);
    return std::pair(major, number_after(text, '.'));
  };
  return one.empty() || key(one) < key(other);
}

bool is_identifier(std::string_view text) {
  auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  return !text.empty() && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_module(std::string_view path) { return path.ends_with(".py") || path.ends_with(".so"); }

// "torch" of torch/__init__.py, "six" of six.py, "_cffi" of _cffi.cpython-311-x86_64-linux-gnu.so.
std::vector<std::string> top_level(const WheelContents& contents) {
  std::set<std::string> names;
  for (const WheelFileEntry& file : contents.files) {
    std::string_view path = file.installed;
    if (!path.starts_with(kPurelib) || !is_module(path)) {
      continue;
    }
    path.remove_prefix(kPurelib.size());
    std::size_t slash = path.find('/');
    std::string_view first =
        path.substr(0, slash == std::string_view::npos ? path.find('.') : slash);
    if (is_identifier(first)) {
      names.emplace(first);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> script_names(const WheelContents& contents) {
  std::set<std::string> names;
  for (const python::ScriptEntryPoint& script : contents.scripts) {
    names.insert(script.name);
  }
  for (const WheelFileEntry& file : contents.files) {
    if (file.installed.starts_with("scripts/")) {
      names.insert(file.installed.substr(std::string_view("scripts/").size()));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> sboms(const WheelContents& contents) {
  std::string folder = std::string(kPurelib) + contents.dist_info + "/sboms/";
  std::vector<std::string> paths;
  for (const WheelFileEntry& file : contents.files) {
    if (file.installed.starts_with(folder)) {
      paths.push_back(file.installed);
    }
  }
  std::ranges::sort(paths);
  return paths;
}

void add_counts(GpuCounts& to, const GpuCounts& from) {
  for (const auto& [architecture, count] : from) {
    to[architecture] += count;
  }
}

// {"sm_80": 3} of {80: 3}, and back.
std::map<std::string, std::uint64_t> named(const GpuCounts& counts, const char* prefix) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& [architecture, count] : counts) {
    out[fmt::format("{}_{}", prefix, gpu_name(architecture))] = count;
  }
  return out;
}
GpuCounts numbered(const std::map<std::string, std::uint64_t>& counts) {
  GpuCounts out;
  for (const auto& [name, count] : counts) {
    out[gpu_number(std::string_view(name).substr(name.find('_') + 1))] = count;
  }
  return out;
}

}  // namespace

void BulkFacts::add(const std::string& installed, const MemberOutcome& outcome) {
  if (outcome.elf_is_broken) {
    findings.push_back({.code = "elf-broken", .path = installed});
  }
  if (!outcome.elf || !(outcome.elf->is_shared || outcome.elf->is_dynamic)) {
    return;
  }
  const elf::Elf& found = *outcome.elf;
  elf.push_back({.path = installed,
                 .machine = found.machine,
                 .soname = found.soname,
                 .needed = found.needed,
                 .rpath = found.runpath.empty() ? found.rpath : std::vector<std::string>(),
                 .runpath = found.runpath,
                 .versions = found.versions_needed});
  add_counts(sass, outcome.sass);
  add_counts(ptx, outcome.ptx);
}

void BulkFacts::add(const WheelFacts& part) {
  elf.insert(elf.end(), part.elf.begin(), part.elf.end());
  add_counts(sass, numbered(part.cuda_sass));
  add_counts(ptx, numbered(part.cuda_ptx));
  std::ranges::copy_if(part.findings, std::back_inserter(findings), [](const WheelFinding& one) {
    return one.code == "elf-broken";
  });
}

WheelFacts facts_of(const WheelInput& input, std::uint64_t size, const WheelContents& contents) {
  WheelFacts facts;
  facts.filename = input.filename;
  facts.sha256 = input.sha256;
  facts.size = size;
  const python::Metadata& metadata = contents.metadata;
  facts.name = metadata.name;
  facts.version = metadata.version;
  facts.metadata_version = metadata.metadata_version;
  facts.requires_python = metadata.requires_python;
  facts.summary = metadata.summary;
  facts.home_page = metadata.home_page;
  facts.requires_dist = metadata.requires_dist;
  facts.provides_extra = metadata.provides_extra;
  facts.license_expression = metadata.license_expression;
  facts.license_text = metadata.license;
  facts.license_classifiers = metadata.license_classifiers;
  facts.license_files = metadata.license_files;
  facts.generator = contents.wheel.generator;
  facts.build = contents.wheel.build;
  facts.root_is_purelib = contents.wheel.root_is_purelib;
  facts.tags = contents.wheel.tags;
  facts.top_level = top_level(contents);
  facts.scripts = script_names(contents);
  facts.sboms = sboms(contents);
  facts.files = contents.files.size();
  for (const WheelFileEntry& file : contents.files) {
    facts.unpacked += contents.members[file.member].size;
  }
  facts.findings = contents.findings;
  return facts;
}

void add_bulk(WheelFacts& facts, const BulkFacts& bulk) {
  facts.elf = bulk.elf;
  std::ranges::sort(facts.elf, {}, &ElfFacts::path);
  for (const ElfFacts& elf : facts.elf) {
    for (const auto& [library, versions] : elf.versions) {
      auto found = versions.find("GLIBC");
      if (found != versions.end() && is_older(facts.glibc, found->second)) {
        facts.glibc = found->second;
      }
    }
  }
  facts.cuda_sass = named(bulk.sass, "sm");
  facts.cuda_ptx = named(bulk.ptx, "compute");
  facts.findings.insert(facts.findings.end(), bulk.findings.begin(), bulk.findings.end());
  std::ranges::sort(facts.findings, {}, [](const WheelFinding& finding) {
    return std::pair(finding.code, finding.path);
  });
}

std::vector<InstalledPath> paths_of(const WheelContents& contents) {
  constexpr std::string_view kDataBin = "data/bin/";
  std::vector<InstalledPath> paths;
  std::set<std::string_view> scripts;
  for (const WheelFileEntry& file : contents.files) {
    if (file.installed.starts_with(kDataBin)) {  // which is installed over a wrapper of that name
      scripts.insert(std::string_view(file.installed).substr(kDataBin.size()));
    }
    paths.push_back({.path = file.installed,
                     .executable = file.executable,
                     .content = file.content,
                     .size = contents.members[file.member].size});
  }
  for (const python::ScriptEntryPoint& script : contents.scripts) {
    if (!scripts.insert(script.name).second) {
      continue;
    }
    // Two wrappers for one function are one file, for any interpreter.
    core::Digest digest = core::Digest::of(python::script_text(script, "/python"));
    InstalledPath path{.path = "scripts/" + script.name, .executable = true, .content = {}};
    std::copy_n(digest.bytes().begin(), path.content.size(), path.content.begin());
    paths.push_back(std::move(path));
  }
  std::ranges::sort(paths, {}, &InstalledPath::path);
  return paths;
}

}  // namespace cartwheel::layer

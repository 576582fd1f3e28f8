// cartwheel.lock: TOML of version 1.
//
//   version = 1
//   [[base]]            platform, kind, name, digest
//   [base.facts]        glibc, libstdcxx, cxxabi, suite, python, python_path, cuda, cuda_size,
//                       library_path, parents = [{ path, mode, uid, gid }],
//                       libraries = ["libc.so.6"], programs = ["ldconfig"]
//   [base.archive]      url or path, sha256, size
//   [[base.release]]    url, sha256, date
//   [[base.package]]    name, version, arch, sha256, size, path, suite
//   [[apt]]             platform, base, variant, digest, roots = [names]
//   [apt.facts], [[apt.release]], [[apt.package]]   as a base's
//   [[tool]]            platform, archive, name, version, arch, sha256, size, path, suite
//   [tool.release]      url, sha256, date
//   [[built]]           name, version, source, filename, sha256, size, frontend
//
// Bases, apt and tools in order of the platform, releases of the URL, packages of name, version and
// architecture, wheels of all their fields. Texts are TOML basic strings; a text that is empty is
// not written. mode is octal text: "0755".

#include "lock/base_lock.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

#include "core/url.h"
#include "lock/toml_document.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::lock {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kFile = "cartwheel.lock";
constexpr std::int64_t kVersion = 1;

// ---- reading ----

core::Digest sha256_of(const Table& table) {
  std::string_view text = table.string("sha256");
  std::optional<core::Digest> digest = core::Digest::from_hex(text);
  if (!digest) {
    table.fail_at("sha256", fmt::format("'sha256': wanted 64 hex digits, found '{}'", text));
  }
  return *digest;
}

std::uint64_t size_of(const Table& table, std::string_view key = "size") {
  std::optional<std::int64_t> size = table.find_integer(key);
  if (!size || *size < 0) {
    table.fail(fmt::format("'{}': wanted a number of bytes", key));
  }
  return static_cast<std::uint64_t>(*size);
}

unsigned number_of(const Table& table, std::string_view key) {
  std::int64_t value = table.find_integer(key).value_or(0);
  if (value < 0 || value > 0xffffffffLL) {
    table.fail_at(key, fmt::format("'{}' is out of range: {}", key, value));
  }
  return static_cast<unsigned>(value);
}

unsigned mode_of(const Table& table) {
  std::string_view text = table.string("mode");
  unsigned mode = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 07777) {
    table.fail_at("mode", fmt::format("'mode': wanted octal digits, found '{}'", text));
  }
  return mode;
}

BasePackage package_of(const Table& table) {
  return {.name = std::string(table.string("name")),
          .version = std::string(table.string("version")),
          .arch = std::string(table.string("arch")),
          .sha256 = sha256_of(table),
          .size = size_of(table),
          .path = std::string(table.string("path")),
          .suite = table.string_or_empty("suite")};
}

BaseArchive archive_of(const Table& table) {
  BaseArchive out{.location = table.string_or_empty("url"), .sha256 = sha256_of(table), .size = {}};
  if (out.location.empty()) {
    out.location = table.string("path");
  }
  if (table.find_integer("size")) {
    out.size = size_of(table);
  }
  return out;
}

BaseRelease release_of(const Table& table) {
  return {.url = std::string(table.string("url")),
          .sha256 = sha256_of(table),
          .date = table.time("date")};
}

facts::BaseFacts facts_of(const Table& table) {
  facts::BaseFacts out{.glibc = table.string_or_empty("glibc"),
                       .libstdcxx = table.string_or_empty("libstdcxx"),
                       .cxxabi = table.string_or_empty("cxxabi"),
                       .suite = table.string_or_empty("suite"),
                       .python = table.string_or_empty("python"),
                       .python_path = table.string_or_empty("python_path"),
                       .parents = {},
                       .libraries = table.strings("libraries"),
                       .programs = table.strings("programs"),
                       .cuda = table.string_or_empty("cuda"),
                       .cuda_size = table.has("cuda_size") ? size_of(table, "cuda_size") : 0,
                       .library_path = table.string_or_empty("library_path")};
  table.for_each_table("parents", [&](const Table& entry) {
    out.parents.push_back({.path = std::string(entry.string("path")),
                           .mode = mode_of(entry),
                           .uid = number_of(entry, "uid"),
                           .gid = number_of(entry, "gid")});
  });
  return out;
}

core::Platform platform_of(const Table& table) {
  try {
    return core::Platform::parse(table.string("platform"));
  } catch (const Error& error) {
    table.fail_at("platform", error.what());
  }
}

ToolPin tool_of(const Table& table) {
  ToolPin out{.platform = platform_of(table),
              .package = package_of(table),
              .archive = std::string(table.string("archive"))};
  std::optional<Table> release = table.find_table("release");
  if (!release) {
    table.fail("has no [tool.release]");
  }
  out.release = release_of(*release);
  return out;
}

BasePin base_of(const Table& table) {
  BasePin out;
  out.platform = platform_of(table);
  out.kind = std::string(table.string("kind"));
  if (out.kind != "composed" && out.kind != "image" && out.kind != "archive") {
    table.fail_at("kind",
                  fmt::format("'kind': wanted composed, archive or image, found '{}'", out.kind));
  }
  out.name = table.string("name");
  out.digest = table.string_or_empty("digest");
  table.for_each_table("package",
                       [&](const Table& entry) { out.packages.push_back(package_of(entry)); });
  table.for_each_table("release",
                       [&](const Table& entry) { out.releases.push_back(release_of(entry)); });
  if (std::optional<Table> archive = table.find_table("archive")) {
    out.archive = archive_of(*archive);
  }
  if (out.archive.has_value() != (out.kind == "archive")) {
    table.fail("wanted [base.archive] for the kind archive, and for no other");
  }
  if (std::optional<Table> facts = table.find_table("facts")) {
    out.facts = facts_of(*facts);
  }
  return out;
}

AptPin apt_of(const Table& table) {
  AptPin out;
  try {
    out.platform = core::Platform::parse(table.string("platform"));
  } catch (const Error& error) {
    table.fail_at("platform", error.what());
  }
  out.base = table.string("base");
  out.variant = table.string_or_empty("variant");
  out.digest = table.string("digest");
  out.roots = table.strings("roots");
  table.for_each_table("package",
                       [&](const Table& entry) { out.packages.push_back(package_of(entry)); });
  table.for_each_table("release",
                       [&](const Table& entry) { out.releases.push_back(release_of(entry)); });
  if (std::optional<Table> facts = table.find_table("facts")) {
    out.facts = facts_of(*facts);
  }
  return out;
}

BuiltWheel built_of(const Table& table) {
  return {.name = std::string(table.string("name")),
          .version = std::string(table.string("version")),
          .source = std::string(table.string("source")),
          .filename = std::string(table.string("filename")),
          .sha256 = sha256_of(table),
          .size = size_of(table),
          .frontend = table.string_or_empty("frontend")};
}

// ---- writing ----

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char letter : text) {
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(letter));
    } else {
      out += letter;
    }
  }
  return out + "\"";
}

class Writer {
 public:
  void header(std::string_view text) { out_ += fmt::format("\n{}\n", text); }
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) {
      out_ += fmt::format("{} = {}\n", key, quoted(value));
    }
  }
  void line(const std::string& line) { out_ += line + "\n"; }
  void size(std::uint64_t size) { out_ += fmt::format("size = {}\n", size); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write_parents(Writer& out, std::vector<facts::BaseFacts::Parent> parents) {
  std::sort(
      parents.begin(), parents.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  if (parents.empty()) {
    return;
  }
  out.line("parents = [");
  for (const facts::BaseFacts::Parent& parent : parents) {
    out.line(fmt::format("    {{ path = {}, mode = \"{:04o}\", uid = {}, gid = {} }},",
                         quoted(parent.path),
                         parent.mode,
                         parent.uid,
                         parent.gid));
  }
  out.line("]");
}

// As many to a line as fit: a change is one line of a diff, and the file stays short.
void write_names(Writer& out, std::string_view key, std::vector<std::string> names) {
  constexpr std::size_t kWidth = 100;
  std::sort(names.begin(), names.end());
  if (names.empty()) {
    return;
  }
  out.line(fmt::format("{} = [", key));
  std::string line;
  for (const std::string& name : names) {
    std::string item = quoted(name) + ",";
    if (!line.empty() && line.size() + 1 + item.size() > kWidth) {
      out.line(line);
      line.clear();
    }
    line += (line.empty() ? "    " : " ") + item;
  }
  out.line(line);
  out.line("]");
}

void write_facts(Writer& out, const std::string& header, const facts::BaseFacts& facts) {
  out.header(header);
  out.text("glibc", facts.glibc);
  out.text("libstdcxx", facts.libstdcxx);
  out.text("cxxabi", facts.cxxabi);
  out.text("suite", facts.suite);
  out.text("python", facts.python);
  out.text("python_path", facts.python_path);
  out.text("cuda", facts.cuda);
  if (facts.cuda_size > 0) {
    out.line(fmt::format("cuda_size = {}", facts.cuda_size));
  }
  out.text("library_path", facts.library_path);
  write_parents(out, facts.parents);
  write_names(out, "libraries", facts.libraries);
  write_names(out, "programs", facts.programs);
}

void write_archive(Writer& out, const BaseArchive& archive) {
  out.header("[base.archive]");
  out.text(core::Url::is_url(archive.location) ? "url" : "path", core::redacted(archive.location));
  out.text("sha256", archive.sha256.hex());
  if (archive.size) {
    out.size(*archive.size);
  }
}

void write_release(Writer& out, const BaseRelease& release) {
  out.text("url", core::redacted(release.url));
  out.text("sha256", release.sha256.hex());
  out.text("date", release.date);
}

void write_package(Writer& out, const BasePackage& package) {
  out.text("name", package.name);
  out.text("version", package.version);
  out.text("arch", package.arch);
  out.text("sha256", package.sha256.hex());
  out.size(package.size);
  out.text("path", package.path);
  out.text("suite", package.suite);
}

void write_tool(Writer& out, const ToolPin& tool) {
  out.header("[[tool]]");
  out.text("platform", tool.platform.str());
  out.text("archive", core::redacted(tool.archive));
  write_package(out, tool.package);
  out.header("[tool.release]");
  write_release(out, tool.release);
}

void write_releases(Writer& out, const std::string& header, std::vector<BaseRelease> releases) {
  std::sort(releases.begin(), releases.end(), [](const auto& a, const auto& b) {
    return std::tie(a.url, a.sha256) < std::tie(b.url, b.sha256);
  });
  for (const BaseRelease& release : releases) {
    out.header(header);
    write_release(out, release);
  }
}

void write_packages(Writer& out, const std::string& header, std::vector<BasePackage> packages) {
  std::sort(packages.begin(), packages.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version, a.arch) < std::tie(b.name, b.version, b.arch);
  });
  for (const BasePackage& package : packages) {
    out.header(header);
    write_package(out, package);
  }
}

void write_base(Writer& out, const BasePin& base) {
  out.header("[[base]]");
  out.text("platform", base.platform.str());
  out.text("kind", base.kind);
  out.text("name", base.name);
  out.text("digest", base.digest);
  write_facts(out, "[base.facts]", base.facts);
  if (base.archive) {
    write_archive(out, *base.archive);
  }
  write_releases(out, "[[base.release]]", base.releases);
  write_packages(out, "[[base.package]]", base.packages);
}

void write_apt(Writer& out, const AptPin& apt) {
  out.header("[[apt]]");
  out.text("platform", apt.platform.str());
  out.text("base", apt.base);
  out.text("variant", apt.variant);
  out.text("digest", apt.digest);
  std::string roots;
  for (const std::string& root : apt.roots) {
    roots += (roots.empty() ? "" : ", ") + quoted(root);
  }
  out.line(fmt::format("roots = [{}]", roots));
  write_facts(out, "[apt.facts]", apt.facts);
  write_releases(out, "[[apt.release]]", apt.releases);
  write_packages(out, "[[apt.package]]", apt.packages);
}

void write_built(Writer& out, const BuiltWheel& wheel) {
  out.header("[[built]]");
  out.text("name", wheel.name);
  out.text("version", wheel.version);
  out.text("source", wheel.source);
  out.text("filename", wheel.filename);
  out.text("sha256", wheel.sha256.hex());
  out.size(wheel.size);
  out.text("frontend", wheel.frontend);
}

}  // namespace

BaseLock read_base_lock(std::string_view text) {
  toml::table document = util::parse_toml(kFile, text);
  Place place{kFile, 0, {}};
  Table table(document, place);
  std::optional<std::int64_t> version = table.find_integer("version");
  if (!version) {
    table.fail("has no 'version'");
  }
  if (*version != kVersion) {
    throw Error(
        ErrorKind::unsupported,
        fmt::format("{}: version {} of the format: wanted {}; it was made by a newer cartwheel",
                    kFile,
                    *version,
                    kVersion));
  }
  BaseLock out;
  table.for_each_table("base", [&](const Table& entry) {
    out.bases.push_back(base_of(entry));
    const BasePin& last = out.bases.back();
    auto same = [&](const BasePin& other) {
      return other.platform == last.platform && other.name == last.name;
    };
    if (std::count_if(out.bases.begin(), out.bases.end(), same) > 1) {
      entry.fail(fmt::format("base '{}' twice for {}", last.name, last.platform.str()));
    }
  });
  table.for_each_table("tool", [&](const Table& entry) {
    out.tools.push_back(tool_of(entry));
    const ToolPin& last = out.tools.back();
    auto same = [&](const ToolPin& other) {
      return other.platform == last.platform && other.package.name == last.package.name;
    };
    if (std::count_if(out.tools.begin(), out.tools.end(), same) > 1) {
      entry.fail(fmt::format("tool '{}' twice for {}", last.package.name, last.platform.str()));
    }
  });
  table.for_each_table("apt", [&](const Table& entry) {
    out.apt.push_back(apt_of(entry));
    const AptPin& last = out.apt.back();
    auto same = [&](const AptPin& other) {
      return other.platform == last.platform && other.base == last.base &&
             other.variant == last.variant;
    };
    if (std::count_if(out.apt.begin(), out.apt.end(), same) > 1) {
      entry.fail(fmt::format("packages for '{}' twice for {}", last.base, last.platform.str()));
    }
  });
  table.for_each_table("built", [&](const Table& entry) { out.built.push_back(built_of(entry)); });
  return out;
}

std::string base_lock_text(const BaseLock& lock) {
  Writer out;
  out.line("# Made by cartwheel: what the image is made of beyond the Python lock.");
  out.line(fmt::format("version = {}", kVersion));
  std::vector<BasePin> bases = lock.bases;
  std::sort(bases.begin(), bases.end(), [](const auto& a, const auto& b) {
    return std::tie(a.platform, a.name) < std::tie(b.platform, b.name);
  });
  for (const BasePin& base : bases) {
    write_base(out, base);
  }
  std::vector<ToolPin> tools = lock.tools;
  std::sort(tools.begin(), tools.end(), [](const auto& a, const auto& b) {
    return std::tie(a.platform, a.package.name) < std::tie(b.platform, b.package.name);
  });
  for (const ToolPin& tool : tools) {
    write_tool(out, tool);
  }
  std::vector<AptPin> apt = lock.apt;
  std::sort(apt.begin(), apt.end(), [](const auto& a, const auto& b) {
    return std::tie(a.platform, a.base, a.variant) < std::tie(b.platform, b.base, b.variant);
  });
  for (const AptPin& pin : apt) {
    write_apt(out, pin);
  }
  std::vector<BuiltWheel> built = lock.built;
  std::sort(built.begin(), built.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version, a.source, a.filename, a.sha256) <
           std::tie(b.name, b.version, b.source, b.filename, b.sha256);
  });
  for (const BuiltWheel& wheel : built) {
    write_built(out, wheel);
  }
  return out.take();
}

}  // namespace cartwheel::lock

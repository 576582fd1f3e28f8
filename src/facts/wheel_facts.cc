// The facts of a wheel as canonical JSON (docs/formats.md section 7): members in order of bytes, no
// white space, none that is empty. What is absent reads as its default.

#include "facts/wheel_facts.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/format.h"
#include "util/error.h"

namespace cartwheel::facts {

using nlohmann::json;
using util::Error;
using util::ErrorKind;

namespace {

void set(json& object, const char* name, const std::string& value) {
  if (!value.empty()) {
    object[name] = value;
  }
}

void set(json& object, const char* name, const std::vector<std::string>& values) {
  if (!values.empty()) {
    object[name] = values;
  }
}

void set_object(json& object, const char* name, json value) {
  if (!value.empty()) {
    object[name] = std::move(value);
  }
}

void get(const json& object, const char* name, std::string& value) {
  if (auto found = object.find(name); found != object.end()) {
    value = found->get<std::string>();
  }
}

void get(const json& object, const char* name, std::vector<std::string>& values) {
  if (auto found = object.find(name); found != object.end()) {
    values = found->get<std::vector<std::string>>();
  }
}

json elf_json(const ElfFacts& elf) {
  json out{{"machine", elf.machine}, {"path", elf.path}};
  set(out, "soname", elf.soname);
  set(out, "needed", elf.needed);
  set(out, "rpath", elf.rpath);
  set(out, "runpath", elf.runpath);
  set_object(out, "versions", json(elf.versions));
  return out;
}

ElfFacts elf_from(const json& object) {
  ElfFacts elf;
  elf.path = object.at("path").get<std::string>();
  elf.machine = object.at("machine").get<std::string>();
  get(object, "soname", elf.soname);
  get(object, "needed", elf.needed);
  get(object, "rpath", elf.rpath);
  get(object, "runpath", elf.runpath);
  if (auto found = object.find("versions"); found != object.end()) {
    elf.versions = found->get<std::map<std::string, std::map<std::string, std::string>>>();
  }
  return elf;
}

json license_json(const WheelFacts& facts) {
  json out = json::object();
  set(out, "expression", facts.license_expression);
  set(out, "text", facts.license_text);
  set(out, "classifiers", facts.license_classifiers);
  set(out, "files", facts.license_files);
  return out;
}

json cuda_json(const WheelFacts& facts) {
  json out = json::object();
  set_object(out, "sass", facts.cuda_sass);
  set_object(out, "ptx", facts.cuda_ptx);
  return out;
}

void set_texts(json& out, const WheelFacts& facts) {
  set(out, "metadata_version", facts.metadata_version);
  set(out, "requires_python", facts.requires_python);
  set(out, "summary", facts.summary);
  set(out, "home_page", facts.home_page);
  set(out, "generator", facts.generator);
  set(out, "build", facts.build);
  set(out, "glibc", facts.glibc);
  set(out, "requires_dist", facts.requires_dist);
  set(out, "provides_extra", facts.provides_extra);
  set(out, "tags", facts.tags);
  set(out, "top_level", facts.top_level);
  set(out, "scripts", facts.scripts);
  set(out, "sboms", facts.sboms);
}

void get_texts(const json& object, WheelFacts& facts) {
  get(object, "metadata_version", facts.metadata_version);
  get(object, "requires_python", facts.requires_python);
  get(object, "summary", facts.summary);
  get(object, "home_page", facts.home_page);
  get(object, "generator", facts.generator);
  get(object, "build", facts.build);
  get(object, "glibc", facts.glibc);
  get(object, "requires_dist", facts.requires_dist);
  get(object, "provides_extra", facts.provides_extra);
  get(object, "tags", facts.tags);
  get(object, "top_level", facts.top_level);
  get(object, "scripts", facts.scripts);
  get(object, "sboms", facts.sboms);
}

void get_wheel(const json& object, WheelFacts& facts) {
  facts.filename = object.at("filename").get<std::string>();
  facts.size = object.at("size").get<std::uint64_t>();
  auto digest = core::Digest::from_hex(object.at("sha256").get<std::string>());
  if (!digest) {
    throw Error(ErrorKind::malformed, "facts of a wheel: 'sha256' is no SHA-256");
  }
  facts.sha256 = *digest;
}

void get_lists(const json& object, WheelFacts& facts) {
  if (auto license = object.find("license"); license != object.end()) {
    get(*license, "expression", facts.license_expression);
    get(*license, "text", facts.license_text);
    get(*license, "classifiers", facts.license_classifiers);
    get(*license, "files", facts.license_files);
  }
  if (auto cuda = object.find("cuda"); cuda != object.end()) {
    facts.cuda_sass = cuda->value("sass", facts.cuda_sass);
    facts.cuda_ptx = cuda->value("ptx", facts.cuda_ptx);
  }
  if (auto elf = object.find("elf"); elf != object.end()) {
    for (const json& one : *elf) {
      facts.elf.push_back(elf_from(one));
    }
  }
  if (auto findings = object.find("findings"); findings != object.end()) {
    for (const json& one : *findings) {
      facts.findings.push_back(
          {one.at("code").get<std::string>(), one.value("path", std::string())});
    }
  }
}

WheelFacts facts_from(const json& object) {
  if (object.at("format").get<std::int64_t>() != core::kFormat) {
    throw Error(ErrorKind::malformed,
                fmt::format("facts of a wheel: wanted format {}, found {}",
                            core::kFormat,
                            object.at("format").dump()));
  }
  WheelFacts facts;
  get_wheel(object.at("wheel"), facts);
  facts.name = object.at("name").get<std::string>();
  facts.version = object.at("version").get<std::string>();
  facts.root_is_purelib = object.at("root_is_purelib").get<bool>();
  facts.files = object.at("files").get<std::uint64_t>();
  facts.unpacked = object.at("unpacked").get<std::uint64_t>();
  get_texts(object, facts);
  get_lists(object, facts);
  return facts;
}

}  // namespace

std::string to_json(const WheelFacts& facts) {
  json out{{"format", core::kFormat},
           {"wheel",
            {{"filename", facts.filename}, {"sha256", facts.sha256.hex()}, {"size", facts.size}}},
           {"name", facts.name},
           {"version", facts.version},
           {"root_is_purelib", facts.root_is_purelib},
           {"files", facts.files},
           {"unpacked", facts.unpacked}};
  set_texts(out, facts);
  set_object(out, "license", license_json(facts));
  set_object(out, "cuda", cuda_json(facts));
  json elf = json::array();
  for (const ElfFacts& one : facts.elf) {
    elf.push_back(elf_json(one));
  }
  set_object(out, "elf", std::move(elf));
  json findings = json::array();
  for (const WheelFinding& one : facts.findings) {
    findings.push_back({{"code", one.code}});
    set(findings.back(), "path", one.path);
  }
  set_object(out, "findings", std::move(findings));
  // METADATA may hold bytes that are no UTF-8; JSON must not.
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

WheelFacts wheel_facts_from_json(std::string_view text) {
  try {
    return facts_from(json::parse(text));
  } catch (const json::exception& error) {
    throw Error(ErrorKind::malformed, fmt::format("facts of a wheel: {}", error.what()));
  }
}

}  // namespace cartwheel::facts

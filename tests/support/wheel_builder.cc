#include "support/wheel_builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/digest.h"
#include "util/bytes.h"

namespace cartwheel::tests {

namespace {

std::string escaped(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) {
    return field;
  }
  std::string out = "\"";
  for (char c : field) {
    out += c;
    if (c == '"') {
      out += c;
    }
  }
  return out + '"';
}

std::string record_of(const std::vector<ZipEntry>& entries) {
  std::string out;
  for (const ZipEntry& entry : entries) {
    if (entry.name.ends_with('/')) {
      continue;
    }
    const auto digest = core::Digest::of(entry.content);
    out += fmt::format("{},sha256={},{}\n",
                       quoted(entry.name),
                       util::base64url(digest.bytes()),
                       entry.content.size());
  }
  return out;
}

}  // namespace

WheelBuilder::WheelBuilder(std::string name, std::string version)
    : name_(std::move(name)),
      version_(std::move(version)) {}

WheelBuilder& WheelBuilder::file(std::string path, std::string content) {
  ZipEntry entry;
  entry.name = std::move(path);
  entry.content = std::move(content);
  return this->entry(std::move(entry));
}

WheelBuilder& WheelBuilder::executable(std::string path, std::string content) {
  ZipEntry entry;
  entry.name = std::move(path);
  entry.content = std::move(content);
  entry.mode = 0100755;
  return this->entry(std::move(entry));
}

WheelBuilder& WheelBuilder::entry(ZipEntry entry) {
  entries_.push_back(std::move(entry));
  return *this;
}

WheelBuilder& WheelBuilder::tag(std::string tag) {
  tags_.push_back(std::move(tag));
  return *this;
}

WheelBuilder& WheelBuilder::build(std::string number) {
  build_ = std::move(number);
  return *this;
}

WheelBuilder& WheelBuilder::platlib() {
  purelib_ = false;
  return *this;
}

WheelBuilder& WheelBuilder::metadata_line(std::string line) {
  metadata_lines_.push_back(std::move(line));
  return *this;
}

WheelBuilder& WheelBuilder::console_script(std::string name, std::string target) {
  console_scripts_.push_back(std::move(name) + " = " + std::move(target));
  return *this;
}

WheelBuilder& WheelBuilder::gui_script(std::string name, std::string target) {
  gui_scripts_.push_back(std::move(name) + " = " + std::move(target));
  return *this;
}

WheelBuilder& WheelBuilder::dist_info(std::string file_name, std::string content) {
  dist_info_.emplace_back(std::move(file_name), std::move(content));
  return *this;
}

WheelBuilder& WheelBuilder::without(std::string dist_info_file) {
  left_out_.push_back(std::move(dist_info_file));
  return *this;
}

WheelBuilder& WheelBuilder::record_line(std::string line) {
  record_lines_.push_back(std::move(line));
  return *this;
}

WheelBuilder& WheelBuilder::change_zip(std::function<void(ZipBuilder&)> change) {
  change_zip_ = std::move(change);
  return *this;
}

WheelBuilder& WheelBuilder::change_members(std::function<void(ZipEntry&)> change) {
  change_members_ = std::move(change);
  return *this;
}

std::string WheelBuilder::filename() const {
  std::string tag = tags_.empty() ? "py3-none-any" : tags_.front();
  std::string build = build_.empty() ? "" : "-" + build_;
  return fmt::format("{}-{}{}-{}.whl", escaped(name_), version_, build, tag);
}

std::string WheelBuilder::dist_info_folder() const {
  return fmt::format("{}-{}.dist-info", escaped(name_), version_);
}

std::string WheelBuilder::metadata() const {
  std::string out = fmt::format("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", name_, version_);
  for (const std::string& line : metadata_lines_) {
    out += line + "\n";
  }
  return out;
}

std::string WheelBuilder::wheel_file() const {
  std::string out =
      fmt::format("Wheel-Version: 1.0\nGenerator: cartwheel-tests\nRoot-Is-Purelib: {}\n",
                  purelib_ ? "true" : "false");
  for (const std::string& tag : tags_.empty() ? std::vector<std::string>{"py3-none-any"} : tags_) {
    out += "Tag: " + tag + "\n";
  }
  return build_.empty() ? out : out + "Build: " + build_ + "\n";
}

std::string WheelBuilder::entry_points() const {
  std::string out;
  for (const auto& [section, scripts] :
       {std::pair("console_scripts", &console_scripts_), std::pair("gui_scripts", &gui_scripts_)}) {
    if (!scripts->empty()) {
      out += fmt::format("[{}]\n", section);
    }
    for (const std::string& script : *scripts) {
      out += script + "\n";
    }
  }
  return out;
}

bool WheelBuilder::has(const std::string& dist_info_file) const {
  return std::find(left_out_.begin(), left_out_.end(), dist_info_file) == left_out_.end() &&
         std::none_of(dist_info_.begin(), dist_info_.end(), [&](const auto& given) {
           return given.first == dist_info_file;
         });
}

std::string WheelBuilder::bytes() const {
  std::vector<ZipEntry> entries = entries_;
  auto add = [&](const std::string& name, std::string content) {
    ZipEntry entry;
    entry.name = dist_info_folder() + "/" + name;
    entry.content = std::move(content);
    entries.push_back(std::move(entry));
  };
  if (has("METADATA")) {
    add("METADATA", metadata());
  }
  if (has("WHEEL")) {
    add("WHEEL", wheel_file());
  }
  if (has("entry_points.txt") && !(console_scripts_.empty() && gui_scripts_.empty())) {
    add("entry_points.txt", entry_points());
  }
  for (const auto& [name, content] : dist_info_) {
    add(name, content);
  }
  if (has("RECORD")) {
    std::string record = record_of(entries);
    for (const std::string& line : record_lines_) {
      record += line + "\n";
    }
    add("RECORD", record + dist_info_folder() + "/RECORD,,\n");
  }
  ZipBuilder zip;
  for (ZipEntry& entry : entries) {
    if (change_members_) {
      change_members_(entry);
    }
    zip.add(std::move(entry));
  }
  if (change_zip_) {
    change_zip_(zip);
  }
  return zip.bytes();
}

}  // namespace cartwheel::tests

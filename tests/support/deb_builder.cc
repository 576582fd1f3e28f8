#include "support/deb_builder.h"

#include <fmt/format.h>

namespace cartwheel::tests {

namespace {

// A member of an ar(5) archive.
std::string ar_member(const std::string& name, const std::string& content) {
  return fmt::format(
             "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", name, 0, 0, 0, "100644", content.size()) +
         content + (content.size() % 2 == 0 ? "" : "\n");
}

}  // namespace

TarBuilder& TarBuilder::entry(char type,
                              const std::string& path,
                              unsigned mode,
                              unsigned uid,
                              const std::string& target,
                              const std::string& content) {
  std::string header = path;
  header.resize(100, '\0');
  for (unsigned value : {mode, uid, uid}) {
    header += fmt::format("{:07o}", value) + '\0';
  }
  header += fmt::format("{:011o}", content.size()) + '\0' + std::string(11, '0') + '\0';
  header += "        ";
  header += type;
  header += target;
  header.resize(257, '\0');
  header += std::string(
      "ustar\0"
      "00",
      8);
  header.resize(512, '\0');
  unsigned sum = 0;
  for (char byte : header) {
    sum += static_cast<unsigned char>(byte);
  }
  header.replace(148, 7, fmt::format("{:06o}", sum) + '\0');
  bytes_ += header + content;
  bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
  return *this;
}

TarBuilder& TarBuilder::file(const std::string& path, const std::string& content, unsigned mode) {
  return entry('0', path, mode, 0, "", content);
}
TarBuilder& TarBuilder::folder(const std::string& path, unsigned mode, unsigned uid) {
  return entry('5', path + "/", mode, uid, "", "");
}
TarBuilder& TarBuilder::symlink(const std::string& path, const std::string& target) {
  return entry('2', path, 0777, 0, target, "");
}
TarBuilder& TarBuilder::hard_link(const std::string& path, const std::string& target) {
  return entry('1', path, 0644, 0, target, "");
}
TarBuilder& TarBuilder::device(const std::string& path) {
  return entry('3', path, 0600, 0, "", "");
}

std::string TarBuilder::bytes() const { return bytes_ + std::string(1024, '\0'); }

std::string DebBuilder::control_text() const {
  std::string out =
      fmt::format("Package: {}\nVersion: {}\nArchitecture: {}\n", name, version, architecture);
  for (const auto& [field, value] : fields) {
    out += fmt::format("{}: {}\n", field, value);
  }
  return out;
}

std::string DebBuilder::bytes() const {
  TarBuilder files;
  files.file("./control", control_text());
  for (const auto& [file, text] : control) {
    files.file("./" + file, text, 0755);
  }
  return "!<arch>\n" + ar_member("debian-binary", "2.0\n") +
         ar_member("control.tar", files.bytes()) + ar_member("data.tar", data.bytes());
}

}  // namespace cartwheel::tests

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel::tests {

// A ustar file, entry by entry, with what our own writer never writes: hard links, owners, devices.
// Paths and targets: at most 100 bytes.
class TarBuilder {
 public:
  TarBuilder& file(const std::string& path, const std::string& content, unsigned mode = 0644);
  TarBuilder& folder(const std::string& path, unsigned mode = 0755, unsigned uid = 0);
  TarBuilder& symlink(const std::string& path, const std::string& target);
  TarBuilder& hard_link(const std::string& path, const std::string& target);
  TarBuilder& device(const std::string& path);
  std::string bytes() const;  // with the two zero blocks at the end

 private:
  TarBuilder& entry(char type,
                    const std::string& path,
                    unsigned mode,
                    unsigned uid,
                    const std::string& target,
                    const std::string& content);

  std::string bytes_;
};

// A Debian package (deb(5)): its control fields, and what it installs.
struct DebBuilder {
  std::string name, version, architecture = "amd64";
  std::vector<std::pair<std::string, std::string>> fields = {};   // more of them: "Depends", …
  std::vector<std::pair<std::string, std::string>> control = {};  // more files: "postinst", …
  TarBuilder data = {};

  std::string control_text() const;  // without an empty line at its end
  std::string bytes() const;
};

}  // namespace cartwheel::tests

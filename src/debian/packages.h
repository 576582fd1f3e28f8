#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/digest.h"
#include "debian/deb822.h"

namespace cartwheel::debian {

// What is kept of a paragraph of a Packages file. The fields of dependencies stay text until they
// are asked for.
struct Package {
  std::string name, version, architecture;  // architecture: that of the index, or "all"
  std::string depends;                      // Pre-Depends and Depends, joined by ", "
  std::string provides;
  std::string conflicts;   // Conflicts and Breaks, joined by ", "
  std::string filename;    // below the archive's root: "pool/main/…"
  std::uint64_t size = 0;  // bytes
  core::Digest sha256 = core::Digest::of(std::string_view());
  std::string suite;          // that it was found in
  bool is_important = false;  // Priority: required or important
};

// Throws Error{malformed} when a field that must be there is not, or a name or path is none.
Package parse_package(const Paragraph& paragraph, const std::string& place);

// The same of a package's own control file, which does not say where it lies.
Package parse_control(const Paragraph& paragraph, const std::string& place);

// The packages of all suites of one architecture, each name with one candidate: its newest version
// (the one that came first when versions are equal). Without that, a dependency could be met by a
// version that an update has replaced.
class PackageIndex {
 public:
  explicit PackageIndex(std::string architecture) : architecture_(std::move(architecture)) {}

  // Packages of other architectures are left out.
  void add(Package package);
  // The candidate of its name from now on, whatever its version: one that is chosen already.
  void put(Package package);

  const std::string& architecture() const { return architecture_; }
  std::size_t size() const { return packages_.size(); }
  const Package* find(std::string_view name) const;  // null when there is none
  // The candidates whose Provides names it, in order of their names.
  std::vector<const Package*> providers(const std::string& name) const;
  // The name that a user may have meant.
  std::string did_you_mean(std::string_view name) const;

 private:
  std::string architecture_;
  std::unordered_map<std::string, Package> packages_;
};

}  // namespace cartwheel::debian

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "support/zip_builder.h"

namespace cartwheel::tests {

// A wheel in memory: the files that were added, then
// NAME-VERSION.dist-info/{METADATA,WHEEL,entry_points.txt,…,RECORD}.
//   std::string bytes = WheelBuilder("six", "1.16.0").file("six.py", "…").bytes();
class WheelBuilder {
 public:
  // name: as in METADATA; '-' and '.' become '_' in the file name and the dist-info folder.
  WheelBuilder(std::string name, std::string version);

  WheelBuilder& file(std::string path, std::string content);
  WheelBuilder& executable(std::string path, std::string content);  // mode 0755
  WheelBuilder& entry(ZipEntry entry);      // any member; RECORD lists it unless it is a directory
  WheelBuilder& tag(std::string tag);       // default py3-none-any; may be called again
  WheelBuilder& build(std::string number);  // build number
  WheelBuilder& platlib();                  // Root-Is-Purelib: false
  WheelBuilder& metadata_line(std::string line);  // "Requires-Dist: numpy", after Name and Version
  WheelBuilder& console_script(std::string name, std::string target);
  WheelBuilder& gui_script(std::string name, std::string target);
  WheelBuilder& dist_info(std::string file_name,
                          std::string content);       // replaces METADATA, WHEEL and RECORD as well
  WheelBuilder& without(std::string dist_info_file);  // leaves METADATA, WHEEL or RECORD out
  WheelBuilder& record_line(std::string line);        // one more line in RECORD
  WheelBuilder& change_zip(
      std::function<void(ZipBuilder&)> change);  // at the end, before bytes are made
  WheelBuilder& change_members(
      std::function<void(ZipEntry&)> change);  // each member, before it is added

  std::string filename() const;          // NAME-VERSION[-BUILD]-TAG.whl, tags compressed as given
  std::string dist_info_folder() const;  // "six-1.16.0.dist-info"
  std::string bytes() const;

 private:
  std::string metadata() const;
  std::string wheel_file() const;
  std::string entry_points() const;
  bool has(const std::string& dist_info_file) const;

  std::string name_, version_, build_;
  bool purelib_ = true;
  std::vector<std::string> tags_, metadata_lines_, console_scripts_, gui_scripts_, left_out_,
      record_lines_;
  std::vector<ZipEntry> entries_;
  std::vector<std::pair<std::string, std::string>> dist_info_;
  std::function<void(ZipBuilder&)> change_zip_;
  std::function<void(ZipEntry&)> change_members_;
};

}  // namespace cartwheel::tests

// Texts from locks and wheels, each into the parser that the first byte names: nothing but Error
// may come out, and what is spelled anew must be read as the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "python/entry_points.h"
#include "python/marker.h"
#include "python/metadata.h"
#include "python/record.h"
#include "python/requirement.h"
#include "python/tags.h"
#include "python/version.h"
#include "util/error.h"

namespace {

using namespace cartwheel::python;  // NOLINT: every name of the folder is under test

void want(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void read_version(std::string_view text) {
  Version version = Version::parse(text);
  want(Version::parse(version.str()) == version &&
       Version::parse(version.str()).str() == version.str());
  want(!(version < version) && version.without_local().local().empty());
}

void read_specifiers(std::string_view text) {
  SpecifierSet set = SpecifierSet::parse(text);
  want(SpecifierSet::parse(set.str()) == set);
  set.contains(Version::parse("1.0.post1+local"));
}

void read_marker(std::string_view text) {
  MarkerEnvironment environment;
  environment.variables = {
      {"python_version", "3.11"}, {"python_full_version", "3.11.2"}, {"os_name", "posix"}};
  environment.extras = {"a"};
  Marker marker = Marker::parse(text);
  Marker again = Marker::parse(marker.str());
  want(again.str() == marker.str());
  want(again.evaluate(environment) == marker.evaluate(environment));
  want(again.clauses(environment).size() == marker.clauses(environment).size());
}

void read_record(std::string_view text) {
  std::vector<RecordEntry> entries = parse_record(text);
  std::string written = record_text(entries);
  want(record_text(parse_record(written)) == written);
}

void read_wheel_name(std::string_view text) {
  static const SupportedTags tags({}, {}, {});
  WheelFilename name = WheelFilename::parse(text);
  want(Version::find(name.version).has_value());
  tags.priority(name);
}

void read_scripts(std::string_view text) {
  for (const ScriptEntryPoint& script : installed_scripts(parse_entry_points(text), {})) {
    want(script.name.find('/') == std::string::npos && script.name != "..");
    want(script_text(script, "/opt/venv/bin/python").find(script.function + "())\n") !=
         std::string::npos);
  }
}

void read_text(std::uint8_t choice, std::string_view text) {
  switch (choice % 9) {
    case 0:
      return read_version(text);
    case 1:
      return read_specifiers(text);
    case 2:
      return read_marker(text);
    case 3:
      want(Requirement::parse(Requirement::parse(text).str()).str() ==
           Requirement::parse(text).str());
      return;
    case 4:
      return read_record(text);
    case 5:
      return read_wheel_name(text);
    case 6:
      return read_scripts(text);
    case 7:
      Metadata::parse(text);
      return;
    default:
      WheelFile::parse(text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  try {
    read_text(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  } catch (const cartwheel::util::Error&) {  // most inputs are malformed
  }
  return 0;
}

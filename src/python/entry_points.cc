// https://packaging.python.org/en/latest/specifications/entry-points/#file-format

#include "python/entry_points.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "python/ini.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::python {

namespace {

// "#!", path and line feed: what Linux reads of it, and pip's limit
constexpr std::size_t kLongestShebang = 127;

[[noreturn]] void fail(std::string_view subject, std::string_view reason) {
  throw util::Error(util::ErrorKind::malformed,
                    fmt::format("entry_points.txt: '{}': {}", subject.substr(0, 200), reason));
}

bool is_object_letter(char letter) {
  bool ascii = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
               (letter >= 'A' && letter <= 'Z') || letter == '_' || letter == '.' || letter == '-';
  return ascii || static_cast<unsigned char>(letter) >= 0x80;
}

bool is_object_path(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_object_letter) &&
         util::is_valid_utf8(text);
}

bool is_decimal_byte(std::string_view text) {
  unsigned char value = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

void check_name(std::string_view name) {
  bool separated = name.find_first_of("/\\") != std::string_view::npos;
  bool control = std::any_of(name.begin(), name.end(), [](char letter) {
    return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F;
  });
  if (name.empty() || name == "." || name == ".." || separated || control ||
      !util::is_valid_utf8(name)) {
    fail(name, "it is no name of a file in the scripts folder");
  }
  if (is_reserved_script_name(name)) {
    fail(name, "a script of this name would replace the interpreter");
  }
}

// What stands between the brackets: names with commas between them, and one may be last.
bool are_extras(std::string_view text) {
  return !text.empty() && !text.starts_with(',') && text.find(",,") == std::string_view::npos;
}

// "module : object.path [extra, extra]".
ScriptEntryPoint parse_script(const std::string& name, std::string_view value) {
  ScriptEntryPoint script;
  script.name = name;
  check_name(name);
  std::string_view object = value.substr(0, value.find('['));
  if (object.size() < value.size()) {
    std::string_view extras = value.substr(object.size() + 1);
    if (!extras.ends_with(']') || !are_extras(extras.substr(0, extras.size() - 1))) {
      fail(value, "wanted extras as '[ONE, OTHER]' at its end");
    }
  }
  std::size_t colon = object.find(':');
  if (colon == std::string_view::npos) {
    fail(value, "wanted MODULE:FUNCTION, found no ':'");
  }
  script.module = util::trim(object.substr(0, colon));
  script.function = util::trim(object.substr(colon + 1));
  if (object.starts_with('\n') || !is_object_path(script.module) ||
      !is_object_path(script.function)) {
    fail(value, "wanted MODULE:FUNCTION");
  }
  return script;
}

}  // namespace

std::vector<ScriptEntryPoint> parse_entry_points(std::string_view text) {
  if (!util::is_valid_utf8(text)) {
    throw util::Error(util::ErrorKind::malformed, "entry_points.txt: is no UTF-8");
  }
  std::vector<ScriptEntryPoint> scripts;
  std::vector<IniSection> sections =
      util::in_context("entry_points.txt", [&] { return parse_ini(text); });
  for (const IniSection& section : sections) {
    if (section.name != "console_scripts" && section.name != "gui_scripts") {
      continue;
    }
    for (const auto& [name, value] : section.values) {
      ScriptEntryPoint script = parse_script(name, value);
      script.gui = section.name == "gui_scripts";
      scripts.push_back(std::move(script));
    }
  }
  return scripts;
}

std::vector<ScriptEntryPoint> installed_scripts(std::vector<ScriptEntryPoint> scripts,
                                                const PythonVersion& python) {
  std::erase_if(scripts, [](const ScriptEntryPoint& script) {
    return !script.gui && script.name.starts_with("pip3.") &&
           is_decimal_byte(std::string_view(script.name).substr(5));
  });
  auto pip = std::find_if(scripts.begin(), scripts.end(), [](const ScriptEntryPoint& script) {
    return !script.gui && script.name == "pip3";
  });
  if (pip != scripts.end()) {
    ScriptEntryPoint versioned = *pip;
    versioned.name = fmt::format("pip3.{}", python.minor);
    scripts.push_back(std::move(versioned));
  }
  return scripts;
}

bool is_reserved_script_name(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kReserved{
      "python", "pythonw", "python3", "graalpy", "pypy", "pypy2", "pypy3"};
  std::string folded = util::lower(name);
  std::string_view stem = folded;
  if (stem.ends_with(".py")) {
    stem.remove_suffix(3);
  }
  if (std::find(kReserved.begin(), kReserved.end(), stem) != kReserved.end()) {
    return true;
  }
  for (std::string_view prefix : {"python3.", "pythonw3."}) {
    if (stem.starts_with(prefix)) {
      std::string_view minor = stem.substr(prefix.size());
      if (minor.ends_with('t')) {
        minor.remove_suffix(1);
      }
      return is_decimal_byte(minor);
    }
  }
  return false;
}

std::string script_text(const ScriptEntryPoint& script, std::string_view interpreter) {
  std::string_view imported =
      std::string_view(script.function).substr(0, script.function.find('.'));
  return shebang(interpreter) + fmt::format(
                                    "# -*- coding: utf-8 -*-\n"
                                    "import sys\n"
                                    "from {} import {}\n"
                                    "if __name__ == \"__main__\":\n"
                                    "    if sys.argv[0].endswith(\"-script.pyw\"):\n"
                                    "        sys.argv[0] = sys.argv[0][:-11]\n"
                                    "    elif sys.argv[0].endswith(\".exe\"):\n"
                                    "        sys.argv[0] = sys.argv[0][:-4]\n"
                                    "    sys.exit({}())\n",
                                    script.module,
                                    imported,
                                    script.function);
}

// The second form is a command to sh, and a text without effect to Python.
std::string shebang(std::string_view interpreter) {
  bool simple =
      interpreter.size() + 3 <= kLongestShebang && interpreter.find(' ') == std::string_view::npos;
  if (simple) {
    return fmt::format("#!{}\n", interpreter);
  }
  std::string quoted;
  for (char letter : interpreter) {
    quoted += letter == '\'' ? R"('"'"')" : std::string(1, letter);
  }
  return fmt::format("#!/bin/sh\n'''exec' '{}' \"$0\" \"$@\"\n' '''\n", quoted);
}

}  // namespace cartwheel::python

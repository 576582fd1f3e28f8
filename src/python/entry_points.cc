// https://packaging.python.org/en/latest/specifications/entry-points/#file-format. Read line by
// line, as pip and uv read it: no value goes on in the next line, and indentation means nothing.

#include "python/entry_points.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

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

// "module : object.path [extra, extra]".
ScriptEntryPoint parse_line(std::string_view line) {
  std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) {
    fail(line, "wanted 'NAME = MODULE:FUNCTION'");
  }
  ScriptEntryPoint script;
  script.name = util::trim(line.substr(0, equals));
  check_name(script.name);
  std::string_view value = util::trim(line.substr(equals + 1));
  value = util::trim(value.substr(0, value.find_first_of("#;")));
  if (std::size_t bracket = value.find('['); bracket != std::string_view::npos) {
    if (!value.ends_with(']')) {
      fail(line, "its extras have no ']' at the end");
    }
    value = util::trim(value.substr(0, bracket));
  }
  std::size_t colon = value.find(':');
  if (colon == std::string_view::npos) {
    fail(line, "wanted MODULE:FUNCTION, found no ':'");
  }
  script.module = util::trim(value.substr(0, colon));
  script.function = util::trim(value.substr(colon + 1));
  if (!is_object_path(script.module) || !is_object_path(script.function)) {
    fail(line, "wanted MODULE:FUNCTION");
  }
  return script;
}

void put(std::vector<ScriptEntryPoint>& scripts, ScriptEntryPoint script) {
  auto same = std::find_if(scripts.begin(), scripts.end(), [&](const ScriptEntryPoint& other) {
    return other.name == script.name && other.gui == script.gui;
  });
  if (same != scripts.end()) {
    *same = std::move(script);
  } else {
    scripts.push_back(std::move(script));
  }
}

}  // namespace

std::vector<ScriptEntryPoint> parse_entry_points(std::string_view text) {
  std::vector<ScriptEntryPoint> scripts;
  std::string_view section;
  if (text.starts_with("\xEF\xBB\xBF")) {  // byte order mark
    text.remove_prefix(3);
  }
  for (std::string_view line : util::lines(text)) {
    line = util::trim(line);
    if (line.empty() || line.starts_with('#') || line.starts_with(';')) {
      continue;
    }
    if (line.starts_with('[')) {
      std::size_t end = line.find(']');
      if (end == std::string_view::npos) {
        fail(line, "its section has no ']'");
      }
      section = util::trim(line.substr(1, end - 1));
    } else if (section == "console_scripts" || section == "gui_scripts") {
      ScriptEntryPoint script = parse_line(line);
      script.gui = section == "gui_scripts";
      put(scripts, std::move(script));
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

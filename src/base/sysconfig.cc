#include "base/sysconfig.h"

#include <regex>

#include <fmt/format.h>

#include "util/text.h"

namespace cartwheel::base {

namespace {

// The value of a variable, up to a space where it is a command.
std::string value_of(const std::string& text, const char* name) {
  const std::regex pattern(fmt::format(R"re(["']{}["']\s*:\s*["']([^"' ]+))re", name));
  std::smatch match;
  return std::regex_search(text, match, pattern) ? match[1].str() : std::string();
}

bool ends_path(char c) {
  return c == '/' || c == '"' || c == '\'' || c == ' ' || c == ':' || c == ';' || c == ',' ||
         c == '\n' || c == ')';
}

// Whether a path may begin after this: "-I/install", "'/install", but not "opt/install".
bool precedes_path(char c) {
  return !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '/' && c != '.' && c != '_' &&
         c != '-';
}

bool bounds_word(char c) {
  return c == ' ' || c == '"' || c == '\'' || c == '=' || c == '\t' || c == '\n' || c == '(' ||
         c == ')' || c == ';' || c == ',';
}

template <typename Before, typename After>
std::string replaced(const std::string& text,
                     const std::string& from,
                     const std::string& to,
                     Before&& before,
                     After&& after) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    const std::size_t end = at + from.size();
    if (at < done || (at > 0 && !before(text[at - 1])) ||
        (end < text.size() && !after(text[end]))) {
      continue;
    }
    out.append(text, done, at - done);
    out += to;
    done = end;
  }
  return out.append(text, done);
}

// Whether an image's own tools are called otherwise.
bool is_foreign(const std::string& program) {
  return program.find('/') != std::string::npos || program.starts_with("clang") ||
         program.starts_with("llvm-");
}

}  // namespace

BuildPaths build_paths(std::string_view sysconfigdata) {
  const std::string text(sysconfigdata);
  return {.prefix = value_of(text, "prefix"),
          .c = value_of(text, "CC"),
          .cxx = value_of(text, "CXX"),
          .ar = value_of(text, "AR")};
}

bool names_build_paths(std::string_view path) {
  for (const char* glob : {"lib/python3.*/_sysconfigdata_*.py",
                           "lib/python3.*/_sysconfig_vars_*.json",
                           "lib/python3.*/build-details.json",
                           "lib/python3.*/config-*/Makefile",
                           "lib/pkgconfig/*.pc"}) {
    if (util::glob_matches(glob, path)) {
      return true;
    }
  }
  return false;
}

std::string with_paths(std::string text, const BuildPaths& built, const std::string& prefix) {
  // What was built for /usr names paths of the system beside its own.
  if (built.prefix.starts_with('/') && built.prefix.size() > 1 && built.prefix != "/usr") {
    text = replaced(text, built.prefix, prefix, precedes_path, ends_path);
  }
  for (const auto& [program, name] :
       {std::pair(built.c, "cc"), {built.cxx, "c++"}, {built.ar, "ar"}}) {
    if (is_foreign(program)) {
      text = replaced(text, program, name, bounds_word, bounds_word);
    }
  }
  return text;
}

}  // namespace cartwheel::base

#pragma once

#include <string>
#include <vector>

#include <regex.h>

#include "debian/shell.h"

namespace cartwheel::debian {

// A regular expression of a script's command, as regcomp(3) reads it; another one refuses the call.
class PosixRegex {
 public:
  PosixRegex(const ShellCall& call,
             const std::string& pattern,
             bool is_extended,
             bool ignores_case) {
    const int flags = (is_extended ? REG_EXTENDED : 0) | (ignores_case ? REG_ICASE : 0);
    if (regcomp(&regex_, pattern.c_str(), flags) != 0) {
      call.refuse("the pattern '" + pattern + "'");
    }
  }
  ~PosixRegex() { regfree(&regex_); }
  PosixRegex(const PosixRegex&) = delete;
  PosixRegex& operator=(const PosixRegex&) = delete;

  // Where it matches: begin and end of the whole and of each group, -1 for none.
  bool match(const std::string& text, std::size_t from, std::vector<regmatch_t>& groups) const {
    groups.resize(10);
    return regexec(&regex_,
                   text.c_str() + from,
                   groups.size(),
                   groups.data(),
                   from > 0 ? REG_NOTBOL : 0) == 0;
  }
  bool matches(const std::string& text) const {
    return regexec(&regex_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_{};
};

}  // namespace cartwheel::debian

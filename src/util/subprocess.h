#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cartwheel::util {

struct Subprocess {
  std::vector<std::string> command;                // command[0] is looked up in PATH
  std::filesystem::path folder;                    // where it runs; empty: where we are
  std::map<std::string, std::string> environment;  // added to ours
  bool inherits = true;                            // false: `environment` is all that it has
  std::vector<std::string> without;                // names removed from ours
  std::string input;                               // its standard input
};

struct SubprocessResult {
  int status = 0;      // exit status, or 128 + signal
  std::string output;  // standard output
  std::string error;   // standard error
};

// Runs to the end. Throws Error{not_found} when the program is not there, Error{io} when it cannot
// be started.
SubprocessResult run(const Subprocess& subprocess);

// Whether a program of that name is in PATH.
bool is_program(const std::string& name);

}  // namespace cartwheel::util

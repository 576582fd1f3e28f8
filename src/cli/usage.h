#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cartwheel::cli {

// What to tell of a command line that does not parse: what is wrong, the nearest option or command
// that there is, and which --help says more. Lines end in '\n' but for the last.
std::string usage_message(const CLI::App& program, const CLI::ParseError& error);

}  // namespace cartwheel::cli

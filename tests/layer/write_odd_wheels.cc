// Writes the wheels of tests/support/odd_wheels.h to a folder, for tests/interop/strictness.sh:
// FOLDER/NAME/FILE.whl each, and to stdout a line "NAME<tab>EXIT CODE".
#include <filesystem>

#include <fmt/format.h>

#include "support/odd_wheels.h"
#include "util/file.h"

using namespace cartwheel;  // NOLINT: a program of one function

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: write_odd_wheels FOLDER\n");
    return 2;
  }
  for (const tests::OddWheel& odd : tests::odd_wheels()) {
    std::filesystem::path folder = std::filesystem::path(argv[1]) / odd.name;
    std::filesystem::create_directories(folder);
    util::write_file(folder / odd.filename, odd.bytes);
    fmt::print("{}\t{}\n", odd.name, odd.taken ? 0 : util::exit_code(odd.kind));
  }
  return 0;
}

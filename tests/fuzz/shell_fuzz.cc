// Maintainer scripts: read, and run on a small tree with the shell's own commands and those that
// change files. Nothing but Error may come out, every script comes to an end, and the tree stays
// one.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "debian/shell.h"
#include "debian/shell_commands.h"
#include "debian/shell_syntax.h"
#include "util/error.h"

namespace {

using namespace cartwheel::debian;  // NOLINT: every name of the folder is under test

const ShellCommands& commands() {
  static const ShellCommands all = [] {
    ShellCommands made;
    add_shell_builtins(made);
    add_file_commands(made);
    add_mode_commands(made);
    return made;
  }();
  return all;
}

Tree small_tree() {
  Tree tree;
  for (const char* path : {"etc", "tmp", "usr", "usr/bin", "var"}) {
    tree.put(path, Node::directory());
  }
  tree.put("etc/passwd", Node::file("root:x:0:0:root:/root:/bin/sh\n"));
  tree.put("etc/link", Node::symlink("passwd"));
  tree.put("usr/bin/again", Node::file("#!/bin/sh\necho \"$@\"\n", 0755));
  return tree;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view script(reinterpret_cast<const char*>(data), size);
  try {
    parse_shell(script);
    Tree tree = small_tree();
    Shell(tree, commands(), nullptr).run(script, {"configure", ""});
    if (tree.find("") != nullptr) {
      std::abort();
    }
  } catch (const cartwheel::util::Error&) {  // most inputs are no script that can be run
  }
  return 0;
}

#include "debian/shell.h"

#include <gtest/gtest.h>

#include "debian/shell_commands.h"
#include "util/error.h"

namespace cartwheel::debian {
namespace {

const ShellCommands& all_commands() {
  static const ShellCommands commands = [] {
    ShellCommands made;
    add_shell_builtins(made);
    add_text_commands(made);
    add_file_commands(made);
    add_mode_commands(made);
    return made;
  }();
  return commands;
}

// What a script prints, with its status if that is not 0; or the refusal.
std::string run(const std::string& script, std::vector<std::string> arguments = {}) {
  Tree tree;
  tree.put("etc", Node::directory());
  tree.put("etc/x.conf", Node::file("one\ntwo\n"));
  tree.put("etc/y.conf", Node::file(""));
  tree.put("etc/link", Node::symlink("x.conf"));
  Shell shell(tree, all_commands(), nullptr);
  try {
    // a subshell keeps what `exit` and `set -e` end within it
    const int status = shell.run("(" + script + "\n) > /out", std::move(arguments));
    return (tree.find("out") == nullptr ? "" : tree.text("out")) +
           (status == 0 ? "" : "status " + std::to_string(status));
  } catch (const util::Error& error) {
    return error.what();
  }
}

struct Case {
  const char* script;
  const char* output;
};

class Scripts : public testing::TestWithParam<Case> {};

TEST_P(Scripts, PrintWhatAShellPrints) {
  EXPECT_EQ(run(GetParam().script, {"configure", ""}), GetParam().output);
}

// Each of them gives the same under dash(1) with the same arguments and files.
INSTANTIATE_TEST_SUITE_P(
    Expansion,
    Scripts,
    testing::Values(
        Case{"echo a  b 'c  d' \"e  f\"", "a b c  d e  f\n"},
        Case{"x='a b'; set -- $x \"$x\" ''; echo $#", "4\n"},
        Case{"for i in \"$@\"; do echo \"<$i>\"; done", "<configure>\n<>\n"},
        Case{"echo ${u:-d} ${u-e} ${1:+s} ${2:+t}.", "d e s .\n"},
        Case{"x=/a/b.c.d; echo ${x##*/} ${x%.*} ${x%%.*} ${x#*/} ${#x}",
             "b.c.d /a/b.c /a/b a/b.c.d 8\n"},
        Case{"x=$(echo a; echo b); echo \"$x\"; echo `echo c`", "a\nb\nc\n"},
        Case{"cd /etc; echo *.conf; echo *.none; echo '*'", "x.conf y.conf\n*.none\n*\n"},
        Case{"cat <<EOF\n$1 \\$x `echo y`\nEOF\ncat <<'E'\n$1\nE", "configure $x y\n$1\n"},
        Case{"IFS=:; x=a::b; set -- $x; echo $# \"$2\"", "3 \n"},
        Case{"x=a; y() { local x; x=b; echo $x; }; y; echo $x", "b\na\n"}));

INSTANTIATE_TEST_SUITE_P(
    Control,
    Scripts,
    testing::Values(
        Case{"if false; then echo a; elif [ -z \"$2\" ]; then echo b; else echo c; fi", "b\n"},
        Case{"case $1 in x|conf*) echo a;; *) echo b;; esac", "a\n"},
        Case{"for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n"},
        Case{"while read a b; do echo \"$b-$a\"; done <<E\n1 2 3\n4\nE", "2 3-1\n-4\n"},
        Case{"set -e; false || true; if false; then :; fi; ! true; echo on; false; echo off",
             "on\nstatus 1"},
        Case{"f() { return 3; }; f; echo $?; exit 4", "3\nstatus 4"},
        Case{"(exit 5); echo $?; { echo a; echo b; } | while read x; do echo \"<$x>\"; done",
             "5\n<a>\n<b>\n"},
        Case{"true && false || echo c; ! false && echo d", "c\nd\n"},
        Case{"echo lost >/dev/null; echo kept 2>/dev/null >&1; echo err >&2", "kept\n"},
        Case{"i=; until [ ${#i} -ge 3 ]; do i=x$i; done; echo $i", "xxx\n"}));

INSTANTIATE_TEST_SUITE_P(
    Text,
    Scripts,
    testing::Values(Case{"grep -q '^t[a-z]o$' /etc/x.conf && echo yes", "yes\n"},
                    Case{"sed -n 's/^\\(t\\)\\(.*\\)/\\2\\1/p' /etc/x.conf", "wot\n"},
                    Case{"echo a:b:c | cut -d: -f2-; echo aBc | tr a-z A-Z", "b:c\nABC\n"},
                    Case{"printf '%s=%d\\n' a 1 b 2", "a=1\nb=2\n"},
                    Case{"basename /a/b.c .c; dirname /a/b; readlink /etc/link", "b\n/a\nx.conf\n"},
                    Case{"printf 'b\\na\\nb\\n' | sort -u | xargs echo", "a b\n"},
                    Case{"find /etc -name '*.conf' -type f", "/etc/x.conf\n/etc/y.conf\n"}));

TEST(Shell, WritesIntoTheTree) {
  Tree tree;
  tree.put("etc", Node::directory());
  tree.put("etc/passwd", Node::file("root:x:0:0:::\nworker:x:7:8:::\n"));
  tree.put("etc/group", Node::file("root:x:0:\ncrew:x:9:\n"));
  Shell shell(tree, all_commands(), nullptr);
  EXPECT_EQ(
      shell.run("set -e\numask 027\nmkdir -p /var/lib/x/y\necho a > /var/lib/x/f\n"
                "echo b >> /var/lib/x/f\nln -s f /var/lib/x/l\nchown worker:crew /var/lib/x/f\n"
                "chmod u+s,g-r /var/lib/x/f\ncp -p /var/lib/x/f /var/lib/x/g\n"
                "install -d -m 2775 -g crew /var/lib/z\nmv /var/lib/x/g /var/lib/z\n"
                "rm -rf /var/lib/x/y; touch /var/lib/x/t /var/lib/x/u\n"
                "chmod --reference=/var/lib/z /var/lib/x/u\n"
                "chown --reference=/var/lib/x/f /var/lib/x/u\n"
                "! chown --reference=/var/lib/none /var/lib/x/u\n",
                {}),
      0);
  EXPECT_EQ(tree.text("var/lib/x/f"), "a\nb\n");
  EXPECT_EQ(tree.find("var/lib/x/f")->mode, 04600U);
  EXPECT_EQ(tree.find("var/lib/x/f")->uid, 7U);
  EXPECT_EQ(tree.find("var/lib/z/g")->gid, 9U);
  EXPECT_EQ(tree.find("var/lib/x")->mode, 0750U);
  EXPECT_EQ(tree.find("var/lib/z")->mode, 02775U);
  EXPECT_EQ(tree.find("var/lib/x/l")->target, "f");
  EXPECT_EQ(tree.find("var/lib/x/t")->mode, 0640U);
  EXPECT_EQ(tree.find("var/lib/x/u")->mode, 0775U);  // chown takes setgid away
  EXPECT_EQ(tree.find("var/lib/x/u")->uid, 7U);
  EXPECT_EQ(tree.find("var/lib/x/y"), nullptr);
}

TEST(Shell, RunsShellScriptsOfTheTree) {
  Tree tree;
  for (const char* folder : {"usr", "usr/sbin"}) {
    tree.put(folder, Node::directory());
  }
  tree.put("usr/sbin/helper", Node::file("#!/bin/sh\nset -e\nx=2\necho \"$1 $#\"\nexit 3\n", 0755));
  tree.put("usr/sbin/perlish", Node::file("#!/usr/bin/perl\n", 0755));
  Shell shell(tree, all_commands(), nullptr);
  EXPECT_EQ(shell.run("x=1; helper a b > /log || echo $? $x $# >> /log", {"configure"}), 0);
  EXPECT_EQ(tree.text("log"), "a 2\n3 1 1\n");
  EXPECT_THROW(shell.run("perlish", {}), util::Error);
}

TEST(Shell, RefusesWithTheLine) {
  EXPECT_EQ(run(":\nfrob x"), "line 2: 'frob x': nothing here stands in for 'frob'");
  EXPECT_EQ(run("sleep 1 &"), "line 1: a command in the background");
  EXPECT_EQ(run("grep --frob x"), "line 1: '(grep --frob x': 'grep': the option '--frob'");
  EXPECT_EQ(run("while true; do :; done"),
            "line 1: '(while true; do :; done': does not come to an end");
  EXPECT_EQ(run("x=aa; while true; do x=$x$x; done"),
            "line 1: '(x=aa; while true; do x=$x$x; done': does not come to an end");
  EXPECT_EQ(run("unset PATH; frob"),
            "line 1: '(unset PATH; frob': nothing here stands in for 'frob'");
  EXPECT_EQ(run("echo $((1 + 1))"), "line 1: '(echo $((1 + 1))': '$((1 + 1))'");
  EXPECT_NE(run("echo ${x/a/b}").find("a POSIX shell does not have"), std::string::npos);
  EXPECT_NE(run("if true; then").find("wanted 'fi'"), std::string::npos);
}

TEST(Shell, NestingHasAnEnd) {
  EXPECT_NE(run(std::string(5000, '(')).find("nested too deeply"), std::string::npos);
  std::string substitutions;
  for (int i = 0; i < 5000; ++i) {
    substitutions += "$(";
  }
  EXPECT_NE(run("echo " + substitutions).find("nested too deeply"), std::string::npos);
  std::string functions;
  for (int i = 0; i < 5000; ++i) {
    functions += "f() ";
  }
  EXPECT_NE(run(functions + ":").find("nested too deeply"), std::string::npos);
  EXPECT_NE(run("f() { f; }; f").find("too deeply"), std::string::npos);
}

}  // namespace
}  // namespace cartwheel::debian

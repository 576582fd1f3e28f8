#include "python/entry_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::python {
namespace {

using testing::ElementsAre;

TEST(EntryPoints, AreReadInTheFilesOrder) {
  EXPECT_THAT(parse_entry_points("[other]\nx = not a script\ny =\n"
                                 "[console_scripts]\r\n"
                                 "# comment\n; comment\n"
                                 "zeta = app.cli:main\n"
                                 "Alpha=app:App.run\n"
                                 "alpha=app:App.run\n"
                                 "extras = app : main [one, two]\n"
                                 "tight = app:main[one]\n"
                                 "[gui_scripts]\n"
                                 "window = app.gui:main\n"
                                 "[Console_Scripts]\n"
                                 "not = these:ones\n"),
              ElementsAre(ScriptEntryPoint{"zeta", "app.cli", "main", false},
                          ScriptEntryPoint{"Alpha", "app", "App.run", false},
                          ScriptEntryPoint{"alpha", "app", "App.run", false},
                          ScriptEntryPoint{"extras", "app", "main", false},
                          ScriptEntryPoint{"tight", "app", "main", false},
                          ScriptEntryPoint{"window", "app.gui", "main", true}));
}

TEST(EntryPoints, OfOneNameMayBeInBothGroups) {
  EXPECT_THAT(
      parse_entry_points("[console_scripts]\na=x:1\n[gui_scripts]\na=x:4\n"),
      ElementsAre(ScriptEntryPoint{"a", "x", "1", false}, ScriptEntryPoint{"a", "x", "4", true}));
}

TEST(EntryPoints, MayBeNone) {
  EXPECT_TRUE(parse_entry_points("").empty());
  EXPECT_TRUE(parse_entry_points("# nothing\n \n").empty());
  EXPECT_TRUE(parse_entry_points("[x]\na = b c\n").empty());
}

// Each was tried with uv 0.13.9.
TEST(EntryPoints, MayHaveExtrasOverSeveralLines) {
  for (const char* extras :
       {"[a]", "  [a]", " [a,]", " [ ]", " [ a b ]", " [[a]]", " [a][b]", " [a;b]", " [a,\n  b]"}) {
    EXPECT_THAT(parse_entry_points(std::string("[console_scripts]\nx = m:f") + extras + "\n"),
                ElementsAre(ScriptEntryPoint{"x", "m", "f", false}))
        << extras;
  }
}

TEST(EntryPoints, RefuseBadValues) {
  for (const char* bad : {"a",
                          "a =",
                          "a = module",
                          "a = module:",
                          "a = :function",
                          "a: module:function",
                          "a = mod ule:f",
                          "a = m:f(x)",
                          "a = m:f\"",
                          "a = m:f [x",
                          "a = m:f]",
                          "a = m:f:g",
                          "a = m:f []",
                          "a = m:f [,]",
                          "a = m:f [,b]",
                          "a = m:f [b,,c]",
                          "a = m:f [b] c",
                          "a = m:f # said here",
                          "a = m:f;",
                          "a =\n  m:f",
                          "a = m:f\n  b = m:f",
                          "a = m:f\na = m:g",
                          "a = m:f\xFF",
                          "= m:f"}) {
    EXPECT_THROW(parse_entry_points(std::string("[console_scripts]\n") + bad + "\n"), util::Error)
        << bad;
  }
  for (const char* bad : {"[console_scripts\na=b:c\n",
                          "a = b:c\n",
                          "\xEF\xBB\xBF[console_scripts]\na=b:c\n",
                          "[x]\na = \xE9\n[console_scripts]\na=b:c\n"}) {
    EXPECT_THROW(parse_entry_points(bad), util::Error) << bad;
  }
}

TEST(EntryPoints, RefuseNamesThatLeaveTheFolder) {
  for (const char* bad :
       {"../evil", "/bin/sh", "a/b", "a\\b", "..", ".", "a\x01", "a\x7F", "\xFF"}) {
    try {
      parse_entry_points(std::string("[gui_scripts]\n") + bad + " = m:f\n");
      ADD_FAILURE() << bad;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed);
    }
  }
}

TEST(EntryPoints, RefuseTheInterpretersNames) {
  for (const char* bad : {"python",
                          "Python3",
                          "python3.11",
                          "PYTHON3.13t",
                          "pythonw",
                          "pythonw3.13t",
                          "pypy",
                          "pypy3",
                          "graalpy",
                          "python.py",
                          "python3.9.py"}) {
    EXPECT_TRUE(is_reserved_script_name(bad)) << bad;
    EXPECT_THROW(parse_entry_points(std::string("[console_scripts]\n") + bad + " = m:f\n"),
                 util::Error)
        << bad;
  }
  for (const char* good : {"python-config",
                           "python3.x",
                           "python3.",
                           "python3-config",
                           "python2",
                           "ipython",
                           "pythonx",
                           "python3.999",
                           "pypy4",
                           ""}) {
    EXPECT_FALSE(is_reserved_script_name(good)) << good;
  }
}

TEST(InstalledScripts, HavePipsLauncherOfThisPython) {
  auto scripts = parse_entry_points(
      "[console_scripts]\npip = p:m\npip3 = p:m3\npip3.10 = p:old\npip3.x = p:x\nmemray3.10 = "
      "m:m\n");
  std::vector<std::string> names;
  for (const ScriptEntryPoint& script : installed_scripts(scripts, {.major = 3, .minor = 11})) {
    names.push_back(script.name + "=" + script.function);
  }
  EXPECT_THAT(names, ElementsAre("pip=m", "pip3=m3", "pip3.x=x", "memray3.10=m", "pip3.11=m3"));
}

TEST(InstalledScripts, AreOthersAsTheyAre) {
  std::vector<ScriptEntryPoint> scripts{{"a", "m", "f", false}, {"pip3.9", "m", "f", true}};
  EXPECT_EQ(installed_scripts(scripts, {}), scripts);
}

TEST(ScriptText, IsTheWrapperToTheByte) {
  EXPECT_EQ(script_text({"tool", "app.cli", "App.run", false}, "/opt/venv/bin/python"),
            "#!/opt/venv/bin/python\n"
            "# -*- coding: utf-8 -*-\n"
            "import sys\n"
            "from app.cli import App\n"
            "if __name__ == \"__main__\":\n"
            "    if sys.argv[0].endswith(\"-script.pyw\"):\n"
            "        sys.argv[0] = sys.argv[0][:-11]\n"
            "    elif sys.argv[0].endswith(\".exe\"):\n"
            "        sys.argv[0] = sys.argv[0][:-4]\n"
            "    sys.exit(App.run())\n");
}

TEST(Shebang, GoesThroughShWhereItMust) {
  EXPECT_EQ(shebang("/usr/bin/python3"), "#!/usr/bin/python3\n");
  EXPECT_EQ(shebang("/a b/python"), "#!/bin/sh\n'''exec' '/a b/python' \"$0\" \"$@\"\n' '''\n");
  EXPECT_EQ(shebang("/it's a/python"),
            "#!/bin/sh\n'''exec' '/it'\"'\"'s a/python' \"$0\" \"$@\"\n' '''\n");
  std::string longest = "/" + std::string(123, 'x');  // 124 and 3 are 127
  EXPECT_EQ(shebang(longest), "#!" + longest + "\n");
  EXPECT_EQ(shebang(longest + "x").substr(0, 10), "#!/bin/sh\n");
}

}  // namespace
}  // namespace cartwheel::python

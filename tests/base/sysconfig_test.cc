#include "base/sysconfig.h"

#include <gtest/gtest.h>

namespace cartwheel::base {
namespace {

TEST(Sysconfig, TellsWhatItWasBuiltWith) {
  const BuildPaths json = build_paths(R"(build_time_vars = {
    "AR": "/tools/llvm/bin/llvm-ar",
    "CC": "/tools/llvm/bin/clang -pthread",
    "CXX": "/tools/llvm/bin/clang++ -pthread",
    "exec_prefix": "/else",
    "prefix": "/install"
})");
  EXPECT_EQ(json.prefix, "/install");
  EXPECT_EQ(json.c, "/tools/llvm/bin/clang");
  EXPECT_EQ(json.cxx, "/tools/llvm/bin/clang++");
  EXPECT_EQ(json.ar, "/tools/llvm/bin/llvm-ar");
  const BuildPaths python = build_paths(
      "build_time_vars = {'AR': 'ar',\n 'CC': 'gcc -pthread',\n"
      " 'prefix': '/opt/python'}\n");
  EXPECT_EQ(python.prefix, "/opt/python");
  EXPECT_EQ(python.c, "gcc");
  EXPECT_EQ(build_paths("").prefix, "");
}

TEST(Sysconfig, PathsAndToolsBecomeTheImages) {
  const BuildPaths built{.prefix = "/install",
                         .c = "/tools/llvm/bin/clang",
                         .cxx = "/tools/llvm/bin/clang++",
                         .ar = "/tools/llvm/bin/llvm-ar"};
  struct Case {
    std::string text, wanted;
  };
  for (const auto& [text, wanted] : {
           Case{"'LIBDIR': '/install/lib'", "'LIBDIR': '/usr/local/lib'"},
           Case{"prefix=/install\nx", "prefix=/usr/local\nx"},
           Case{"-I/install/include/python3.12 -L/install/lib",
                "-I/usr/local/include/python3.12 -L/usr/local/lib"},
           Case{"/opt/install/lib /installed ./install/x",
                "/opt/install/lib /installed ./install/x"},
           Case{"\"CC\": \"/tools/llvm/bin/clang -pthread\"", "\"CC\": \"cc -pthread\""},
           Case{"LDCXXSHARED=/tools/llvm/bin/clang++ -shared", "LDCXXSHARED=c++ -shared"},
           Case{"'AR': '/tools/llvm/bin/llvm-ar'", "'AR': 'ar'"},
       }) {
    EXPECT_EQ(with_paths(text, built, "/usr/local"), wanted);
  }
}

TEST(Sysconfig, UsualToolsAndTheSystemsOwnPrefixStay) {
  const std::string text = "'CC': 'gcc', 'INSTALL': '/usr/bin/install -c', 'AR': 'ar'";
  EXPECT_EQ(
      with_paths(text, {.prefix = "/usr", .c = "gcc", .cxx = "g++", .ar = "ar"}, "/usr/local"),
      text);
}

TEST(Sysconfig, FilesThatNameThem) {
  EXPECT_TRUE(names_build_paths("lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py"));
  EXPECT_TRUE(names_build_paths("lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile"));
  EXPECT_TRUE(names_build_paths("lib/python3.14/build-details.json"));
  EXPECT_TRUE(names_build_paths("lib/pkgconfig/python-3.12.pc"));
  EXPECT_FALSE(names_build_paths("lib/python3.12/sysconfig.py"));
}

}  // namespace
}  // namespace cartwheel::base

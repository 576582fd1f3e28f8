#include "facts/wheel_facts.h"

#include <gtest/gtest.h>

#include "util/error.h"

namespace cartwheel::facts {
namespace {

WheelFacts full_facts() {
  WheelFacts facts;
  facts.filename = "torch-2.4.0-cp311-cp311-manylinux1_x86_64.whl";
  facts.sha256 = core::Digest::of(std::string_view("torch"));
  facts.size = 797262052;
  facts.name = "torch";
  facts.version = "2.4.0";
  facts.metadata_version = "2.1";
  facts.requires_python = ">=3.8.0";
  facts.summary = "Tensors \"and\" d\xc3\xa9rivatives\n";
  facts.home_page = "https://pytorch.org/";
  facts.generator = "bdist_wheel (0.42.0)";
  facts.build = "1";
  facts.requires_dist = {"filelock", "sympy; python_version >= '3.9'"};
  facts.provides_extra = {"optree"};
  facts.license_expression = "BSD-3-Clause";
  facts.license_text = "BSD";
  facts.license_classifiers = {"License :: OSI Approved :: BSD License"};
  facts.license_files = {"LICENSE"};
  facts.tags = {"cp311-cp311-linux_x86_64"};
  facts.top_level = {"functorch", "torch"};
  facts.scripts = {"torchrun"};
  facts.sboms = {"purelib/torch-2.4.0.dist-info/sboms/a.json"};
  facts.root_is_purelib = false;
  facts.files = 3;
  facts.unpacked = 9;
  facts.elf = {{"purelib/torch/lib/libc10.so",
                "x86_64",
                "libc10.so",
                {"libc.so.6"},
                {"$ORIGIN/../lib"},
                {"$ORIGIN"},
                {{"libc.so.6", {{"GLIBC", "2.17"}}}}}};
  facts.glibc = "2.17";
  facts.cuda_sass = {{"sm_80", 7}, {"sm_90", 6}};
  facts.cuda_ptx = {{"compute_90", 1}};
  facts.findings = {{"record-missing", "purelib/x"}, {"tags-differ", ""}};
  return facts;
}

TEST(WheelFacts, ReadBackAsTheyWereWritten) {
  EXPECT_EQ(wheel_facts_from_json(to_json(full_facts())), full_facts());
  EXPECT_EQ(wheel_facts_from_json(to_json(WheelFacts())), WheelFacts());
}

TEST(WheelFacts, AreCanonicalJson) {
  WheelFacts facts;
  facts.filename = "six-1.16.0-py2.py3-none-any.whl";
  facts.name = "six";
  facts.version = "1.16.0";
  facts.size = 11053;
  facts.files = 6;
  facts.unpacked = 39210;
  facts.summary = "caf\xc3\xa9/\"";
  EXPECT_EQ(to_json(facts),
            "{\"files\":6,\"format\":1,\"name\":\"six\",\"root_is_purelib\":true,\"summary\":"
            "\"caf\xc3\xa9/\\\"\","
            "\"unpacked\":39210,\"version\":\"1.16.0\",\"wheel\":{\"filename\":\"six-1.16.0-py2."
            "py3-none-any.whl\","
            "\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\","
            "\"size\":11053}}");
}

TEST(WheelFacts, ReplaceBytesThatAreNoUtf8) {
  WheelFacts facts;
  facts.summary = "caf\xe9";
  EXPECT_EQ(wheel_facts_from_json(to_json(facts)).summary, "caf\xef\xbf\xbd");
}

TEST(WheelFacts, RefuseWhatIsNotTheirs) {
  std::string good = to_json(full_facts());
  auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& text : {std::string(),
                                  std::string("[]"),
                                  std::string("{}"),
                                  good.substr(0, good.size() - 1),
                                  with("\"format\":1", "\"format\":2"),
                                  with("\"sha256\":\"", "\"sha256\":\"x"),
                                  with("\"needed\":[", "\"needed\":[1,"),
                                  with("\"files\":3", "\"files\":\"3\"")}) {
    try {
      wheel_facts_from_json(text);
      ADD_FAILURE() << text;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), util::ErrorKind::malformed) << text;
    }
  }
}

InstalledPath path_of(const std::string& path, bool executable, unsigned char fill) {
  InstalledPath out{.path = path, .executable = executable};
  out.content.fill(std::byte{fill});
  return out;
}

TEST(Paths, AreFrontCodedInOrder) {
  std::string bytes = encode_paths({path_of("scripts/run", true, 2),
                                    path_of("purelib/ab", false, 1),
                                    path_of("purelib/a", false, 0)});
  std::string expected;
  expected += std::string("\x00\x09", 2) + "purelib/a" + std::string(1 + 16, '\0');
  expected += std::string("\x09\x01", 2) + "b" + std::string(1, '\0') + std::string(16, '\1');
  expected +=
      std::string("\x00\x0b", 2) + "scripts/run" + std::string(1, '\1') + std::string(16, '\2');
  EXPECT_EQ(bytes, expected);
  std::vector<InstalledPath> sorted{path_of("purelib/a", false, 0),
                                    path_of("purelib/ab", false, 1),
                                    path_of("scripts/run", true, 2)};
  EXPECT_EQ(decode_paths(bytes), sorted);
  EXPECT_EQ(decode_paths(""), std::vector<InstalledPath>());
}

TEST(Paths, HaveTheirSizeWhereItIsKnown) {
  InstalledPath path = path_of("purelib/a", true, 3);
  path.size = 300;
  std::string expected =
      std::string("\x00\x09", 2) + "purelib/a" + '\3' + std::string(16, '\3') + "\xac\x02";
  EXPECT_EQ(encode_paths({path}), expected);
  EXPECT_EQ(decode_paths(expected), std::vector<InstalledPath>{path});
}

TEST(Exclude, IsHeldAgainstTheInstalledPlace) {
  struct Case {
    std::string glob, path;
    bool excluded;
  };
  for (const Case& one : std::vector<Case>{
           {"**/*.a", "purelib/torch/lib/x.a", true},
           {"**/*.a", "purelib/x.a", true},
           {"*.a", "purelib/torch/x.a", false},
           {"torch/include/**", "purelib/torch/include/a/b.h", true},
           {"**/tests/**", "purelib/tests/x.py", true},
           {"**/tests/**", "purelib/numpy/tests/x/y.py", true},
           {"**/tests/**", "purelib/numpy/testing/x.py", false},
           {"bin/*", "scripts/run", true},
           {"run", "scripts/run", false},
           {"include/site/**", "headers/x.h", true},
           {"share/man/**", "data/share/man/man1/x.1", true},
           {"purelib/**", "purelib/x.py", false},
       }) {
    EXPECT_EQ(is_excluded({"nothing", one.glob}, one.path), one.excluded) << one.glob << one.path;
  }
  EXPECT_FALSE(is_excluded({}, "purelib/x.py"));
}

TEST(Paths, OrderIsThatOfBytes) {
  std::vector<InstalledPath> paths{path_of("purelib/z", false, 0),
                                   path_of("purelib/\xc3\xa9", false, 0)};
  EXPECT_EQ(decode_paths(encode_paths({paths[1], paths[0]})), paths);
}

TEST(Paths, RefuseBrokenBytes) {
  std::string good = encode_paths({path_of("purelib/a", false, 0), path_of("purelib/b", true, 0)});
  for (std::size_t length = 1; length < good.size(); ++length) {
    if (length != 2 + 9 + 17) {  // there the first path ends
      EXPECT_THROW(decode_paths(good.substr(0, length)), util::Error) << length;
    }
  }
  std::string tail(16, '\0');
  EXPECT_THROW(decode_paths(std::string("\x01\x01x\x00", 4) + tail),
               util::Error);  // shares with nothing
  EXPECT_THROW(decode_paths(std::string("\x00\x01x\x04", 4) + tail), util::Error);  // mode bits
  EXPECT_THROW(decode_paths(std::string("\x00\x00\x00", 3) + tail), util::Error);   // empty
  EXPECT_THROW(decode_paths(std::string("\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)),
               util::Error);
  EXPECT_THROW(decode_paths(good + std::string("\x09\x00\x00", 3) + tail),
               util::Error);  // the same again
}

}  // namespace
}  // namespace cartwheel::facts

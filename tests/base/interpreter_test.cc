// Runs the Python of this machine as if it were that of a base: its files are put into a layer.

#include "base/interpreter.h"

#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/python_files.h"
#include "base/stdlib_layer.h"
#include "support/tar_builder.h"
#include "util/error.h"
#include "util/file.h"
#include "util/subprocess.h"
#include "util/text.h"

namespace cartwheel::base {
namespace {

namespace fs = std::filesystem;
using layer::PythonSource;
using testing::HasSubstr;
using tests::TarBuilder;

constexpr const char* kLayout = R"(
import sys, os, sysconfig
print(os.path.realpath(sys._base_executable))
print(sysconfig.get_path('stdlib'))
print('%d.%d.%d' % sys.version_info[:3])
)";

struct HostPython {
  std::string program;  // "/usr/bin/python3.11"
  std::string library;  // "/usr/lib/python3.11"
  std::string version;
};

// The machine's own Python, when it lies as that of an image does.
std::optional<HostPython> host_python() {
  if (!util::is_program("/usr/bin/python3") || !util::is_program("ldd")) {
    return std::nullopt;
  }
  const util::SubprocessResult result =
      util::run({.command = {"/usr/bin/python3", "-I", "-c", kLayout}});
  const std::vector<std::string_view> lines = util::lines(result.output);
  if (result.status != 0 || lines.size() < 3) {
    return std::nullopt;
  }
  return HostPython{std::string(lines[0]), std::string(lines[1]), std::string(lines[2])};
}

void add_file(TarBuilder& tar, const std::string& path, const fs::path& from) {
  tar.file(
      path, util::read_file(from), fs::status(from).permissions() == fs::perms::none ? 0644 : 0755);
}

oci::Image image_of(const HostPython& python) {
  TarBuilder tar;
  const core::Platform platform = core::Platform::parse("linux/amd64");
  for (const char* folder : {"usr", "usr/bin", "usr/lib", "lib64"}) {
    tar.directory(folder);
  }
  tar.directory("usr/lib/" + platform.triplet());
  add_file(tar, python.program.substr(1), python.program);
  add_file(tar, "lib64/ld-linux-x86-64.so.2", "/lib64/ld-linux-x86-64.so.2");
  const util::SubprocessResult libraries = util::run({.command = {"ldd", python.program}});
  for (const std::string_view line : util::lines(libraries.output)) {
    const std::size_t arrow = line.find("=> /");
    if (arrow != std::string_view::npos) {
      const fs::path path(std::string(line.substr(arrow + 3, line.rfind(" (") - arrow - 3)));
      add_file(tar, "usr/lib/x86_64-linux-gnu/" + path.filename().string(), path);
    }
  }
  tar.directory(python.library.substr(1));
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(python.library)) {
    const std::string path = entry.path().string().substr(1);
    if (path.find("-packages") != std::string::npos || path.find("/test") != std::string::npos) {
      continue;
    }
    if (entry.is_directory()) {
      tar.directory(path);
    } else if (path.ends_with(".py") && entry.is_regular_file()) {
      add_file(tar, path, entry.path());
    }
  }
  auto blob = std::make_shared<core::TextBlob>(tar.str());
  oci::Image image;
  image.platform = platform;
  image.layers = {
      {.descriptor = {std::string(core::kLayerTarType), blob->digest(), blob->size(), {}},
       .diff_id = blob->digest(),
       .blob = blob}};
  return image;
}

class InterpreterTest : public testing::Test {
 protected:
  void SetUp() override {
    python_ = host_python();
    if (!python_ || sizeof(void*) != 8 || !fs::exists("/lib64/ld-linux-x86-64.so.2")) {
      GTEST_SKIP() << "no Python of its own on this machine";
    }
    image_ = image_of(*python_);
  }
  std::unique_ptr<Interpreter> interpreter() {
    return std::make_unique<Interpreter>(
        "base 'test'", image_.platform, python_->program, [this] { return image_; }, 2);
  }

  std::optional<HostPython> python_;
  oci::Image image_;
};

std::vector<PythonSource> some_sources() {
  return {
      {"/app/a.py",
       "names = {'one', 'two', 'three', 'four', 'five'} if 1 else 0\n"
       "def f(x):\n    return x in {'alpha', 'beta', 'gamma', 'delta'}\n"},
      {"/app/b.py", "print 'python 2'\n"},
      {"/app/c.py", "def alpha(beta, gamma='delta'):\n    return [beta, gamma, 'alpha', 3.5]\n"},
      {"/app/d.py", std::string("x = 1\0", 6)},
      {"/app/e.py", ""},
      {"/app/f.py", "# -*- coding: latin-1 -*-\nname = '\xe4'\n"},
      {"/app/g.py", "assert f'{1}' is '\\d'\n"}};
}

TEST_F(InterpreterTest, SaysWhichItIs) {
  const layer::Bytecode bytecode = interpreter()->describe();
  EXPECT_EQ(bytecode.python, python_->version);
  EXPECT_EQ(bytecode.magic & 0xff00, 0x0d00U);  // 33xx to 36xx
  EXPECT_TRUE(bytecode.build.starts_with(python_->version)) << bytecode.build;
  EXPECT_TRUE(bytecode.tag.starts_with("cpython-3")) << bytecode.tag;
}

TEST_F(InterpreterTest, CompilesToWhatPyCompileWrites) {
  const auto python = interpreter();
  const layer::Bytecode bytecode = python->describe();
  const std::vector<std::string> compiled = python->compile(some_sources());
  ASSERT_EQ(compiled.size(), 7U);
  EXPECT_EQ(compiled[1], "");  // for Python 2
  EXPECT_EQ(compiled[3], "");  // a NUL
  for (const std::size_t i : {0U, 2U, 4U, 5U, 6U}) {
    ASSERT_GT(compiled[i].size(), 16U) << i;
    EXPECT_EQ(static_cast<unsigned char>(compiled[i][0]), bytecode.magic & 0xff);
    EXPECT_EQ(static_cast<unsigned char>(compiled[i][1]), bytecode.magic >> 8);
    EXPECT_EQ(compiled[i].substr(2, 6), std::string("\r\n\1\0\0\0", 6)) << "unchecked hash";
  }
  util::TempDir folder;
  util::write_file(folder.path() / "c.pyc", compiled[2]);
  const util::SubprocessResult result =
      util::run({.command = {"/usr/bin/python3",
                             "-I",
                             "-c",
                             "import sys, runpy; m = runpy.run_path(sys.argv[1]); "
                             "print(m['alpha'](1), m['alpha'].__code__.co_filename)",
                             folder.path() / "c.pyc"}});
  EXPECT_EQ(result.output, "[1, 'delta', 'alpha', 3.5] /app/c.py\n") << result.error;
}

TEST_F(InterpreterTest, BytesDependOnTheSourceAlone) {
  const std::vector<PythonSource> sources = some_sources();
  const std::vector<std::string> once = interpreter()->compile(sources);
  const auto other = interpreter();
  std::vector<PythonSource> backwards(sources.rbegin(), sources.rend());
  std::vector<std::string> again = other->compile(backwards);
  std::reverse(again.begin(), again.end());
  EXPECT_EQ(again, once);
  std::vector<std::vector<std::string>> single(sources.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    threads.emplace_back([&, i] { single[i] = other->compile({sources[i]}); });
  }
  threads.clear();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    EXPECT_EQ(single[i], std::vector<std::string>{once[i]}) << i;
  }
}

TEST_F(InterpreterTest, NothingOfTheUsersEnvironmentReachesIt) {
  const std::vector<std::string> once = interpreter()->compile(some_sources());
  ::setenv("PYTHONHOME", "/nowhere", 1);
  ::setenv("PYTHONHASHSEED", "12", 1);
  ::setenv("PYTHONOPTIMIZE", "2", 1);
  ::setenv("LD_LIBRARY_PATH", "/nowhere", 1);
  const std::vector<std::string> again = interpreter()->compile(some_sources());
  for (const char* name : {"PYTHONHOME", "PYTHONHASHSEED", "PYTHONOPTIMIZE", "LD_LIBRARY_PATH"}) {
    ::unsetenv(name);
  }
  EXPECT_EQ(again, once);
}

TEST_F(InterpreterTest, BaseThatLacksALibraryIsNamed) {
  Interpreter python(
      "base 'test'", image_.platform, "/usr/bin/python3.99", [this] { return image_; }, 1);
  try {
    python.describe();
    FAIL();
  } catch (const util::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("the base has no '/usr/bin/python3.99'"));
  }
}

TEST_F(InterpreterTest, StandardLibraryBecomesALayer) {
  util::TempDir folder;
  const std::shared_ptr<store::Store> store = store::open_store(folder.path() / "store");
  const auto python = interpreter();
  const layer::Bytecode bytecode = python->describe();
  memo::LayerMemo memo(*store);
  const auto make = [&] {
    return stdlib_layer(image_,
                        "base 'test'",
                        python_->program,
                        bytecode,
                        core::Compression::splice,
                        {.store = *store,
                         .memo = memo,
                         .progress = util::silent_progress(),
                         .compiler = python.get()});
  };
  const std::optional<memo::LayerRecord> record = make();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->kind, "bytecode");
  EXPECT_GT(record->tar_size, 1'000'000U);
  EXPECT_EQ(make()->blob.digest, record->blob.digest);
}

TEST(PythonFiles, LibraryHasNoInstalledPackages) {
  EXPECT_EQ(library_folder("/usr/local/bin/python3.12"), "usr/local/lib/python3.12");
  EXPECT_TRUE(is_library_file("usr/lib/python3.11/os.py", "usr/lib/python3.11"));
  EXPECT_TRUE(is_library_file("usr/lib/python3.11/json/decoder.py", "usr/lib/python3.11"));
  EXPECT_FALSE(is_library_file("usr/lib/python3.11/site-packages/pip/x.py", "usr/lib/python3.11"));
  EXPECT_FALSE(is_library_file("usr/lib/python3.11/__pycache__/os.pyc", "usr/lib/python3.11"));
  EXPECT_FALSE(is_library_file("usr/lib/python3/x.py", "usr/lib/python3.11"));
}

}  // namespace
}  // namespace cartwheel::base

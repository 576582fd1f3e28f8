// Locks that somebody damaged: whatever the bytes are, the readers give a Lock or an Error.

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lock/base_lock.h"
#include "lock/lock.h"
#include "util/error.h"

namespace cartwheel::lock {
namespace {

const std::string kUv = R"(version = 1
revision = 3
requires-python = ">=3.11"
supported-markers = ["sys_platform == 'linux'"]
conflicts = [[{ package = "p", extra = "a" }, { package = "p", group = "b" }]]

[manifest]
members = ["p"]
requirements = [{ name = "q", extras = ["x"], marker = "os_name == 'nt'" }]

[[package]]
name = "p"
source = { editable = "." }
dependencies = [{ name = "q", version = "1", source = { registry = "https://i.test" }, extra = ["x"], marker = "extra == 'extra-1-p-a'" }]

[package.optional-dependencies]
a = [{ name = "q" }]

[package.metadata]
requires-dist = [{ name = "q", specifier = ">=1" }]

[[package]]
name = "q"
version = "1"
source = { registry = "https://i.test" }
sdist = { url = "https://f.test/q-1.tar.gz", hash = "md5:0123456789abcdef0123456789abcdef", size = 3 }
wheels = [{ url = "https://f.test/q-1-py3-none-any.whl", upload-time = 2024-01-01T00:00:00Z }]
)";

const std::string kPylock = R"(lock-version = "1.0"
created-by = "t"
environments = ["sys_platform == 'linux'"]
extras = ["a"]
[[packages]]
name = "p"
version = "1"
marker = "'a' in extras"
wheels = [{ url = "https://f.test/p-1-py3-none-any.whl", size = 3, hashes = { md5 = "0123456789abcdef0123456789abcdef" } }]
[[packages]]
name = "q"
vcs = { type = "git", url = "https://h.test/q", commit-id = "0123" }
)";

const std::string kBase = R"(version = 1
[[base]]
platform = "linux/amd64"
kind = "composed"
name = "b"
[base.facts]
parents = [{ path = "opt", mode = "0755", uid = 0, gid = 0 }]
[[base.release]]
url = "http://d.test"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
date = 2024-01-01T00:00:00Z
)";

// A byte changed, a piece cut out, or a piece said twice, a few times over.
std::string damaged(std::string text, std::mt19937& random) {
  static const std::string kBytes = "\"'[]{}=,.#\n\\ 0ax-:\0\xff";
  for (unsigned i = 0; i < 1 + random() % 3; ++i) {
    std::size_t at = random() % text.size();
    std::size_t size = 1 + random() % 20;
    switch (random() % 3) {
      case 0:
        text[at] = kBytes[random() % kBytes.size()];
        break;
      case 1:
        text.erase(at, size);
        break;
      default:
        text.insert(random() % text.size(), text.substr(at, size));
        break;
    }
  }
  return text;
}

template <typename Read>
void expect_lock_or_error(const std::string& text, Read read_text) {
  std::mt19937 random(7);
  unsigned refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string bad = damaged(text, random);
    try {
      read_text(bad);
    } catch (const util::Error& error) {
      EXPECT_NE(error.kind(), util::ErrorKind::internal) << bad;
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000U);
  EXPECT_LT(refused, 4000U);
}

TEST(DamagedLock, IsALockOrAnError) {
  expect_lock_or_error(kUv, [](const std::string& text) { read("uv.lock", text); });
  expect_lock_or_error(kPylock, [](const std::string& text) { read("pylock.toml", text); });
  expect_lock_or_error(kBase, [](const std::string& text) { read_base_lock(text); });
}

TEST(DamagedLock, DeepNestingIsRefused) {
  const std::string deep(200'000, '[');
  EXPECT_THROW(read("uv.lock", "version = 1\nx = " + deep), util::Error);
  EXPECT_THROW(read("pylock.toml", "lock-version = \"1.0\"\nx = " + deep), util::Error);
  const std::string marker(200'000, '(');
  EXPECT_THROW(read("uv.lock", "version = 1\nsupported-markers = [\"" + marker + "\"]\n"),
               util::Error);
}

}  // namespace
}  // namespace cartwheel::lock

#include "build/loader_layer.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf/elf.h"
#include "util/stream.h"

namespace cartwheel::build {
namespace {

using testing::ElementsAre;

const plan::LibraryFolder kCublas = {
    .path = "/opt/venv/lib/python3.11/site-packages/nvidia/cublas/lib",
    .libraries = {{"libcublas.so.12", "libcublas.so.12"},
                  {"libcublasLt.so.12.1", "libcublasLt.so.12"}},
    .wanted_by = {"ctranslate2"}};

std::map<std::string, layer::TreeEntry> by_path(std::vector<layer::TreeEntry> entries) {
  std::map<std::string, layer::TreeEntry> out;
  for (layer::TreeEntry& entry : entries) {
    std::string path = entry.entry.path;
    EXPECT_TRUE(out.emplace(path, std::move(entry)).second) << path;
  }
  return out;
}

std::string text_of(const layer::TreeEntry& entry) {
  return util::read_all(*entry.open(), 1 << 20, entry.entry.path);
}

std::string base_cache() {
  return elf::ld_so_cache({"x86_64",
                           {{"libm.so.6", "/lib/x86_64-linux-gnu/libm.so.6"}},
                           "ldconfig (Debian GLIBC 2.36-9)"});
}

TEST(LoaderLayer, FoldersStandInTheConfigurationAndTheirLibrariesInTheCache) {
  auto entries = by_path(
      loader_entries({kCublas}, "x86_64", base_cache(), "include /etc/ld.so.conf.d/*.conf\n", {}));
  std::vector<std::string> paths;
  for (const auto& [path, entry] : entries) {
    paths.push_back(path);
  }
  EXPECT_THAT(paths,
              ElementsAre("etc/ld.so.cache",
                          "etc/ld.so.conf.d",
                          "etc/ld.so.conf.d/zz-cartwheel.conf",
                          kCublas.path.substr(1) + "/libcublasLt.so.12"));
  EXPECT_EQ(text_of(entries.at("etc/ld.so.conf.d/zz-cartwheel.conf")), kCublas.path + "\n");
  EXPECT_EQ(entries.at(kCublas.path.substr(1) + "/libcublasLt.so.12").entry.target,
            "libcublasLt.so.12.1");
  EXPECT_EQ(text_of(entries.at("etc/ld.so.cache")),
            elf::ld_so_cache({"x86_64",
                              {{"libm.so.6", "/lib/x86_64-linux-gnu/libm.so.6"},
                               {"libcublas.so.12", kCublas.path + "/libcublas.so.12"},
                               {"libcublasLt.so.12", kCublas.path + "/libcublasLt.so.12"}},
                              "ldconfig (Debian GLIBC 2.36-9)"}))
      << "as the base's ldconfig would write it";
}

TEST(LoaderLayer, ABaseWithoutConfigurationGetsOne) {
  auto entries = by_path(loader_entries({kCublas}, "aarch64", "", "", {{"etc", 0750, 0, 7}}));
  EXPECT_EQ(text_of(entries.at("etc/ld.so.conf")), "include /etc/ld.so.conf.d/*.conf\n");
  EXPECT_EQ(entries.at("etc").entry.mode, 0750U);
  EXPECT_EQ(entries.at("etc").entry.gid, 7U);
  elf::CacheInput cache = elf::read_ld_so_cache(text_of(entries.at("etc/ld.so.cache")));
  EXPECT_EQ(cache.entries.size(), 2U);
  auto other = by_path(loader_entries({kCublas}, "aarch64", "", "/opt/lib", {}));
  EXPECT_EQ(text_of(other.at("etc/ld.so.conf")), "/opt/lib\ninclude /etc/ld.so.conf.d/*.conf\n");
}

}  // namespace
}  // namespace cartwheel::build

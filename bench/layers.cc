// Recipes and facts of the given wheels, memo empty: each wheel is copied into a fresh store (page
// cache warm, not counted), then every layer is made, largest first.
//   bench_layers THREADS STORE WHEEL…        STORE: a folder that does not exist yet, on the
//   wheels' file system
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "layer/make_wheel_layer.h"
#include "memo/layer_memo.h"
#include "python/names.h"
#include "store/store.h"
#include "usage.h"
#include "util/file.h"
#include "util/parallel.h"

namespace cartwheel::bench {
namespace {

namespace fs = std::filesystem;

core::Digest add_wheel(const fs::path& path, store::Store& store) {
  util::FileSource source(path);
  auto upload = store.begin();
  util::copy(source, *upload);
  return upload->commit();
}

layer::WheelLayerSpec spec_of(const fs::path& path, const core::Digest& digest) {
  layer::WheelLayerSpec spec;
  std::string filename = path.filename();
  std::string name = filename.substr(0, filename.find('-'));
  spec.wheels.push_back({.name = python::normalized_name(name),
                         .version = "0",
                         .filename = filename,
                         .sha256 = digest,
                         .direct_url = "",
                         .omit = {}});
  return spec;
}

std::uint64_t size_below(const fs::path& folder) {
  std::uint64_t size = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    size += entry.is_regular_file() ? entry.file_size() : 0;
  }
  return size;
}

}  // namespace
}  // namespace cartwheel::bench

int main(int argc, char** argv) {
  using namespace cartwheel;
  if (argc < 4) {
    std::fputs("usage: bench_layers THREADS STORE WHEEL...\n", stderr);
    return 2;
  }
  std::size_t threads = std::strtoul(argv[1], nullptr, 10);
  std::filesystem::path root = argv[2];
  std::vector<std::filesystem::path> wheels(argv + 3, argv + argc);
  auto size = [](const std::filesystem::path& path) { return std::filesystem::file_size(path); };
  std::ranges::sort(wheels, std::greater<>(), size);
  std::unique_ptr<store::Store> store = store::open_store(root);
  std::vector<layer::WheelLayerSpec> specs;
  std::uint64_t in = 0;
  for (const std::filesystem::path& wheel : wheels) {
    specs.push_back(bench::spec_of(wheel, bench::add_wheel(wheel, *store)));
    in += size(wheel);
  }
  for (const char* made : {"layers", "recipes", "facts", "paths"}) {
    std::filesystem::remove_all(root / made);
  }
  double before = bench::usage().cpu_seconds;
  std::uint64_t before_size = bench::size_below(root);
  memo::LayerMemo memo(*store);
  std::vector<memo::LayerRecord> records(specs.size());
  bench::Stopwatch watch;
  util::parallel_for(specs.size(), threads, [&](std::size_t i) {
    layer::Services services{
        .store = *store, .memo = memo, .progress = util::silent_progress(), .threads = threads};
    records[i] = layer::make_wheel_layer(specs[i], services);
  });
  std::uint64_t out = 0;
  for (const memo::LayerRecord& record : records) {
    out += record.tar_size;
  }
  bench::print_result("layers", watch, in, out);
  fmt::print(
      "cpu of the layers: {:.3f} s; on disk: {} bytes, {:.3f} % of the wheels\n",
      bench::usage().cpu_seconds - before,
      bench::size_below(root) - before_size,
      100.0 * static_cast<double>(bench::size_below(root) - before_size) / static_cast<double>(in));
  if (std::getenv("BENCH_DIGESTS") != nullptr) {
    for (std::size_t i = 0; i < specs.size(); ++i) {
      fmt::print("{} {} {}\n",
                 specs[i].wheels[0].name,
                 records[i].blob.digest.str(),
                 records[i].diff_id.str());
    }
  }
}

#include "build/outputs.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "store/recipe.h"
#include "util/error.h"
#include "util/parallel.h"

namespace cartwheel::build {

namespace fs = std::filesystem;

namespace {

// Blobs of all images, each once, the largest first.
std::vector<std::shared_ptr<const core::Blob>> blobs_of(const std::vector<oci::Image>& images) {
  std::map<core::Digest, std::shared_ptr<const core::Blob>> unique;
  for (const oci::Image& image : images) {
    for (const oci::Layer& layer : image.layers) {
      unique.emplace(layer.descriptor.digest, layer.blob);
    }
  }
  std::vector<std::shared_ptr<const core::Blob>> out;
  out.reserve(unique.size());
  for (auto& [digest, blob] : unique) {
    out.push_back(std::move(blob));
  }
  std::ranges::stable_sort(out, std::greater<>(), [](const auto& blob) { return blob->size(); });
  return out;
}

// A blob whose bytes are not its own comes from a damaged store: what is wrong there goes, so that
// the next build fetches or makes it again.
void put_blob(const core::Blob& blob, transport::ImageSink& sink, store::Store& store) {
  try {
    sink.put_blob(blob);
  } catch (const util::Error& error) {
    if (error.kind() != util::ErrorKind::integrity ||
        store::remove_damaged(store, blob.digest()) == 0) {
      throw;
    }
    throw util::Error(
        error.kind(),
        fmt::format("{}: the store was damaged, and what was wrong has been removed: build again",
                    error.what()));
  }
}

}  // namespace

std::vector<fs::path> output_paths(const std::vector<transport::Reference>& outputs) {
  std::vector<fs::path> out;
  for (const transport::Reference& reference : outputs) {
    out.push_back(fs::absolute(reference.path).lexically_normal());
  }
  return out;
}

std::vector<Output> open_outputs(const std::vector<transport::Reference>& references,
                                 std::size_t platforms,
                                 const Options& options,
                                 const Ports& ports) {
  std::vector<Output> out;
  for (const transport::Reference& reference : references) {
    reference.check_platforms(platforms);
    out.push_back(
        {.name = reference.str(),
         .sink = transport::make_sink(
             reference, {.threads = options.threads, .sync = options.sync}, ports.progress)});
  }
  return out;
}

void write_outputs(const oci::BuiltIndex& index,
                   const std::vector<Output>& outputs,
                   const Options& options,
                   const Ports& ports,
                   Outcome& outcome) {
  std::vector<oci::Image> images;
  images.reserve(index.images.size());
  for (const oci::BuiltImage& built : index.images) {
    images.push_back(built.image);
  }
  std::vector<std::shared_ptr<const core::Blob>> blobs = blobs_of(images);
  std::uint64_t size = 0;
  for (const auto& blob : blobs) {
    size += blob->size();
  }
  for (const Output& output : outputs) {
    ports.progress.begin("write", output.name, size);
    util::parallel_for(blobs.size(), options.threads, [&](std::size_t i) {
      put_blob(*blobs[i], *output.sink, *ports.store);
    });
    transport::WriteResult result = output.sink->write(index);
    ports.progress.end("write", output.name);
    outcome.bytes_written += result.bytes_written;
    outcome.blobs_written += result.blobs_written;
    outcome.blobs_present += result.blobs_present;
  }
}

void describe(const oci::BuiltIndex& index, Outcome& outcome) {
  outcome.index = index.blob->digest().str();
  for (const oci::BuiltImage& built : index.images) {
    BuiltPlatform platform{.platform = built.image.platform.str(),
                           .manifest = built.manifest->digest().str(),
                           .layers = built.image.layers.size()};
    auto accelerator = built.image.annotations.find("dev.cartwheel.accelerator");
    platform.accelerator = accelerator == built.image.annotations.end() ? "" : accelerator->second;
    platform.size = built.config->size() + built.manifest->size();
    for (const oci::Layer& layer : built.image.layers) {
      platform.size += layer.descriptor.size;
    }
    outcome.platforms.push_back(platform);
  }
}

}  // namespace cartwheel::build

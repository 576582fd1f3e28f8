#include "build/data_layers.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "build/image_layers.h"
#include "core/url.h"
#include "fetch/fetch.h"
#include "memo/stat_cache.h"
#include "store/recipe.h"
#include "util/error.h"
#include "util/parallel.h"
#include "util/text.h"

namespace cartwheel::build {

namespace {

namespace fs = std::filesystem;
using layer::DataFile;
using util::Error;
using util::ErrorKind;

// One layer that is to be there at the end.
struct Job {
  std::string name;  // of the entry, for people
  std::string to;
  std::size_t part = 1, parts = 1;
  std::vector<DataFile> files;
  const ScannedTree* tree = nullptr;  // nothing: of a url
  const settings::DataEntry* entry = nullptr;
  std::string key;
  std::optional<memo::LayerRecord> record;
};

// Without what may be secret in a URL.
std::string name_of(const settings::DataEntry& entry) {
  if (entry.url.empty()) {
    return entry.from;
  }
  core::Url url = core::Url::parse(entry.url);
  url.query.clear();
  url.fragment.clear();
  return url.str();
}

std::string file_name(const settings::DataEntry& entry) {
  std::string name = core::Url::parse(entry.url).file_name();
  if (name.empty()) {
    throw Error(ErrorKind::usage, fmt::format("data: '{}' names no file", name_of(entry)));
  }
  return name;
}

DataFile url_file(const settings::DataEntry& entry) {
  std::string path = entry.to.ends_with('/') ? entry.to + file_name(entry) : entry.to;
  return {.path = path.substr(path.find_first_not_of('/')),
          .content = *core::Digest::from_hex(entry.sha256)};
}

std::vector<DataFile> tree_files(const ScannedTree& scanned) {
  std::vector<DataFile> out;
  out.reserve(scanned.tree.files.size());
  for (std::size_t i = 0; i < scanned.tree.files.size(); ++i) {
    const tree::TreeFile& file = scanned.tree.files[i];
    out.push_back({.path = target_path(scanned, file),
                   .mode = file.executable ? 0755U : 0644U,
                   .size = file.size,
                   .link = file.link,
                   .file = scanned.tree.root / file.path});
    if (!scanned.contents.empty()) {
      out.back().content = scanned.contents.at(i);
    }
  }
  return out;
}

// In the settings' order; the scanned trees of kind "data" come in it as well.
std::vector<Job> jobs_of(const settings::Settings& settings,
                         const std::vector<ScannedTree>& scanned) {
  std::vector<Job> out;
  auto next_tree = scanned.begin();
  for (const settings::DataEntry& entry : settings.data) {
    std::vector<std::vector<DataFile>> parts;
    const ScannedTree* tree = nullptr;
    if (entry.url.empty()) {
      next_tree = std::find_if(next_tree, scanned.end(), [](const ScannedTree& one) {
        return one.source.kind == "data";
      });
      tree = &*next_tree++;
      parts = layer::data_parts(tree_files(*tree), settings.max_layer_size);
    } else {
      parts = {{url_file(entry)}};
    }
    if (parts.empty()) {
      throw Error(ErrorKind::not_found, fmt::format("data: '{}' has no file to take", entry.from));
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      out.push_back({.name = name_of(entry),
                     .to = entry.to,
                     .part = i + 1,
                     .parts = parts.size(),
                     .files = std::move(parts[i]),
                     .tree = tree,
                     .entry = &entry});
    }
  }
  return out;
}

// What is known of a layer, unless the bytes that it is streamed from are not there.
void look_up(std::vector<Job>& jobs,
             const std::vector<facts::BaseFacts::Parent>& parents,
             core::Compression compression,
             const store::Store& store,
             memo::LayerMemo& memo) {
  for (Job& job : jobs) {
    job.key = layer::data_layer_key(job.files, parents, compression);
    job.record = memo.find(job.key);
    const bool is_far = job.tree == nullptr && !store.has(job.files[0].content);
    if (job.record && job.record->recipe && !store.has(job.record->blob.digest) && is_far) {
      job.record.reset();
    }
  }
}

void fetch_missing(std::vector<Job>& jobs, const Options& options, const Ports& ports) {
  std::vector<fetch::Wanted> wanted;
  for (const Job& job : jobs) {
    if (!job.record && job.tree == nullptr) {
      wanted.push_back({.artifact = {.filename = file_name(*job.entry),
                                     .url = job.entry->url,
                                     .hashes = {{"sha256", job.entry->sha256}},
                                     .size = std::nullopt,
                                     .upload_time = ""},
                        .place = "data"});
    }
  }
  if (wanted.empty()) {
    return;
  }
  fetch::fetch(wanted,
               {.folder = {}, .transfers = options.transfers, .offline = options.offline},
               ports.http,
               *ports.store,
               ports.progress,
               [](std::size_t, const core::Digest&) {});
  for (Job& job : jobs) {
    if (!job.record && job.tree == nullptr) {
      const std::unique_ptr<util::File> file = ports.store->find(job.files[0].content);
      job.files[0].file = file->path();
      job.files[0].size = file->size();
    }
  }
}

// A layer whose files changed while it was made must not be remembered under what they held before.
void check_unchanged(const Job& job, store::Store& store) {
  if (job.tree == nullptr) {
    return;  // the store's files do not change
  }
  memo::StatCache cache(store, fs::absolute(job.tree->tree.root));
  for (const DataFile& file : job.files) {
    if (file.link.empty() &&
        cache.digest(file.file.lexically_relative(job.tree->tree.root)) != file.content) {
      throw Error(ErrorKind::io,
                  fmt::format("data: '{}' changed while its layer was made", file.file.string()));
    }
  }
}

void make_missing(std::vector<Job>& jobs,
                  const std::vector<facts::BaseFacts::Parent>& parents,
                  core::Compression compression,
                  const Options& options,
                  const Ports& ports,
                  memo::LayerMemo& memo) {
  util::parallel_for(jobs.size(), options.threads, [&](std::size_t i) {
    Job& job = jobs[i];
    if (job.record) {
      return;
    }
    const std::string what = fmt::format("{} {}/{}", job.name, job.part, job.parts);
    ports.progress.begin("layer", what, std::nullopt);
    job.record = layer::make_data_layer(job.files, parents, compression, *ports.store);
    check_unchanged(job, *ports.store);
    memo.put(job.key, *job.record);
    ports.progress.end("layer", what);
  });
}

// Opens local files by what they held when they were hashed.
store::Elsewhere local_files(const std::vector<Job>& jobs) {
  auto files = std::make_shared<std::map<core::Digest, fs::path>>();
  for (const Job& job : jobs) {
    for (const DataFile& file : job.files) {
      if (job.tree != nullptr && file.link.empty()) {
        files->emplace(file.content, fs::absolute(file.file));
      }
    }
  }
  return [files](const core::Digest& digest) -> std::unique_ptr<util::File> {
    auto found = files->find(digest);
    return found == files->end()
               ? nullptr
               : std::make_unique<util::File>(util::File::open_read(found->second));
  };
}

}  // namespace

std::vector<StackedLayer> data_layers(const settings::Settings& settings,
                                      const std::vector<ScannedTree>& scanned,
                                      const std::vector<facts::BaseFacts::Parent>& parents,
                                      const Options& options,
                                      const Ports& ports,
                                      memo::LayerMemo& memo) {
  std::vector<Job> jobs = jobs_of(settings, scanned);
  look_up(jobs, parents, settings.compression, *ports.store, memo);
  fetch_missing(jobs, options, ports);
  make_missing(jobs, parents, settings.compression, options, ports, memo);
  const store::Elsewhere elsewhere = local_files(jobs);
  std::vector<StackedLayer> out;
  for (const Job& job : jobs) {
    std::string what = fmt::format("cartwheel: data: {}", job.name);
    if (job.parts > 1) {
      what += fmt::format(" ({} of {})", job.part, job.parts);
    }
    out.push_back(stacked(*job.record, "data", what, ports.store, elsewhere));
    out.back().layer.descriptor.annotations["dev.cartwheel.data"] = job.to;
  }
  return out;
}

std::size_t data_layer_count(const ScannedTree& listed, const settings::Settings& settings) {
  return layer::data_parts(tree_files(listed), settings.max_layer_size).size();
}

SourceTree data_tree(const settings::DataEntry& entry) {
  return {.kind = "data",
          .name = entry.from,
          .from = entry.from,
          .to = entry.to,
          .include = entry.include,
          .exclude = entry.exclude};
}

std::vector<plan::PlannedData> planned_data(const settings::Settings& settings,
                                            const Inputs& inputs,
                                            store::Store& store) {
  std::vector<plan::PlannedData> out;
  for (const settings::DataEntry& entry : settings.data) {
    plan::PlannedData planned{.source = name_of(entry), .to = entry.to};
    if (!entry.url.empty()) {
      if (const auto file = store.find(*core::Digest::from_hex(entry.sha256))) {
        planned.size = file->size();
      }
    } else {
      const ScannedTree listed = list(data_tree(entry), inputs.folder, {});
      planned.size = 0;
      for (const tree::TreeFile& file : listed.tree.files) {
        *planned.size += file.size;
      }
      planned.files = listed.tree.files.size();
      planned.layers = data_layer_count(listed, settings);
    }
    out.push_back(std::move(planned));
  }
  return out;
}

}  // namespace cartwheel::build

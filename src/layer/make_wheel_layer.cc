#include "layer/make_wheel_layer.h"

#include <algorithm>

#include <fmt/format.h>

#include "layer/entries.h"
#include "layer/facts_of_wheel.h"
#include "layer/inflate_ahead.h"
#include "layer/layer_writer.h"
#include "layer/parts.h"
#include "util/error.h"

namespace cartwheel::layer {

using core::Digest;
using facts::WheelFacts;
using util::Error;
using util::ErrorKind;

namespace {

// What one part of a wheel told, until all parts are known.
std::string part_key(const WheelInput& wheel, const WheelLayerSpec& spec, int part) {
  return fmt::format("part {} of {} of {} by {}",
                     part,
                     spec.part->second,
                     wheel.sha256.hex(),
                     spec.max_layer_size);
}

bool has_facts(const WheelInput& wheel, const WheelLayerSpec& spec, const Services& services) {
  if (services.memo.find_facts(wheel.sha256) && services.memo.find_paths(wheel.sha256)) {
    return true;
  }
  return spec.part &&
         services.store
             .find_record(store::RecordKind::facts, part_key(wheel, spec, spec.part->first))
             .has_value();
}

std::string progress_name(const WheelLayerSpec& spec) {
  std::string first = spec.wheels.front().filename;
  if (spec.wheels.size() > 1) {
    return fmt::format("{} and {} more", first, spec.wheels.size() - 1);
  }
  return spec.part ? fmt::format("{} ({} of {})", first, spec.part->first, spec.part->second)
                   : first;
}

// Makes one layer; lives as long as that takes.
class Maker {
 public:
  Maker(const WheelLayerSpec& spec, const Services& services)
      : spec_(spec),
        services_(services),
        reader_(services.inflater) {}

  memo::LayerRecord make(const std::string& key) {
    open_wheels();
    entries_ = layer_entries(spec_, wheels_, reader_);
    plan_jobs();
    services_.progress.begin("layer", progress_name(spec_), compressed_size());
    memo::LayerRecord record = record_of(write());
    services_.progress.end("layer", progress_name(spec_));
    for (std::size_t i = 0; i < wheels_.size(); ++i) {
      put_facts(i);
    }
    services_.memo.put(key, record);
    return record;
  }

 private:
  // A job, and whose it is.
  struct Owner {
    std::size_t wheel = 0;
    const std::string* installed = nullptr;
  };

  void open_wheels() {
    for (const WheelInput& input : spec_.wheels) {
      OpenWheel wheel = open_wheel(input, spec_, services_, reader_);
      if (spec_.part) {
        check_parts(wheel);
      }
      wheel.wants_facts = !has_facts(input, spec_, services_);
      wheels_.push_back(std::move(wheel));
    }
    bulk_.resize(wheels_.size());
  }

  void check_parts(const OpenWheel& wheel) const {
    if (wheel.parts.count != spec_.part->second || spec_.part->first < 1 ||
        spec_.part->first > wheel.parts.count || wheels_.size() > 1) {
      throw Error(ErrorKind::internal,
                  fmt::format("{}: part {} of {} wanted, and it has {}",
                              wheel.input->filename,
                              spec_.part->first,
                              spec_.part->second,
                              wheel.parts.count));
    }
  }

  // One job for each file that is inflated: those of the layer in its order, and, where the facts
  // are wanted, those that the layer leaves out.
  void plan_jobs() {
    std::vector<std::vector<bool>> in_layer(wheels_.size());
    for (std::size_t i = 0; i < wheels_.size(); ++i) {
      in_layer[i].resize(wheels_[i].contents.members.size());
      installed_.emplace_back(wheels_[i].contents.members.size());
      for (const WheelFileEntry& file : wheels_[i].contents.files) {
        installed_[i][file.member] = &file;
      }
    }
    for (const LayerFile& file : entries_.files) {
      if (file.is_compiled) {
        add_compiled_job(file.wheel, *file.member);
      } else if (file.member != nullptr) {
        add_job(file.wheel, *file.member, true);
        in_layer[file.wheel][member_index(file.wheel, *file.member)] = true;
      }
    }
    for (std::size_t i = 0; i < wheels_.size(); ++i) {
      const OpenWheel& wheel = wheels_[i];
      for (std::size_t k = 0; wheel.wants_facts && k < wheel.contents.files.size(); ++k) {
        std::size_t member = wheel.contents.files[k].member;
        bool here = !spec_.part || wheel.parts.part_of[k] == spec_.part->first;
        if (here && !in_layer[i][member]) {
          add_job(i, wheel.contents.members[member], false);
        }
      }
    }
  }

  std::size_t member_index(std::size_t wheel, const archive::ZipMember& member) const {
    return static_cast<std::size_t>(&member - wheels_[wheel].contents.members.data());
  }

  void add_job(std::size_t wheel, const archive::ZipMember& member, bool content) {
    const OpenWheel& from = wheels_[wheel];
    const WheelFileEntry& installed = *installed_[wheel][member_index(wheel, member)];
    jobs_.push_back({.file = from.file.get(),
                     .member = &member,
                     .strict = !from.input->trusted,
                     .content = content,
                     .facts = from.wants_facts,
                     .record_hash = &installed.record_hash,
                     .place = from.input->filename});
    owners_.push_back({.wheel = wheel, .installed = &installed.installed});
  }

  void add_compiled_job(std::size_t wheel, const archive::ZipMember& member) {
    jobs_.push_back({.file = wheels_[wheel].pack_file.get(),
                     .member = &member,
                     .facts = false,
                     .place = wheels_[wheel].input->filename});
    owners_.push_back({.wheel = wheel, .installed = nullptr});
  }

  std::uint64_t compressed_size() const {
    std::uint64_t size = 0;
    for (const MemberJob& job : jobs_) {
      size += job.member->compressed_size;
    }
    return size;
  }

  WrittenLayer write() {
    std::unique_ptr<LayerWriter> writer = begin_writer();
    InflateAhead ahead(jobs_, services_.threads, services_.inflater);
    for (const archive::TarEntry& folder : entries_.folders) {
      writer->header(folder);
    }
    std::size_t job = 0;
    for (const LayerFile& file : entries_.files) {
      writer->header(file.entry);
      if (file.member == nullptr) {
        writer->text(util::as_bytes(file.text));
      } else {
        write_member(file, job++, ahead, *writer);
      }
      writer->padding(file.entry.size);
    }
    for (; job < jobs_.size(); ++job) {
      next_member(job, ahead, [](util::Bytes) {});
    }
    return writer->finish();
  }

  std::unique_ptr<LayerWriter> begin_writer() const {
    if (spec_.compression == core::Compression::zstd) {
      return write_blob(services_.store, spec_.compression, tar_size(entries_));
    }
    std::vector<std::pair<Digest, std::uint64_t>> sources;
    sources.reserve(wheels_.size());
    for (const OpenWheel& wheel : wheels_) {
      sources.emplace_back(wheel.input->sha256, wheel.file->size());
    }
    for (const OpenWheel& wheel : wheels_) {
      sources.emplace_back(wheel.pack.digest, wheel.pack_file ? wheel.pack_file->size() : 0);
    }
    return write_recipe(services_.store, std::move(sources));
  }

  void write_member(const LayerFile& file,
                    std::size_t job,
                    InflateAhead& ahead,
                    LayerWriter& writer) {
    const archive::ZipMember& member = *file.member;
    MemberReader::CompressedOut compressed;
    if (member.size > 0) {
      compressed = [&](util::Bytes piece, bool before_last) {
        writer.compressed(piece, before_last);
      };
    }
    MemberOutcome outcome = next_member(
        job, ahead, [&](util::Bytes piece) { writer.content(piece); }, compressed);
    if (member.size > 0) {
      const OpenWheel& wheel = wheels_[file.wheel];
      writer.end_content({.source = file.is_compiled ? wheels_.size() + file.wheel : file.wheel,
                          .file = file.is_compiled ? wheel.pack_file.get() : wheel.file.get(),
                          .offset = member.data_offset,
                          .compressed_size = member.compressed_size,
                          .size = member.size,
                          .crc32 = member.crc32,
                          .deflated = member.deflated,
                          .end = outcome.end.value_or(archive::DeflateEnd())});
    }
  }

  MemberOutcome next_member(std::size_t job,
                            InflateAhead& ahead,
                            const std::function<void(util::Bytes)>& out,
                            const MemberReader::CompressedOut& compressed = {}) {
    const Owner& owner = owners_[job];
    MemberOutcome outcome = removing_wrong(jobs_[job].file == wheels_[owner.wheel].file.get()
                                               ? wheels_[owner.wheel].input->sha256
                                               : wheels_[owner.wheel].pack.digest,
                                           services_.store,
                                           [&] { return ahead.next(out, compressed); });
    if (wheels_[owner.wheel].wants_facts && owner.installed != nullptr) {
      bulk_[owner.wheel].add(*owner.installed, outcome);
    }
    services_.progress.advance("layer", progress_name(spec_), jobs_[job].member->compressed_size);
    return outcome;
  }

  memo::LayerRecord record_of(const WrittenLayer& written) const {
    memo::LayerRecord record;
    bool zstd = spec_.compression == core::Compression::zstd;
    record.blob.media_type = zstd ? core::kLayerZstdType : core::kLayerGzipType;
    record.blob.digest = written.blob;
    record.blob.size = written.size;
    record.diff_id = written.diff_id;
    record.tar_size = written.tar_size;
    record.kind = spec_.bucket ? "bucket" : "wheel";
    record.recipe = written.recipe;
    for (const WheelInput& wheel : spec_.wheels) {
      record.packages.push_back({wheel.name, wheel.version, wheel.sha256.hex()});
    }
    return record;
  }

  void put_facts(std::size_t index) {
    const OpenWheel& wheel = wheels_[index];
    if (!wheel.wants_facts) {
      return;
    }
    WheelFacts facts = facts_of(*wheel.input, wheel.file->size(), wheel.contents);
    BulkFacts bulk = bulk_[index];
    if (spec_.part && !join_parts(wheel, facts, bulk)) {
      return;
    }
    add_bulk(facts, bulk);
    services_.memo.put_facts(facts, paths_of(wheel.contents));
  }

  // Keeps what this part told; then adds what the others did. False when one of them is not made
  // yet: it will find ours.
  bool join_parts(const OpenWheel& wheel, const WheelFacts& facts, BulkFacts& bulk) {
    WheelFacts ours = facts;
    add_bulk(ours, bulk);
    services_.store.put_record(store::RecordKind::facts,
                               part_key(*wheel.input, spec_, spec_.part->first),
                               facts::to_json(ours));
    for (int part = 1; part <= spec_.part->second; ++part) {
      if (part == spec_.part->first) {
        continue;
      }
      std::optional<std::string> text = services_.store.find_record(
          store::RecordKind::facts, part_key(*wheel.input, spec_, part));
      if (!text) {
        return false;
      }
      bulk.add(facts::wheel_facts_from_json(*text));
    }
    return true;
  }

  const WheelLayerSpec& spec_;
  const Services& services_;
  MemberReader reader_;
  std::vector<OpenWheel> wheels_;
  LayerEntries entries_;
  std::vector<MemberJob> jobs_;
  std::vector<Owner> owners_;  // of each job
  // by wheel and member; null: not installed
  std::vector<std::vector<const WheelFileEntry*>> installed_;
  std::vector<BulkFacts> bulk_;  // by wheel
};

}  // namespace

std::optional<memo::LayerRecord> find_wheel_layer(const WheelLayerSpec& spec,
                                                  const std::string& key,
                                                  const Services& services) {
  bool has_packs =
      !has_bytecode(spec) || std::ranges::all_of(spec.wheels, [&](const WheelInput& wheel) {
        return find_pack(wheel, spec, services.store).has_value();
      });
  return has_packs ? services.memo.find(key) : std::nullopt;
}

memo::LayerRecord make_wheel_layer(const WheelLayerSpec& spec, const Services& services) {
  if (spec.wheels.empty()) {
    throw Error(ErrorKind::internal, "a layer of no wheels");
  }
  std::string key = memo_key(spec);
  std::optional<memo::LayerRecord> known = find_wheel_layer(spec, key, services);
  bool complete = known && std::ranges::all_of(spec.wheels, [&](const WheelInput& wheel) {
                    return has_facts(wheel, spec, services);
                  });
  return complete ? *known : Maker(spec, services).make(key);
}

int count_parts(const WheelInput& wheel, std::uint64_t max_layer_size, store::Store& store) {
  std::unique_ptr<util::File> file = wheel_file(wheel, store);
  if (file->size() <= max_layer_size) {
    return 1;
  }
  MemberReader reader;
  return util::in_context(wheel.filename, [&] {
    return cut_into_parts(read_contents(*file, wheel, reader), max_layer_size).count;
  });
}

std::vector<facts::InstalledPath> installed_paths(const WheelInput& wheel, store::Store& store) {
  std::unique_ptr<util::File> file = wheel_file(wheel, store);
  MemberReader reader;
  return util::in_context(wheel.filename,
                          [&] { return paths_of(read_contents(*file, wheel, reader)); });
}

std::optional<std::string> installed_text(const WheelInput& wheel,
                                          const std::string& installed_path,
                                          store::Store& store) {
  std::unique_ptr<util::File> file = store.find(wheel.sha256);
  if (!file) {
    return std::nullopt;
  }
  MemberReader reader;
  return util::in_context(wheel.filename, [&]() -> std::optional<std::string> {
    WheelContents contents = read_contents(*file, wheel, reader);
    auto found = std::ranges::find(contents.files, installed_path, &WheelFileEntry::installed);
    if (found == contents.files.end()) {
      return std::nullopt;
    }
    return reader.read_text(*file, contents.members[found->member], !wheel.trusted, kMostText);
  });
}

}  // namespace cartwheel::layer

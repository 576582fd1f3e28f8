#include "memo/build_memo.h"

#include <nlohmann/json.hpp>

#include "core/format.h"
#include "memo/canonical.h"
#include "memo/descriptor_json.h"
#include "util/error.h"

namespace cartwheel::memo {

using nlohmann::json;
using store::RecordKind;

std::string key_of(const BuildKey& key) {
  json out{{"format", core::kFormat}, {"program", key.program_version}};
  for (const auto& [role, digest] : key.files) {
    out["files"][role] = digest.hex();
  }
  if (!key.options.empty()) {
    out["options"] = key.options;
  }
  if (key.source_date_epoch) {
    out["source_date_epoch"] = *key.source_date_epoch;
  }
  return core::Digest::of(canonical(out)).hex();
}

namespace {

core::Digest digest_from(const json& value) {
  return core::Digest::parse("sha256:" + value.get<std::string>());
}

json image_json(const BuildRecord::Image& image) {
  json out{{"platform", image.platform.str()},
           {"manifest", descriptor_json(image.manifest)},
           {"config", descriptor_json(image.config)}};
  for (const core::Descriptor& layer : image.layers) {
    out["layers"].push_back(descriptor_json(layer));
  }
  return out;
}

BuildRecord::Image image_from(const json& object) {
  BuildRecord::Image image;
  image.platform = core::Platform::parse(object.at("platform").get<std::string>());
  image.manifest = descriptor_from(object.at("manifest"));
  image.config = descriptor_from(object.at("config"));
  for (const json& layer : object.value("layers", json::array())) {
    image.layers.push_back(descriptor_from(layer));
  }
  return image;
}

BuildRecord record_from(const json& object) {
  BuildRecord record;
  for (const json& tree : object.value("trees", json::array())) {
    record.trees.push_back({.root = tree.value("root", ""),
                            .ignore = digest_from(tree.at("ignore")),
                            .tree = digest_from(tree.at("tree"))});
  }
  record.index = descriptor_from(object.at("index"));
  for (const json& image : object.value("images", json::array())) {
    record.images.push_back(image_from(image));
  }
  record.report = core::Digest::parse(object.at("report").get<std::string>());
  record.created = object.value("created", "");
  return record;
}

}  // namespace

std::string to_json(const BuildRecord& record) {
  json out{{"index", descriptor_json(record.index)}, {"report", record.report.str()}};
  for (const BuildRecord::Tree& tree : record.trees) {
    json entry{{"ignore", tree.ignore.hex()}, {"tree", tree.tree.hex()}};
    if (!tree.root.empty()) {
      entry["root"] = tree.root;
    }
    out["trees"].push_back(std::move(entry));
  }
  for (const BuildRecord::Image& image : record.images) {
    out["images"].push_back(image_json(image));
  }
  if (!record.created.empty()) {
    out["created"] = record.created;
  }
  return with_check(std::move(out));
}

std::optional<BuildRecord> build_record_from_json(std::string_view text) {
  std::optional<json> object = checked_object(text);
  if (!object) {
    return std::nullopt;
  }
  try {
    return record_from(*object);
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const util::Error&) {
    return std::nullopt;
  }
}

std::optional<BuildRecord> find_build(const store::Store& store, const std::string& key) {
  std::optional<std::string> text = store.find_record(RecordKind::build, key);
  return text ? build_record_from_json(*text) : std::nullopt;
}

void put_build(store::Store& store, const std::string& key, const BuildRecord& record) {
  store.put_record(RecordKind::build, key, to_json(record));
}

}  // namespace cartwheel::memo

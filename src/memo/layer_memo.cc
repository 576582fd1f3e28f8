#include "memo/layer_memo.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "memo/canonical.h"
#include "memo/descriptor_json.h"
#include "util/error.h"

namespace cartwheel::memo {

using nlohmann::json;
using store::RecordKind;

std::string to_json(const LayerRecord& record) {
  json out;
  core::Descriptor blob = record.blob;
  blob.annotations.clear();
  out["blob"] = descriptor_json(blob);
  out["diff_id"] = record.diff_id.str();
  out["tar_size"] = record.tar_size;
  out["kind"] = record.kind;
  out["recipe"] = record.recipe;
  for (const LayerRecord::Package& package : record.packages) {
    json entry{{"name", package.name}, {"version", package.version}};
    if (!package.wheel.empty()) {
      entry["wheel"] = package.wheel;
    }
    out["packages"].push_back(std::move(entry));
  }
  return with_check(std::move(out));
}

namespace {

LayerRecord record_from(const json& object) {
  LayerRecord record;
  record.blob = descriptor_from(object.at("blob"));
  record.diff_id = core::Digest::parse(object.at("diff_id").get<std::string>());
  record.tar_size = object.at("tar_size").get<std::uint64_t>();
  record.kind = object.at("kind").get<std::string>();
  record.recipe = object.at("recipe").get<bool>();
  for (const json& package : object.value("packages", json::array())) {
    record.packages.push_back({package.at("name").get<std::string>(),
                               package.at("version").get<std::string>(),
                               package.value("wheel", "")});
  }
  return record;
}

}  // namespace

std::optional<LayerRecord> layer_record_from_json(std::string_view text) {
  return read_checked(text, record_from);
}

std::optional<LayerRecord> LayerMemo::find_record(const std::string& key) const {
  std::optional<std::string> text = store_.find_record(RecordKind::layer, key);
  return text ? layer_record_from_json(*text) : std::nullopt;
}

std::optional<LayerRecord> LayerMemo::find(const std::string& key) const {
  std::optional<LayerRecord> record = verify_ ? std::nullopt : find_record(key);
  if (!record) {
    return std::nullopt;
  }
  const core::Digest& blob = record->blob.digest;
  bool is_there = (record->recipe && store_.has_recipe(blob)) || store_.has(blob);
  return is_there ? record : std::nullopt;
}

void LayerMemo::put(const std::string& key, const LayerRecord& record) {
  std::optional<LayerRecord> known = verify_ ? find_record(key) : std::nullopt;
  store_.put_record(RecordKind::layer, key, to_json(record));
  if (known && *known != record) {
    std::string what = record.packages.empty() ? record.kind : record.packages.front().name;
    throw util::Error(
        util::ErrorKind::integrity,
        fmt::format("memo: layer {} ({}): the record had {}, made again it is {}; it is right now",
                    key,
                    what,
                    known->blob.digest.str(),
                    record.blob.digest.str()));
  }
}

std::optional<facts::WheelFacts> LayerMemo::find_facts(const core::Digest& wheel) const {
  std::optional<std::string> text = store_.find_record(RecordKind::facts, wheel.hex());
  if (!text) {
    return std::nullopt;
  }
  try {
    facts::WheelFacts found = facts::wheel_facts_from_json(*text);
    return found.sha256 == wheel ? std::optional(std::move(found)) : std::nullopt;
  } catch (const util::Error&) {
    return std::nullopt;
  }
}

void LayerMemo::put_facts(const facts::WheelFacts& facts,
                          const std::vector<facts::InstalledPath>& paths) {
  // Facts last: whoever finds facts finds paths.
  store_.put_record(RecordKind::paths, facts.sha256.hex(), facts::encode_paths(paths));
  store_.put_record(RecordKind::facts, facts.sha256.hex(), facts::to_json(facts));
}

std::optional<std::vector<facts::InstalledPath>> LayerMemo::find_paths(
    const core::Digest& wheel) const {
  std::optional<std::string> bytes = store_.find_record(RecordKind::paths, wheel.hex());
  if (!bytes) {
    return std::nullopt;
  }
  try {
    return facts::decode_paths(*bytes);
  } catch (const util::Error&) {
    return std::nullopt;
  }
}

}  // namespace cartwheel::memo

#include "build/build_record.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "util/error.h"

namespace cartwheel::build {

using nlohmann::json;

namespace {

json tree_json(const ScannedTree& scanned) {
  const SourceTree& source = scanned.source;
  return {{"kind", source.kind},
          {"name", source.name},
          {"from", source.from},
          {"to", source.to},
          {"include", source.include},
          {"exclude", source.exclude},
          {"without", source.without},
          {"tree", scanned.digest.hex()}};
}

SourceTree source_of(const json& tree) {
  return {.kind = tree.at("kind"),
          .name = tree.at("name"),
          .from = tree.at("from"),
          .to = tree.at("to"),
          .include = tree.at("include"),
          .exclude = tree.at("exclude"),
          .without = tree.at("without")};
}

json finding_json(const plan::Finding& finding) {
  return {{"code", finding.code},
          {"severity", static_cast<int>(finding.severity)},
          {"platform", finding.platform},
          {"package", finding.package},
          {"message", finding.message},
          {"remedy", finding.remedy}};
}

plan::Finding finding_of(const json& finding) {
  return {.code = finding.at("code"),
          .severity = static_cast<plan::Severity>(finding.at("severity").get<int>()),
          .platform = finding.at("platform"),
          .package = finding.at("package"),
          .message = finding.at("message"),
          .remedy = finding.at("remedy")};
}

json descriptor_json(const core::Descriptor& descriptor) {
  return {{"type", descriptor.media_type},
          {"digest", descriptor.digest.str()},
          {"size", descriptor.size}};
}

core::Descriptor descriptor_of(const json& descriptor) {
  return {.media_type = descriptor.at("type"),
          .digest = core::Digest::parse(descriptor.at("digest").get<std::string>()),
          .size = descriptor.at("size")};
}

json record_of(const std::vector<ScannedTree>& trees,
               const oci::BuiltIndex& index,
               const Outcome& outcome) {
  json record;
  record["trees"] = json::array();
  for (const ScannedTree& scanned : trees) {
    record["trees"].push_back(tree_json(scanned));
  }
  record["index"] = outcome.index;
  record["blobs"] = json::array();
  for (const oci::BuiltImage& image : index.images) {
    record["blobs"].push_back(descriptor_json(image.descriptor()));
    record["blobs"].push_back(descriptor_json({.media_type = std::string(core::kConfigType),
                                               .digest = image.config->digest(),
                                               .size = image.config->size()}));
    for (const oci::Layer& layer : image.image.layers) {
      record["blobs"].push_back(descriptor_json(layer.descriptor));
    }
  }
  record["platforms"] = json::array();
  for (const BuiltPlatform& platform : outcome.platforms) {
    record["platforms"].push_back({{"platform", platform.platform},
                                   {"manifest", platform.manifest},
                                   {"accelerator", platform.accelerator},
                                   {"layers", platform.layers},
                                   {"size", platform.size}});
  }
  record["findings"] = json::array();
  for (const plan::Finding& finding : outcome.findings) {
    record["findings"].push_back(finding_json(finding));
  }
  return record;
}

// The trees as they are now, or nothing when one has changed.
std::optional<std::vector<ScannedTree>> unchanged_trees(
    const json& record,
    const Inputs& inputs,
    const std::vector<std::filesystem::path>& outputs,
    store::Store& store) {
  std::vector<ScannedTree> out;
  for (const json& tree : record.at("trees")) {
    out.push_back(scan(source_of(tree), inputs.folder, outputs, store));
    if (out.back().digest.hex() != tree.at("tree").get<std::string>()) {
      return std::nullopt;
    }
  }
  return out;
}

bool outputs_hold(const json& record,
                  const std::vector<transport::Reference>& references,
                  const Ports& ports) {
  std::vector<core::Descriptor> blobs;
  blobs.reserve(record.at("blobs").size());
  for (const json& blob : record.at("blobs")) {
    blobs.push_back(descriptor_of(blob));
  }
  core::Digest index = core::Digest::parse(record.at("index").get<std::string>());
  for (const transport::Reference& reference : references) {
    if (!transport::make_sink(reference, {}, ports.progress)->holds(index, blobs)) {
      return false;
    }
  }
  return true;
}

void fill(const json& record, Outcome& outcome) {
  outcome.index = record.at("index");
  for (const json& platform : record.at("platforms")) {
    outcome.platforms.push_back({.platform = platform.at("platform"),
                                 .manifest = platform.at("manifest"),
                                 .accelerator = platform.at("accelerator"),
                                 .layers = platform.at("layers"),
                                 .size = platform.at("size")});
  }
  for (const json& finding : record.at("findings")) {
    outcome.findings.push_back(finding_of(finding));
  }
  outcome.from_memo = true;
}

// The record without its check, or a discarded value.
json read_record(const std::optional<std::string>& text) {
  json record = json::parse(text.value_or(""), nullptr, false);
  if (!record.is_object() || !record.contains("check")) {
    return json::value_t::discarded;
  }
  std::string check = record["check"].is_string() ? record["check"].get<std::string>() : "";
  record.erase("check");
  return core::Digest::of(record.dump()).hex() == check ? record : json(json::value_t::discarded);
}

}  // namespace

bool BuildRecords::answers(const Inputs& inputs,
                           const Options& options,
                           const std::vector<transport::Reference>& references,
                           const Ports& ports,
                           Outcome& outcome) const {
  json record =
      read_record(store_.find_record(store::RecordKind::build, memo_key(inputs, options)));
  if (record.is_discarded()) {
    return false;
  }
  try {
    std::optional<std::vector<ScannedTree>> trees =
        unchanged_trees(record, inputs, outputs_, store_);
    if (!trees || !outputs_hold(record, references, ports)) {
      return false;
    }
    for (const ScannedTree& tree : *trees) {
      warn_of_remarks(tree, ports.progress);
    }
    Outcome known = outcome;
    fill(record, known);
    outcome = known;
    return true;
  } catch (const json::exception&) {
    return false;  // the check held, so another version of the program wrote it
  } catch (const util::Error& error) {
    if (error.kind() == util::ErrorKind::interrupted) {
      throw;
    }
    return false;  // a tree that went away: the normal path says so
  }
}

void BuildRecords::keep(const Inputs& inputs,
                        const Options& options,
                        const std::vector<ScannedTree>& trees,
                        const oci::BuiltIndex& index,
                        const Outcome& outcome) const {
  json record = record_of(trees, index, outcome);
  std::string check = core::Digest::of(record.dump()).hex();
  record["check"] = check;
  store_.put_record(store::RecordKind::build, memo_key(inputs, options), record.dump());
}

}  // namespace cartwheel::build

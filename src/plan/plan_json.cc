#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "core/url.h"
#include "plan/report.h"
#include "util/parallel.h"
#include "util/text.h"

namespace cartwheel::plan {

using Json = nlohmann::ordered_json;

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json wheel_json(const std::optional<core::Artifact>& wheel) {
  if (!wheel) {
    return {};
  }
  std::optional<core::Digest> sha256 = wheel->sha256();
  Json json;
  json["filename"] = wheel->filename;
  json["sha256"] = sha256 ? Json(sha256->hex()) : Json();
  json["size"] = wheel->size ? Json(*wheel->size) : Json();
  json["url"] = core::Url::is_url(wheel->url) ? Json(core::Url::parse(wheel->url).str())
                                              : text_or_null(wheel->url);
  return json;
}

Json package_json(const PlannedPackage& package) {
  Json json;
  json["name"] = package.name;
  json["version"] = text_or_null(package.version);
  json["wheel"] = wheel_json(package.wheel);
  json["accelerator"] = package.accelerator ? Json(*package.accelerator) : Json();
  json["accelerator_reason"] = text_or_null(package.accelerator_reason);
  json["origin"] = origin_name(package.origin);
  json["extras"] = package.extras;
  json["root"] = package.is_root;
  json["inside_checked"] = package.inside_known;
  json["layer"] = package.layer ? Json(*package.layer) : Json();
  json["exclude"] = package.exclude;
  json["left_out"] = package.left_out ? Json{{"files", package.left_out->files},
                                             {"bytes", package.left_out->bytes}}
                                      : Json();
  return json;
}

Json finding_json(const Finding& finding) {
  Json json;
  json["code"] = finding.code;
  json["severity"] = severity_name(finding.severity);
  json["platform"] = text_or_null(finding.platform);
  json["package"] = text_or_null(finding.package);
  json["message"] = core::redacted(finding.message);
  json["remedy"] = text_or_null(finding.remedy);
  return json;
}

Json findings_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back(finding_json(finding));
  }
  return list;
}

Json layer_json(const Plan& plan, const LayerGroup& group) {
  Json json;
  json["kind"] = group.kind == LayerGroup::Kind::bucket ? "bucket" : "wheel";
  json["bucket"] = group.bucket >= 0 ? Json(group.bucket) : Json();
  json["packages"] = Json::array();
  for (std::size_t member : group.members) {
    json["packages"].push_back(plan.packages[member].name);
  }
  return json;
}

Json gpu_json(const Gpu& gpu) {
  Json json;
  json["driver"] = text_or_null(gpu.driver);
  json["driver_for_ptx"] = text_or_null(gpu.driver_for_ptx);
  json["code"] = Json::array();
  for (const GpuCode& code : gpu.code) {
    json["code"].push_back({{"package", code.package}, {"sass", code.sass}, {"ptx", code.ptx}});
  }
  return json;
}

// docs/plan-json.md, "needs".
Json needs_json(const Needs& needs) {
  Json json;
  json["checked"] = needs.checked;
  json["missing"] = Json::array();
  for (const MissingLibrary& missing : needs.missing) {
    json["missing"].push_back({{"package", missing.package},
                               {"file", text_or_null(missing.file)},
                               {"soname", missing.soname},
                               {"required", missing.required},
                               {"debian_package", text_or_null(missing.debian)}});
  }
  json["apt"] = needs.apt;
  json["library_folders"] = Json::array();
  for (const LibraryFolder& folder : needs.folders) {
    Json sonames = Json::array();
    for (const LibraryFolder::Library& library : folder.libraries) {
      sonames.push_back(library.soname);
    }
    json["library_folders"].push_back(
        {{"path", folder.path}, {"wanted_by", folder.wanted_by}, {"sonames", sonames}});
  }
  return json;
}

Json platform_json(const Plan& plan) {
  Json json;
  Total total = total_of(plan);
  if (!plan.variant.empty()) {
    json["variant"] = plan.variant;
  }
  json["platform"] = plan.target.platform.str();
  json["python"] = plan.target.python.str();
  json["glibc"] = plan.target.glibc.str();
  json["accelerator"] = text_or_null(plan.accelerator);
  json["accelerator_checked"] = plan.accelerator_checked;
  json["packages"] = Json::array();
  for (const PlannedPackage& package : plan.packages) {
    json["packages"].push_back(package_json(package));
  }
  json["layers"] = Json::array();
  for (const LayerGroup& group : plan.layers) {
    json["layers"].push_back(layer_json(plan, group));
  }
  json["without"] = Json::array();
  for (const Dropped& dropped : plan.without) {
    json["without"].push_back({{"name", dropped.name}, {"version", text_or_null(dropped.version)}});
  }
  json["total"] = {{"packages", plan.packages.size()},
                   {"wheel_bytes", total.bytes},
                   {"sizes_unknown", total.unknown}};
  json["gpu"] = gpu_json(plan.gpu);
  json["needs"] = needs_json(plan.needs);
  json["findings"] = findings_json(plan.findings);
  return json;
}

Json data_json(const PlannedData& entry) {
  return {{"source", entry.source},
          {"to", entry.to},
          {"size", entry.size ? Json(*entry.size) : Json()},
          {"files", entry.files},
          {"layers", entry.layers}};
}

Json tree_json(const PlannedTree& tree) {
  return {{"kind", tree.kind},
          {"name", tree.name},
          {"to", tree.to},
          {"bytes", tree.bytes},
          {"files", tree.files},
          {"remarks", tree.remarks}};
}

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

Json path_json(const WhyPath& path) {
  Json edges = Json::array();
  for (const WhyEdge& edge : path) {
    Json clauses = Json::array();
    for (const python::Marker::Clause& clause : edge.clauses) {
      clauses.push_back({{"text", clause.text}, {"holds", clause.holds}});
    }
    edges.push_back({{"from", edge.from},
                     {"to", edge.to},
                     {"marker", text_or_null(edge.marker)},
                     {"holds", edge.holds},
                     {"clauses", std::move(clauses)}});
  }
  return {{"holds", std::ranges::all_of(path, &WhyEdge::holds)}, {"edges", std::move(edges)}};
}

// As it stands two levels deep. No string of JSON has a line break as such.
std::string indented(const std::string& json) {
  std::string out = "\n    ";
  for (char c : json) {
    out += c;
    if (c == '\n') {
      out += "    ";
    }
  }
  return out;
}

}  // namespace

std::string why_json(const std::vector<WhyReport>& reports) {
  Json json;
  json["why"] = Json::array();
  for (const WhyReport& report : reports) {
    Json one;
    if (!report.variant.empty()) {
      one["variant"] = report.variant;
    }
    one["platform"] = report.target.platform.str();
    one["package"] = report.name;
    one["paths"] = Json::array();
    std::ranges::transform(report.paths, std::back_inserter(one["paths"]), path_json);
    json["why"].push_back(std::move(one));
  }
  return text_of(json);
}

std::string plan_json(const Report& report) {
  // The platforms are nearly all of the text, so each is written on a thread of its own.
  std::vector<std::string> platforms(report.plans.size());
  util::parallel_for(platforms.size(), util::available_threads(), [&](std::size_t i) {
    platforms[i] = indented(text_of(platform_json(report.plans[i])));
  });
  Json rest;
  rest["trees"] = Json::array();
  for (const PlannedTree& tree : report.trees) {
    if (tree.kind != "data") {
      rest["trees"].push_back(tree_json(tree));
    }
  }
  rest["data"] = Json::array();
  std::ranges::transform(report.data, std::back_inserter(rest["data"]), data_json);
  rest["findings"] = findings_json(report.common);
  return "{\n  \"platforms\": [" + util::join(platforms, ",") + "\n  ]," + text_of(rest).substr(1);
}

}  // namespace cartwheel::plan

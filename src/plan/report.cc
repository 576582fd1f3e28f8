#include "plan/report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/url.h"
#include "plan/gpu.h"
#include "util/text.h"

namespace cartwheel::plan {

namespace {

std::string layer_name(const Plan& plan, const PlannedPackage& package) {
  if (!package.layer) {
    return "";
  }
  const LayerGroup& group = plan.layers[*package.layer];
  return group.bucket >= 0
             ? fmt::format("bucket {}", group.bucket)
             : fmt::format("own{}", group.parts > 1 ? fmt::format(" ({} parts)", group.parts) : "");
}

std::string wheel_column(const PlannedPackage& package) {
  if (package.wheel) {
    std::size_t tags = package.wheel->filename.find('-', package.wheel->filename.find('-') + 1);
    return tags == std::string::npos ? package.wheel->filename
                                     : package.wheel->filename.substr(
                                           tags + 1, package.wheel->filename.size() - tags - 5);
  }
  return package.origin == Origin::missing
             ? "(none)"
             : fmt::format("(built from {})", origin_name(package.origin));
}

// Rows of cells, each column as wide as its widest cell (the last one free).
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const std::vector<std::string>& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format(" {:<{}}", row[i], widths[i]);
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string gpu_text(const Gpu& gpu) {
  std::string out;
  if (!gpu.driver.empty()) {
    out += fmt::format("  driver {} or newer{}\n",
                       gpu.driver,
                       gpu.driver_for_ptx.empty()
                           ? ""
                           : fmt::format(" ({} for code that is PTX only)", gpu.driver_for_ptx));
  }
  for (const GpuCode& code : gpu.code) {
    GpuArchitectures architectures = architectures_of(code);
    out += fmt::format("  {} has code for {}{}{}\n",
                       code.package,
                       util::join(architectures.sass, " "),
                       architectures.ptx.empty()    ? ""
                       : architectures.sass.empty() ? "PTX "
                                                    : ", PTX ",
                       util::join(architectures.ptx, " "));
  }
  return out;
}

// What is not said by a finding.
std::string needs_text(const Needs& needs) {
  if (!needs.checked) {
    return "  libraries from outside the wheels: not checked (the base or apt is not pinned, or a "
           "wheel's inside is not known)\n";
  }
  std::string out;
  if (!needs.apt.empty()) {
    out += fmt::format("  the wheels need Debian's {}\n", util::join(needs.apt, ", "));
  }
  for (const LibraryFolder& folder : needs.folders) {
    out += fmt::format(
        "  ld.so.conf gets {} for {}\n", folder.path, util::join(folder.wanted_by, ", "));
  }
  return out;
}

// What `exclude` and `without` keep out, a line each.
std::string left_out_text(const Plan& plan) {
  std::string out;
  for (const PlannedPackage& package : plan.packages) {
    if (package.exclude.empty() || (package.left_out && package.left_out->files == 0)) {
      continue;
    }
    out += fmt::format("  {} leaves out {}: {}\n",
                       package.name,
                       util::join(package.exclude, " "),
                       package.left_out ? fmt::format("{} files, {} unpacked",
                                                      package.left_out->files,
                                                      util::human_bytes(package.left_out->bytes))
                                        : "not known before its inside is (--deep looks)");
  }
  for (const Dropped& dropped : plan.without) {
    out += fmt::format("  dropped by without: {} {}\n", dropped.name, dropped.version);
  }
  return out;
}

std::string platform_text(const Plan& plan, bool colour) {
  constexpr std::size_t kWidest = 60;
  std::vector<std::vector<std::string>> rows = {
      {"package", "version", "wheel", "accelerator", "size", "layer"}};
  std::size_t unchecked = 0;
  for (const PlannedPackage& package : plan.packages) {
    std::string wheel = wheel_column(package);
    if (wheel.size() > kWidest) {
      wheel = wheel.substr(0, kWidest - 3) + "...";
    }
    bool any = package.wheel && package.wheel->filename.ends_with("-any.whl");
    std::string size =
        package.wheel && package.wheel->size ? util::human_bytes(*package.wheel->size) : "?";
    unchecked += package.inside_known ? 0 : 1;
    rows.push_back({package.name,
                    package.version.empty() ? "?" : package.version,
                    wheel,
                    package.accelerator ? *package.accelerator : (any ? "-" : "?"),
                    size,
                    layer_name(plan, package)});
  }
  Total total = total_of(plan);
  std::string out =
      fmt::format("{}{}{}{}  Python {}, glibc {}, {}{}\n",
                  colour ? "\033[1m" : "",
                  plan.variant.empty() ? "" : plan.variant + ": ",
                  plan.target.platform.str(),
                  colour ? "\033[0m" : "",
                  plan.target.python.str(),
                  plan.target.glibc.str(),
                  plan.accelerator.empty() ? "no accelerator known" : plan.accelerator,
                  plan.accelerator_checked ? "" : " as far as is known");
  out += table(rows);
  out += fmt::format(
      "  {}, {} of wheels{}, {}{}\n",
      util::count(plan.packages.size(), "package"),
      util::human_bytes(total.bytes),
      total.unknown > 0 ? fmt::format(" (and {} of unknown size)", total.unknown) : "",
      util::count(plan.layers.size(), "layer"),
      unchecked > 0 ? fmt::format("; inside not checked: {} (--deep looks)", unchecked) : "");
  return out + gpu_text(plan.gpu) + needs_text(plan.needs) + left_out_text(plan);
}

std::string tree_text(const PlannedTree& tree) {
  constexpr std::size_t kMostFiles = 20;
  std::string out =
      fmt::format("{} {} -> {}: {}, {}{}\n",
                  tree.kind,
                  tree.name,
                  tree.to,
                  util::count(tree.files.size(), "file"),
                  util::human_bytes(tree.bytes),
                  tree.kind == "data" ? " in " + util::count(tree.layers, "layer") : "");
  for (std::size_t i = 0; i < std::min(kMostFiles, tree.files.size()); ++i) {
    out += "  " + tree.files[i] + "\n";
  }
  if (tree.files.size() > kMostFiles) {
    out += fmt::format("  … and {} more (--json has them all)\n", tree.files.size() - kMostFiles);
  }
  for (const std::string& remark : tree.remarks) {
    out += "  note: " + remark + "\n";
  }
  return out;
}

}  // namespace

std::string findings_text(const std::vector<Finding>& findings, bool colour) {
  std::vector<Finding> sorted = findings;
  std::ranges::stable_sort(sorted, std::greater<>(), &Finding::severity);
  std::string out;
  for (const Finding& finding : sorted) {
    const char* paint = finding.severity == Severity::error     ? "\033[1;31m"
                        : finding.severity == Severity::warning ? "\033[33m"
                                                                : "";
    out += fmt::format("{}{}:{} {}: {}{}\n",
                       colour ? paint : "",
                       severity_name(finding.severity),
                       colour ? "\033[0m" : "",
                       finding.code,
                       finding.platform.empty() ? "" : finding.platform + ": ",
                       core::redacted(finding.message));
    if (!finding.remedy.empty()) {
      out += "  " + finding.remedy + "\n";
    }
  }
  return out;
}

std::string plan_text(const Report& report, bool colour) {
  std::string out;
  for (const Plan& plan : report.plans) {
    out += platform_text(plan, colour) + "\n";
  }
  for (const PlannedTree& tree : report.trees) {
    out += tree_text(tree);
  }
  for (const PlannedData& data : report.data) {
    if (core::Url::is_url(data.source)) {
      out += fmt::format("data {} -> {}: {}\n",
                         data.source,
                         data.to,
                         data.size ? util::human_bytes(*data.size) : "not fetched yet");
    }
  }
  std::vector<Finding> all = report.common;
  for (const Plan& plan : report.plans) {
    all.insert(all.end(), plan.findings.begin(), plan.findings.end());
  }
  if (!report.trees.empty() && !all.empty()) {
    out += "\n";
  }
  return out + findings_text(all, colour);
}

std::string why_text(const WhyReport& report) {
  std::string out = report.variant.empty() ? "" : report.variant + ": ";
  if (report.paths.empty()) {
    return out + fmt::format("{}: nothing in the lock leads to '{}'\n",
                             report.target.platform.str(),
                             report.name);
  }
  out += fmt::format("{}:\n", report.target.platform.str());
  for (const WhyPath& path : report.paths) {
    bool holds = std::ranges::all_of(path, &WhyEdge::holds);
    out += fmt::format("  {}\n", holds ? "installed by" : "not installed by");
    for (const WhyEdge& edge : path) {
      out += fmt::format(
          "    {} -> {}{}\n", edge.from, edge.to, edge.holds ? "" : "   (does not hold)");
      std::set<std::string> said;  // a marker may repeat a comparison many times
      for (const python::Marker::Clause& clause : edge.clauses) {
        if (said.insert(clause.text).second) {
          out += fmt::format("      {} {}\n", clause.holds ? "yes" : "no ", clause.text);
        }
      }
    }
  }
  return out;
}

}  // namespace cartwheel::plan

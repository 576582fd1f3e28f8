#include "build/variants.h"

#include <algorithm>

#include <fmt/format.h>

#include "transport/transport.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::build {

using util::Error;
using util::ErrorKind;

namespace {

std::vector<std::string> names_of(const settings::Loaded& loaded) {
  std::vector<std::string> names;
  for (const auto& [name, settings] : loaded.variants) {
    names.push_back(name);
  }
  return names;
}

void check_name(const std::string& name, const settings::Loaded& loaded) {
  if (loaded.variants.contains(name)) {
    return;
  }
  const std::vector<std::string> names = names_of(loaded);
  throw Error(ErrorKind::usage,
              names.empty() ? fmt::format("--variant '{}': the settings define no variants", name)
                            : fmt::format("--variant '{}': no such variant{}: wanted one of {}",
                                          name,
                                          util::did_you_mean(name, names),
                                          util::join(names, ", ")));
}

std::string with_suffix(const std::string& output, const std::string& suffix, bool is_one_of_many) {
  transport::Reference reference = transport::Reference::parse(output);
  if (reference.transport != "oci" && is_one_of_many) {
    throw Error(ErrorKind::usage,
                fmt::format("'{}': a file holds the images of one variant: name it with --variant; "
                            "with --debug there are two",
                            output));
  }
  if (reference.tag.empty() && reference.transport != "docker-archive") {
    reference.tag = transport::kDefaultTag;
  }
  if (!reference.tag.empty()) {
    reference.tag += suffix;
  }
  return reference.str();
}

}  // namespace

namespace {

std::vector<Options> chosen_variants(const Options& options, const Inputs& inputs) {
  if (options.variants.empty() && !settings::may_have_variants(inputs.pyproject, inputs.settings)) {
    return {options};
  }
  const settings::Loaded loaded = settings::load(inputs.pyproject, inputs.settings);
  std::vector<std::string> names = options.variants;
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    check_name(name, loaded);
  }
  if (names.empty()) {
    names = names_of(loaded);
  }
  std::vector<Options> out;
  for (const std::string& name : names) {
    Options one = options;
    one.variant = name;
    for (std::string& output : one.outputs) {
      output = with_suffix(output, loaded.variants.at(name).tag_suffix, names.size() > 1);
    }
    out.push_back(std::move(one));
  }
  return out.empty() ? std::vector{options} : out;
}

}  // namespace

std::vector<Options> options_of_variants(const Options& options, const Inputs& inputs) {
  std::vector<Options> out;
  for (Options& one : chosen_variants(options, inputs)) {
    out.push_back(one);
    if (options.with_debug) {
      one.debug = true;
      for (std::string& output : one.outputs) {
        output = with_suffix(output, "-debug", true);
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

settings::Loaded load_settings(const Inputs& inputs, const Options& options) {
  settings::Loaded loaded = settings::load(inputs.pyproject, inputs.settings);
  if (!options.variant.empty()) {
    check_name(options.variant, loaded);
    loaded.settings = loaded.variants.at(options.variant);
  }
  return loaded;
}

}  // namespace cartwheel::build

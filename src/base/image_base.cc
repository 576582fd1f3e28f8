#include "base/image_base.h"

#include <fmt/format.h>

#include "base/image_facts.h"
#include "base/recode.h"
#include "transport/transport.h"
#include "util/error.h"

namespace cartwheel::base {

namespace {

using util::Error;
using util::ErrorKind;
namespace fs = std::filesystem;

transport::Reference reference_of(const std::string& base, const fs::path& project) {
  transport::Reference reference = transport::Reference::parse(base);
  reference.path = (project / reference.path).string();
  return reference;
}

}  // namespace

facts::BaseFacts facts_of_reference(const std::string& base,
                                    const core::Platform& platform,
                                    const fs::path& project) {
  return facts_of_image(transport::read_image(reference_of(base, project), platform),
                        fmt::format("base '{}' for {}", base, platform.str()));
}

lock::BasePin pin_image(const std::string& base,
                        const core::Platform& platform,
                        const Context& context) {
  const transport::Reference reference = reference_of(base, context.project);
  lock::BasePin pin;
  pin.platform = platform;
  pin.kind = "image";
  pin.name = base;
  pin.digest = transport::manifest_digest(reference, platform).str();
  pin.facts = facts_of_image(transport::read_image(reference, platform), base);
  return pin;
}

oci::Image compose_image(const lock::BasePin& pin,
                         const std::string& base,
                         core::Compression compression,
                         const Context& context) {
  const transport::Reference reference = reference_of(base, context.project);
  const std::string found = transport::manifest_digest(reference, pin.platform).str();
  if (found != pin.digest) {
    throw Error(ErrorKind::refused,
                fmt::format("base '{}' for {} is not the image that cartwheel.lock pins ({}, now "
                            "{}): run 'cartwheel base pin'",
                            base,
                            pin.platform.str(),
                            pin.digest,
                            found));
  }
  oci::Image image = transport::read_image(reference, pin.platform);
  for (oci::Layer& layer : image.layers) {
    layer = in_compression(
        std::move(layer), compression, context.store, context.progress, context.verify_memo);
  }
  return image;
}

}  // namespace cartwheel::base

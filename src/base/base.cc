#include "base/base.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/composed.h"
#include "base/image_base.h"
#include "transport/transport.h"
#include "util/error.h"

namespace cartwheel::base {

namespace fs = std::filesystem;

namespace {

// The transports of a base that is an image (transport::Reference).
constexpr std::array<std::string_view, 3> kTransports = {"oci:", "oci-archive:", "docker-archive:"};

}  // namespace

bool is_image_reference(const std::string& base) {
  for (const std::string_view transport : kTransports) {
    if (base.starts_with(transport)) {
      return true;
    }
  }
  return false;
}

std::string seen_from_project(const std::string& base, const fs::path& project) {
  auto real = [](const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); };
  auto moved = [&](const fs::path& path) {
    return real(path).lexically_relative(real(project)).string();
  };
  if (is_image_reference(base)) {
    transport::Reference reference = transport::Reference::parse(base);
    if (fs::path(reference.path).is_relative()) {
      reference.path = moved(reference.path);
    }
    return reference.str();
  }
  if (is_definition_file(base) && fs::path(base).is_relative()) {
    const std::string path = moved(base);
    return path.starts_with("../") ? path : "./" + path;
  }
  return base;
}

facts::BaseFacts expected_facts(const std::string& base,
                                const core::Platform& platform,
                                const std::filesystem::path& project) {
  if (is_image_reference(base)) {
    return facts_of_reference(base, platform, project);
  }
  const Definition definition = find_definition(base, project);
  return {.glibc = definition.glibc,
          .libstdcxx = definition.libstdcxx,
          .python = definition.python_release.starts_with(definition.python + ".")
                        ? definition.python_release
                        : definition.python,
          .python_path = definition.python_path,
          .parents = composed_parents()};
}

lock::BasePin pin(const std::string& base, const core::Platform& platform, const Context& context) {
  return util::in_context(fmt::format("base '{}' for {}", base, platform.str()), [&] {
    return is_image_reference(base)
               ? pin_image(base, platform, context)
               : pin_composed(find_definition(base, context.project), platform, context);
  });
}

oci::Image compose(const lock::BasePin& pin,
                   const std::string& base,
                   core::Compression compression,
                   const Context& context) {
  if (is_image_reference(base)) {
    return compose_image(pin, base, compression, context);
  }
  return compose_debian(pin, find_definition(base, context.project), compression, context);
}

}  // namespace cartwheel::base

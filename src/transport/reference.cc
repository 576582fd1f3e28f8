#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "transport/archive_sink.h"
#include "transport/layout_sink.h"
#include "transport/transport.h"
#include "util/error.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::array<std::string_view, 3> kTransports{"oci", "oci-archive", "docker-archive"};

}  // namespace

std::string Reference::str() const {
  return transport + ":" + path + (tag.empty() ? "" : ":" + tag);
}

Reference Reference::parse(std::string_view text) {
  std::size_t colon = text.find(':');
  std::string_view name = text.substr(0, colon);
  bool known = std::ranges::find(kTransports, name) != kTransports.end();
  if (colon == std::string_view::npos || !known || colon + 1 == text.size()) {
    throw Error(
        ErrorKind::usage,
        fmt::format(
            "'{}': wanted oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME:TAG]",
            text));
  }
  Reference reference;
  reference.transport = name;
  std::string_view rest = text.substr(colon + 1);
  std::size_t tag = rest.find(':');
  reference.path = rest.substr(0, tag);
  reference.tag = tag == std::string_view::npos ? "" : rest.substr(tag + 1);
  if (reference.path.empty()) {
    throw Error(ErrorKind::usage, fmt::format("'{}': names no path", text));
  }
  return reference;
}

std::unique_ptr<ImageSink> make_sink(const Reference& reference,
                                     const SinkOptions& options,
                                     util::Progress& progress) {
  if (reference.transport == "oci") {
    return make_layout_sink(reference, options, progress);
  }
  return make_archive_sink(reference, progress);
}

}  // namespace cartwheel::transport

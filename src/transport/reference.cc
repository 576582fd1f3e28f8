#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "transport/transport.h"
#include "util/error.h"
#include "util/text.h"

namespace cartwheel::transport {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::array<std::string_view, 3> kTransports{"oci", "oci-archive", "docker-archive"};
constexpr std::string_view kForms =
    "wanted oci:DIR[:TAG], oci-archive:FILE[:TAG] or docker-archive:FILE[:NAME:TAG]";

bool is_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

// org.opencontainers.image.ref.name (image-spec, annotations.md): alphanumerics, between them one
// of "-._:@+" or "--", '/' between parts.
bool is_ref_name(std::string_view text) {
  bool after_letter = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_alphanumeric(text[i])) {
      after_letter = true;
      continue;
    }
    if (!after_letter || std::string_view("-._:@+/").find(text[i]) == std::string_view::npos) {
      return false;
    }
    if (text.substr(i).starts_with("--")) {
      ++i;
    }
    after_letter = false;
  }
  return after_letter;
}

// NAME:TAG as Docker has it; ":latest" is added to a lone NAME.
std::string docker_name(std::string_view text) {
  std::size_t colon = text.rfind(':');
  bool has_tag = colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos;
  std::string_view name = has_tag ? text.substr(0, colon) : text;
  std::string_view tag = has_tag ? text.substr(colon + 1) : "latest";
  std::string_view path =
      name.substr(name.find('/') == std::string_view::npos ? 0 : name.find('/') + 1);
  bool is_lower = std::ranges::none_of(path, [](char letter) {
    return (letter >= 'A' && letter <= 'Z') || letter == ':' || letter == '@' || letter == '+';
  });
  bool is_tag =
      tag.size() <= 128 && tag.find_first_of(":/@+") == std::string_view::npos && is_ref_name(tag);
  if (!is_lower || !is_ref_name(name) || !is_tag) {
    throw Error(ErrorKind::usage,
                fmt::format("image name '{}': wanted NAME:TAG, the name in lower case", text));
  }
  return fmt::format("{}:{}", name, tag);
}

}  // namespace

std::string Reference::str() const {
  return transport + ":" + path + (tag.empty() ? "" : ":" + tag);
}

void Reference::check_platforms(std::size_t count) const {
  if (transport == "docker-archive" && count != 1) {
    throw Error(
        ErrorKind::usage,
        fmt::format("{}: takes one platform, not {}: choose one with --platform", str(), count));
  }
}

Reference Reference::parse(std::string_view text) {
  std::size_t colon = text.find(':');
  std::string_view transport = text.substr(0, colon);
  if (colon == std::string_view::npos ||
      std::ranges::find(kTransports, transport) == kTransports.end()) {
    throw Error(ErrorKind::usage, fmt::format("'{}': {}", text, kForms));
  }
  std::string_view rest = text.substr(colon + 1);
  std::size_t end = std::min(rest.find(':'), rest.size());
  Reference reference{std::string(transport), std::string(rest.substr(0, end)), ""};
  if (reference.path.empty()) {
    throw Error(ErrorKind::usage, fmt::format("'{}' has no path: {}", text, kForms));
  }
  if (end < rest.size()) {
    reference.tag = rest.substr(end + 1);
    if (transport == "docker-archive") {
      reference.tag = docker_name(reference.tag);
    } else if (!is_ref_name(reference.tag)) {
      throw Error(
          ErrorKind::usage,
          fmt::format("'{}': tag '{}': wanted letters and digits with one of -._:@+/ between them",
                      text,
                      reference.tag));
    }
  }
  return reference;
}

}  // namespace cartwheel::transport

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/blob.h"

namespace cartwheel::transport {

// The texts of an OCI layout (image-spec, image-layout.md): oci-layout and index.json.

inline constexpr std::string_view kLayoutText = R"({"imageLayoutVersion":"1.0.0"})";
inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
inline constexpr const char* kContainerdName = "io.containerd.image.name";

// Throws Error{malformed}, Error{unsupported} for another version than 1.x.
void check_layout_text(std::string_view text, const std::string& place);

// index.json with the descriptor under that tag (its annotation kRefName) instead of what had the
// tag; everything else is kept, byte for byte in meaning. text "" is a layout without images.
// Throws Error{malformed} when it is no index.
std::string with_tag(std::string_view text,
                     const core::Descriptor& descriptor,
                     const std::string& tag,
                     const std::string& place);

// Whether index.json has this digest under this tag, with these annotations of its own.
bool has_tag(std::string_view text,
             const core::Digest& digest,
             const std::string& tag,
             const std::map<std::string, std::string>& annotations,
             const std::string& place);

}  // namespace cartwheel::transport

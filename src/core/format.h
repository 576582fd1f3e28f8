#pragma once

#include <cstdint>
#include <string_view>

namespace cartwheel::core {

// docs/formats.md: a change of any byte that a layer can hold is a new number; it stands in every
// memo key.
inline constexpr int kFormat = 1;

// mtime of everything in a layer, in seconds since 1970: 1980-01-02T00:00:00Z (docs/formats.md
// section 1).
inline constexpr std::int64_t kLayerTime = 315619200;

// What the annotations that only we define begin with.
inline constexpr std::string_view kAnnotationPrefix = "dev.cartwheel.";

// Media types (OCI image-spec, media-types.md).
inline constexpr std::string_view kIndexType = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kConfigType = "application/vnd.oci.image.config.v1+json";
inline constexpr std::string_view kLayerGzipType = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr std::string_view kLayerZstdType = "application/vnd.oci.image.layer.v1.tar+zstd";
inline constexpr std::string_view kLayerTarType = "application/vnd.oci.image.layer.v1.tar";

// How the layers that we make are compressed. splice: one gzip member, the wheel's own deflate
// streams joined (docs/formats.md section 3). zstd: level 3; its digests hold for one version of
// libzstd.
enum class Compression { splice, zstd };

}  // namespace cartwheel::core

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/blob.h"
#include "transport/transport.h"

namespace cartwheel::transport {

// The files of a layout's folder or of an archive, by path within it.
class Container {
 public:
  virtual ~Container() = default;
  // Size in bytes; nothing when there is no such file.
  virtual std::optional<std::uint64_t> find(const std::string& path) const = 0;
  // For reading at any place; Error{not_found}.
  virtual std::shared_ptr<const util::RandomAccess> open(const std::string& path) const = 0;

  // The whole text of a file; Error{not_found}, Error{malformed} beyond 64 MiB.
  std::string read(const std::string& path) const;
  // The same for the blob of a descriptor; Error{integrity} when digest or size is another.
  std::string read_blob(const core::Descriptor& descriptor) const;
};

// Throws Error{not_found} when there is no such folder or file.
std::shared_ptr<const Container> open_container(const Reference& reference);

// A blob that is a file of the container. Its bytes are checked as they are read: the Source throws
// Error{integrity} instead of ending.
std::shared_ptr<core::Blob> container_blob(std::shared_ptr<const Container> container,
                                           const std::string& path,
                                           const core::Digest& digest,
                                           std::uint64_t size);

}  // namespace cartwheel::transport

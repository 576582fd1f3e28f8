#include "layer/open_wheel.h"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel::layer {

using core::Digest;
using util::Error;
using util::ErrorKind;

namespace {

constexpr std::size_t kPiece = std::size_t{128} << 10;  // bytes read at once

// After a power cut a file of the store may be wrong (docs/formats.md section 10).
void check_digest(const std::string& place,
                  const Digest& wanted,
                  const util::File& file,
                  store::Store& store) {
  if (store.is_fresh(wanted)) {
    return;
  }
  core::Hasher hasher;
  std::vector<std::byte> buffer(kPiece);
  std::uint64_t size = file.size();
  for (std::uint64_t at = 0; at < size;) {
    util::MutableBytes piece(buffer.data(), std::min<std::uint64_t>(buffer.size(), size - at));
    file.read_at(at, piece);
    hasher.update(piece);
    at += piece.size();
  }
  if (Digest digest = hasher.finish(); digest != wanted) {
    store.remove(wanted);
    throw Error(ErrorKind::integrity,
                fmt::format("{}: wanted {}, found {}", place, wanted.str(), digest.str()));
  }
}

void open_pack(OpenWheel& wheel, const WheelLayerSpec& spec, const Services& services) {
  const WheelInput& input = *wheel.input;
  std::optional<Digest> digest = find_pack(input, spec, services.store);
  if (!digest) {
    digest = util::in_context(input.filename, [&] {
      return make_pack(*wheel.file, wheel.contents, input, spec, services);
    });
  }
  std::unique_ptr<util::File> file = services.store.find(*digest);
  if (!file) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: its .pyc files have left the store", input.filename));
  }
  check_digest(input.filename + ": its .pyc files", *digest, *file, services.store);
  wheel.pack = read_pack(*digest, *file);
  wheel.pack_file = std::move(file);
}

}  // namespace

std::unique_ptr<util::File> wheel_file(const WheelInput& wheel, const store::Store& store) {
  std::unique_ptr<util::File> file = store.find(wheel.sha256);
  if (!file) {
    throw Error(ErrorKind::not_found,
                fmt::format("{}: {} is not in the store", wheel.filename, wheel.sha256.str()));
  }
  return file;
}

bool has_bytecode(const WheelLayerSpec& spec) {
  return spec.bytecode && (!spec.part || spec.part->first == spec.part->second);
}

OpenWheel open_wheel(const WheelInput& input,
                     const WheelLayerSpec& spec,
                     const Services& services,
                     MemberReader& reader) {
  std::unique_ptr<util::File> file = wheel_file(input, services.store);
  check_digest(input.filename, input.sha256, *file, services.store);
  OpenWheel wheel;
  wheel.input = &input;
  wheel.contents = util::in_context(input.filename, [&] {
    return removing_wrong(
        input.sha256, services.store, [&] { return read_contents(*file, input, reader); });
  });
  wheel.file = std::move(file);
  if (spec.part) {
    wheel.parts = cut_into_parts(wheel.contents, spec.max_layer_size);
  }
  if (has_bytecode(spec)) {
    open_pack(wheel, spec, services);
  }
  return wheel;
}

}  // namespace cartwheel::layer

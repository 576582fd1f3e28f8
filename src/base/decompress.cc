#include "base/decompress.h"

#include <exception>
#include <memory>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::base {

namespace {

constexpr std::size_t kBuffer = std::size_t{128} << 10;

// A Source as libarchive reads it; what it throws waits until libarchive has returned.
struct Input {
  util::Source& source;
  std::vector<std::byte> buffer = std::vector<std::byte>(kBuffer);
  std::exception_ptr thrown = nullptr;
};

la_ssize_t read_input(::archive* handle, void* data, const void** buffer) {
  auto& input = *static_cast<Input*>(data);
  try {
    *buffer = input.buffer.data();
    return static_cast<la_ssize_t>(input.source.read(input.buffer));
  } catch (...) {
    input.thrown = std::current_exception();
    archive_set_error(handle, EIO, "reading failed");
    return ARCHIVE_FATAL;
  }
}

}  // namespace

void decompress(util::Source& compressed, const std::string& place, util::Sink& out) {
  Input input{compressed};
  const std::unique_ptr<::archive, decltype(&archive_read_free)> handle(archive_read_new(),
                                                                        &archive_read_free);
  const auto fail = [&] {
    if (input.thrown) {
      std::rethrow_exception(input.thrown);
    }
    const char* why = archive_error_string(handle.get());
    throw util::Error(util::ErrorKind::malformed,
                      fmt::format("{}: {}", place, why != nullptr ? why : "cannot be read"));
  };
  archive_read_support_filter_xz(handle.get());
  archive_read_support_filter_gzip(handle.get());
  archive_read_support_filter_zstd(handle.get());
  archive_read_support_format_raw(handle.get());
  archive_read_support_format_empty(handle.get());
  if (archive_read_open(handle.get(), &input, nullptr, &read_input, nullptr) != ARCHIVE_OK) {
    fail();
  }
  archive_entry* entry = nullptr;
  const int begun = archive_read_next_header(handle.get(), &entry);
  if (begun == ARCHIVE_EOF) {
    return;
  }
  if (begun != ARCHIVE_OK) {
    fail();
  }
  std::vector<std::byte> buffer(kBuffer);
  for (;;) {
    const la_ssize_t count = archive_read_data(handle.get(), buffer.data(), buffer.size());
    if (count < 0) {
      fail();
    }
    if (count == 0) {
      return;
    }
    out.write(util::Bytes(buffer).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace cartwheel::base

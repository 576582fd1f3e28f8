#include "archive/read_archive.h"

#include <clocale>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "util/error.h"

namespace cartwheel::archive {

namespace {

using util::Error;
using util::ErrorKind;

using OnEntry = std::function<void(const ReadEntry&, util::Source&)>;
using Handle = std::unique_ptr<::archive, decltype(&archive_read_free)>;

constexpr std::size_t kBuffer = std::size_t{128} << 10;

// A Source as libarchive reads it. What the Source throws waits here until libarchive has returned.
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

// libarchive loses names that the locale cannot hold, and a program's locale is "C" unless it asks
// for another one: this thread reads names as UTF-8 while it lives.
class Utf8Names {
 public:
  Utf8Names() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) {
      before_ = uselocale(locale_);
    }
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (locale_ != nullptr) {
      uselocale(before_);
      freelocale(locale_);
    }
  }

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

// One archive that libarchive reads.
class Reader {
 public:
  Reader(util::Source& source, std::string place)
      : input_{source},
        place_(std::move(place)),
        handle_(archive_read_new(), &archive_read_free) {
    if (!handle_) {
      throw Error(ErrorKind::internal, "libarchive cannot begin to read");
    }
  }
  ::archive* get() { return handle_.get(); }

  void open() { check(archive_read_open(get(), &input_, nullptr, &read_input, nullptr)); }

  // The next entry; null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(get(), &entry);
    if (result == ARCHIVE_EOF) {
      return nullptr;
    }
    check(result);
    return entry;
  }

  std::size_t read(util::MutableBytes buffer) {
    const la_ssize_t count = archive_read_data(get(), buffer.data(), buffer.size());
    if (count < 0) {
      check(static_cast<int>(count));
      return 0;
    }
    return static_cast<std::size_t>(count);
  }

  const std::string& place() const { return place_; }

 private:
  // ARCHIVE_WARN is for names that the locale cannot hold and the like; names are looked at as
  // bytes.
  void check(int result) {
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
      return;
    }
    if (input_.thrown) {
      std::rethrow_exception(input_.thrown);
    }
    const char* why = archive_error_string(get());
    throw Error(ErrorKind::malformed,
                fmt::format("{}: {}", place_, why != nullptr ? why : "cannot be read"));
  }

  Utf8Names names_;
  Input input_;
  std::string place_;
  Handle handle_;
};

// The content of the entry that a Reader stands at.
class EntrySource : public util::Source {
 public:
  explicit EntrySource(Reader& reader) : reader_(reader) {}
  std::size_t read(util::MutableBytes buffer) override { return reader_.read(buffer); }

 private:
  Reader& reader_;
};

std::string normalised(std::string_view path) {
  for (bool again = true; again;) {
    again = false;
    for (std::string_view start : {"./", "/"}) {
      if (path.starts_with(start)) {
        path.remove_prefix(start.size());
        again = true;
      }
    }
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return path == "." ? std::string() : std::string(path);
}

std::string either(const char* utf8, const char* bytes) {
  return utf8 != nullptr ? utf8 : bytes != nullptr ? bytes : "";
}

ReadEntry::Kind kind_of(archive_entry* entry) {
  switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
      return ReadEntry::Kind::directory;
    case AE_IFREG:
      return ReadEntry::Kind::file;
    case AE_IFLNK:
      return ReadEntry::Kind::symlink;
    default:
      return ReadEntry::Kind::other;
  }
}

ReadEntry describe(archive_entry* entry, const std::string& place) {
  ReadEntry out;
  const std::string path =
      either(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry));
  if (path.empty()) {
    throw Error(ErrorKind::malformed, fmt::format("{}: an entry whose name cannot be read", place));
  }
  out.path = normalised(path);
  out.mode = static_cast<unsigned>(archive_entry_perm(entry)) & 07777;
  out.uid = static_cast<unsigned>(archive_entry_uid(entry));
  out.gid = static_cast<unsigned>(archive_entry_gid(entry));
  const std::string hard_link =
      either(archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry));
  if (!hard_link.empty()) {
    out.kind = ReadEntry::Kind::hardlink;
    out.target = normalised(hard_link);
    return out;
  }
  out.kind = kind_of(entry);
  if (out.kind == ReadEntry::Kind::symlink) {
    out.target = either(archive_entry_symlink_utf8(entry), archive_entry_symlink(entry));
  } else if (out.kind == ReadEntry::Kind::file && archive_entry_size_is_set(entry) != 0) {
    out.size = static_cast<std::uint64_t>(archive_entry_size(entry));
  }
  return out;
}

// The filters that libarchive does itself; the others run a program.
void support_compression(::archive* handle) {
  archive_read_support_filter_gzip(handle);
  archive_read_support_filter_bzip2(handle);
  archive_read_support_filter_xz(handle);
  archive_read_support_filter_lzma(handle);
  archive_read_support_filter_zstd(handle);
  archive_read_support_filter_lz4(handle);
  archive_read_support_filter_compress(handle);
}

}  // namespace

void read_tar(util::Source& tar, const std::string& place, const OnEntry& on_entry) {
  Reader reader(tar, place);
  support_compression(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_empty(reader.get());
  // Names are bytes, whatever the locale says.
  archive_read_set_options(reader.get(), "hdrcharset=UTF-8");
  reader.open();
  while (archive_entry* entry = reader.next()) {
    EntrySource content(reader);
    on_entry(describe(entry, place), content);
  }
}

void decompress(util::Source& compressed, const std::string& place, util::Sink& out) {
  Reader reader(compressed, place);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_raw(reader.get());
  archive_read_support_format_empty(reader.get());
  reader.open();
  if (reader.next() == nullptr) {
    return;
  }
  EntrySource content(reader);
  util::copy(content, out);
}

void read_deb(util::Source& deb,
              const std::string& place,
              const OnEntry& on_control,
              const OnEntry& on_data) {
  Reader reader(deb, place);
  archive_read_support_format_ar(reader.get());
  reader.open();
  bool has_version = false;
  bool has_control = false;
  bool has_data = false;
  while (archive_entry* entry = reader.next()) {
    const std::string name =
        either(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry));
    EntrySource content(reader);
    if (!has_version) {
      if (name != "debian-binary" || !util::read_all(content, 64, place).starts_with("2.")) {
        throw Error(ErrorKind::malformed,
                    fmt::format("{}: wanted 'debian-binary' 2.x first, found '{}'", place, name));
      }
      has_version = true;
    } else if (name.starts_with("control.tar") && !has_control) {
      has_control = true;
      read_tar(content, fmt::format("{}: {}", place, name), on_control);
    } else if (name.starts_with("data.tar") && has_control && !has_data) {
      has_data = true;
      read_tar(content, fmt::format("{}: {}", place, name), on_data);
    } else if (!name.starts_with('_')) {
      throw Error(ErrorKind::malformed, fmt::format("{}: unexpected member '{}'", place, name));
    }
  }
  if (!has_data) {
    throw Error(ErrorKind::malformed,
                fmt::format("{}: no {}", place, has_control ? "data.tar" : "control.tar"));
  }
}

}  // namespace cartwheel::archive

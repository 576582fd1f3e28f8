#include "memo/stat_cache.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "util/bytes.h"
#include "util/error.h"
#include "util/file.h"

// The file stat/1/<sha256 of the root's absolute path> (docs/formats.md sections 8 and 10);
// integers little-endian:
//
//   cache  = "cwstat" u8 version=1  varint n, n × entry  check:sha256[32] of all before
//   entry  = varint length, path  size:u64 mtime_ns:u64 ctime_ns:u64 inode:u64 device:u64
//   sha256[32]

namespace cartwheel::memo {

using util::Error;
using util::ErrorKind;

namespace {

constexpr std::string_view kMagic = "cwstat\x01";
constexpr std::size_t kDigestSize = 32;
constexpr std::uint64_t kSecond = 1'000'000'000;  // ns
constexpr std::uint64_t kDistrust = 2 * kSecond;

std::uint64_t nanoseconds(const timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * kSecond +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(time);
}

// What tells that a file has not changed.
struct Stamp {
  std::uint64_t size = 0, mtime = 0, ctime = 0, inode = 0, device = 0;
  bool operator==(const Stamp&) const = default;

  static Stamp of(const struct stat& info) {
    return {.size = static_cast<std::uint64_t>(info.st_size),
            .mtime = nanoseconds(info.st_mtim),
            .ctime = nanoseconds(info.st_ctim),
            .inode = info.st_ino,
            .device = info.st_dev};
  }

  // Within a tick of its clock, the file system cannot tell a second change from the first.
  bool is_settled(std::uint64_t time) const {
    return mtime + kDistrust <= time && ctime + kDistrust <= time;
  }
};

struct Entry {
  Stamp stamp;
  core::Digest digest = core::Digest::of(std::string_view());
  bool is_used = false;  // by this run
};

core::Digest hash_rest(util::File& file) {
  core::Hasher hasher;
  std::vector<std::byte> buffer(128 << 10);
  while (std::size_t count = file.read(buffer)) {
    hasher.update(util::Bytes(buffer).first(count));
  }
  return hasher.finish();
}

}  // namespace

struct StatCache::State {
  State(store::Store& the_store, const std::filesystem::path& the_root)
      : store(the_store),
        root(std::filesystem::absolute(the_root).lexically_normal()),
        key(core::Digest::of(root.string()).hex()),
        folder(util::File::open(root, O_RDONLY | O_DIRECTORY)) {}

  store::Store& store;
  std::filesystem::path root;
  std::string key;
  util::File folder;
  std::unordered_map<std::string, Entry> entries;  // by relative path
  std::size_t opened = 0;
  bool is_changed = false;

  void load(std::string_view bytes);
  std::string encode() const;
  void drop_vanished();
  core::Digest read(const std::string& relative);
  void keep(const std::string& relative, const Stamp& stamp, const core::Digest& digest);
};

void StatCache::State::load(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kDigestSize || !bytes.starts_with(kMagic)) {
    return;
  }
  std::string_view body = bytes.substr(0, bytes.size() - kDigestSize);
  if (util::as_text(core::Digest::of(body).bytes()) != bytes.substr(body.size())) {
    return;
  }
  util::ByteReader reader(util::as_bytes(body).subspan(kMagic.size()), "stat cache");
  std::uint64_t count = reader.varint();
  entries.reserve(
      static_cast<std::size_t>(std::min<std::uint64_t>(count, body.size() / kDigestSize)));
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string path(util::as_text(reader.take(static_cast<std::size_t>(reader.varint()))));
    Entry entry;
    entry.stamp = {.size = reader.u64(),
                   .mtime = reader.u64(),
                   .ctime = reader.u64(),
                   .inode = reader.u64(),
                   .device = reader.u64()};
    std::array<std::byte, kDigestSize> digest{};
    std::memcpy(digest.data(), reader.take(kDigestSize).data(), kDigestSize);
    entry.digest = core::Digest::from_bytes(digest);
    entries.insert_or_assign(std::move(path), entry);
  }
}

std::string StatCache::State::encode() const {
  std::string out(kMagic);
  util::put_varint(out, entries.size());
  for (const auto& [path, entry] : entries) {
    util::put_varint(out, path.size());
    out += path;
    for (std::uint64_t value : {entry.stamp.size,
                                entry.stamp.mtime,
                                entry.stamp.ctime,
                                entry.stamp.inode,
                                entry.stamp.device}) {
      util::put_u64(out, value);
    }
    out += util::as_text(entry.digest.bytes());
  }
  out += util::as_text(core::Digest::of(out).bytes());
  return out;
}

// Another selection of the project may ask for the others again, so they stay as long as their
// files do.
void StatCache::State::drop_vanished() {
  std::erase_if(entries, [this](const auto& item) {
    return !item.second.is_used &&
           faccessat(folder.descriptor(), item.first.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
  });
}

core::Digest StatCache::State::read(const std::string& relative) {
  std::filesystem::path path = root / relative;
  int descriptor =
      openat(folder.descriptor(), relative.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    throw util::io_error(path.string(), errno);
  }
  util::File file(descriptor, path);
  ++opened;
  struct stat before {};
  if (fstat(descriptor, &before) != 0) {
    throw util::io_error(path.string(), errno);
  }
  if (!S_ISREG(before.st_mode)) {
    throw Error(ErrorKind::refused, fmt::format("{}: is no regular file", path.string()));
  }
  std::uint64_t time = now();
  core::Digest digest = hash_rest(file);
  struct stat after {};
  Stamp stamp = Stamp::of(before);
  if (stamp.is_settled(time) && fstat(descriptor, &after) == 0 && Stamp::of(after) == stamp) {
    keep(relative, stamp, digest);
  } else if (entries.erase(relative) != 0) {
    is_changed = true;
  }
  return digest;
}

void StatCache::State::keep(const std::string& relative,
                            const Stamp& stamp,
                            const core::Digest& digest) {
  entries.insert_or_assign(relative, Entry{.stamp = stamp, .digest = digest, .is_used = true});
  is_changed = true;
}

StatCache::StatCache(store::Store& store, const std::filesystem::path& root)
    : state_(std::make_unique<State>(store, root)) {
  if (std::optional<std::string> bytes = store.find_record(store::RecordKind::stat, state_->key)) {
    try {
      state_->load(*bytes);
    } catch (const Error&) {
      state_->entries.clear();  // what does not read is not there
    }
  }
}

StatCache::~StatCache() = default;

core::Digest StatCache::digest(const std::string& relative) {
  struct stat info {};
  if (fstatat(state_->folder.descriptor(), relative.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
    throw util::io_error((state_->root / relative).string(), errno);
  }
  return digest(relative, info);
}

core::Digest StatCache::digest(const std::string& relative, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: is no regular file", (state_->root / relative).string()));
  }
  auto found = state_->entries.find(relative);
  if (found != state_->entries.end() && found->second.stamp == Stamp::of(info)) {
    found->second.is_used = true;
    return found->second.digest;
  }
  return state_->read(relative);
}

void StatCache::save() {
  if (state_->is_changed) {
    state_->drop_vanished();
    state_->store.put_record(store::RecordKind::stat, state_->key, state_->encode());
    state_->is_changed = false;
  }
}

std::size_t StatCache::files_opened() const { return state_->opened; }

}  // namespace cartwheel::memo

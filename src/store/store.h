#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/blob.h"
#include "util/file.h"

namespace cartwheel::store {

// A file under way into the store: written to tmp/, invisible until commit. Dropped without commit:
// removed.
class Upload : public util::Sink {
 public:
  // Publishes under this digest; Error{integrity} when the bytes have another one (they are hashed
  // on the way).
  virtual core::Digest commit(const core::Digest& expected) = 0;
  // Publishes under the digest that the bytes have.
  virtual core::Digest commit() = 0;
  std::uint64_t size() const { return size_; }  // bytes written

 protected:
  std::uint64_t size_ = 0;
};

// A download under way: partial/<hex>, owned by flock(LOCK_EX); goes on from its length after a
// break.
class Partial {
 public:
  virtual ~Partial() = default;
  virtual std::uint64_t size() const = 0;  // bytes that are there
  virtual void append(util::Bytes data) = 0;
  virtual void restart() = 0;                        // throws away what is there
  virtual std::unique_ptr<util::Source> open() = 0;  // what is there, for hashing
  // Renames it to its blob. The caller has verified the digest over all of its bytes.
  virtual void commit(const core::Digest& digest) = 0;
};

// Records that are small files by kind and key. A key is 64 lower-case hex digits; of any other
// text (a URL, for alias) the SHA-256 is taken, so that no key is ever seen in the folder.
enum class RecordKind { layer, facts, paths, build, stat, alias, base };

// The content-addressed folder (docs/formats.md section 10). Shared by threads and by processes.
// Errors: Error{io} (disk full names the folder), Error{unsupported} for a store of another version
// or a file system without flock.
class Store {
 public:
  virtual ~Store() = default;

  virtual const std::filesystem::path& root() const = 0;

  virtual bool has(const core::Digest& digest) const = 0;
  // A blob's file, for reading at any place; null when it is not there. Touches it at most once a
  // day.
  virtual std::unique_ptr<util::File> find(const core::Digest& digest) const = 0;
  // Whether the blob's bytes were checked since this machine was started (docs/formats.md section
  // 10: after a power cut a file may be wrong, so what is older is hashed when it is used).
  virtual bool is_fresh(const core::Digest& digest) const = 0;
  virtual std::unique_ptr<Upload> begin() = 0;
  // The same for bytes in memory.
  virtual core::Digest put(std::string_view text) = 0;
  virtual void remove(const core::Digest& digest) = 0;

  // Waits while another process downloads the same; null when the blob has come meanwhile. `key`:
  // any name that is the same for the same download (the digest's hex, or a hash of the URL where
  // no digest is known).
  virtual std::unique_ptr<Partial> begin_partial(const std::string& key,
                                                 const std::optional<core::Digest>& digest) = 0;

  // A recipe (docs/formats.md section 5), by the digest of the blob that it makes.
  virtual std::optional<std::string> find_recipe(const core::Digest& blob) const = 0;
  virtual bool has_recipe(const core::Digest& blob) const = 0;
  virtual void put_recipe(const core::Digest& blob, std::string_view bytes) = 0;
  // Whether put_recipe() was called by this process: then the digest was computed of what the
  // recipe names a moment ago.
  virtual bool is_made_here(const core::Digest& blob) const = 0;

  virtual std::optional<std::string> find_record(RecordKind kind, const std::string& key) const = 0;
  virtual void put_record(RecordKind kind, const std::string& key, std::string_view text) = 0;

  // Keeps these blobs from being pruned while the lease lives.
  class Lease {
   public:
    virtual ~Lease() = default;
  };
  virtual std::unique_ptr<Lease> lease(const std::vector<core::Digest>& digests) = 0;
};

// Opens or creates the store at root (CARTWHEEL_STORE, else XDG_CACHE_HOME/cartwheel, else
// ~/.cache/cartwheel: the command line decides).
std::unique_ptr<Store> open_store(const std::filesystem::path& root);

}  // namespace cartwheel::store

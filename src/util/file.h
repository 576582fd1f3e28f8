#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "util/stream.h"

namespace cartwheel::util {

namespace fs = std::filesystem;

// An open file. Move-only; closes itself. Errors are Error{io} (not_found for ENOENT) that name the
// path.
class File : public RandomAccess {
 public:
  static File open_read(const fs::path& path);
  // Creates or truncates; mode as open(2), subject to the umask.
  static File create(const fs::path& path, unsigned mode = 0666);
  // Any open(2) flags (O_CLOEXEC is added).
  static File open(const fs::path& path, int flags, unsigned mode = 0666);
  // Takes over a descriptor; path is for messages.
  File(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() override;

  int descriptor() const { return descriptor_; }
  const fs::path& path() const { return path_; }
  std::uint64_t size() const override;
  void read_at(std::uint64_t offset, MutableBytes buffer) const override;
  std::size_t read(MutableBytes buffer);  // at the file's own position; 0 at the end
  void write(Bytes data);                 // at the file's own position, all of it
  void close();  // reports what close(2) reports (a full disk on some file systems)
  void sync();   // fdatasync(2)

 private:
  int descriptor_ = -1;
  fs::path path_;
};

class FileSink : public Sink {
 public:
  explicit FileSink(File& file) : file_(file) {}
  void write(Bytes data) override { file_.write(data); }

 private:
  File& file_;
};

class FileSource : public Source {
 public:
  explicit FileSource(const fs::path& path) : file_(File::open_read(path)) {}
  std::size_t read(MutableBytes buffer) override { return file_.read(buffer); }

 private:
  File file_;
};

// The whole text of a file; Error{malformed} beyond limit bytes.
std::string read_file(const fs::path& path, std::uint64_t limit = 1ULL << 30);
// The same, or nothing when there is no such file.
std::optional<std::string> read_file_if_present(const fs::path& path,
                                                std::uint64_t limit = 1ULL << 30);

// Writes a temporary file beside path and renames it over path, so that no reader sees a half.
// durable: fsync of file and folder before it returns.
void write_file(const fs::path& path,
                std::string_view text,
                unsigned mode = 0644,
                bool durable = false);

// A folder of our own below parent (default: TMPDIR or /tmp), removed with all its content at the
// end.
class TempDir {
 public:
  TempDir() : TempDir(fs::temp_directory_path()) {}
  explicit TempDir(const fs::path& parent, std::string_view prefix = "cartwheel-");
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace cartwheel::util

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/inflate.h"
#include "archive/zip.h"
#include "util/stream.h"

namespace cartwheel::layer {

// Reads members of zips. Holds a few hundred KiB of state; one for each thread.
class MemberReader {
 public:
  // A member's bytes as they stand in the zip, after those before them have been inflated; they
  // stay as they are until the next call. before_last: the last block of the deflate stream begins
  // behind them.
  using CompressedOut = std::function<void(util::Bytes, bool before_last)>;

  explicit MemberReader(archive::Inflater inflater = archive::Inflater::fastest);
  ~MemberReader();

  // Calls out with the member's content in pieces (at most 256 KiB, valid during the call), until
  // out gives false. strict: inflated by zlib as well (docs/formats.md section 4). Gives where the
  // deflate stream ends; nothing for a stored member and after out gave false. Throws
  // Error{malformed} when the content is broken or of another size than the directory says,
  // Error{integrity} when its CRC-32 differs; both begin with the member's name and
  // place.
  std::optional<archive::DeflateEnd> read(const util::RandomAccess& file,
                                          const archive::ZipMember& member,
                                          bool strict,
                                          const std::function<bool(util::Bytes)>& out,
                                          const CompressedOut& compressed = {});

  // The whole content; Error{refused} beyond `limit` bytes.
  std::string read_text(const util::RandomAccess& file,
                        const archive::ZipMember& member,
                        bool strict,
                        std::uint64_t limit);
  // At least the first `count` bytes (or all), unchecked.
  std::string read_beginning(const util::RandomAccess& file,
                             const archive::ZipMember& member,
                             std::size_t count);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cartwheel::layer

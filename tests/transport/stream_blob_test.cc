#include "transport/stream_blob.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "util/error.h"
#include "util/file.h"

namespace cartwheel::transport {
namespace {

// A blob that is texts and ranges of a file in turn, and knows that they are right.
class PieceBlob : public core::Blob {
 public:
  PieceBlob(const util::File& file, std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges)
      : file_(file),
        ranges_(std::move(ranges)) {}

  const core::Digest& digest() const override { return digest_; }
  std::uint64_t size() const override { return size_; }
  std::unique_ptr<util::Source> open() const override {
    throw util::Error(util::ErrorKind::internal, "is not to be read");
  }
  bool give_pieces(Pieces& out) const override {
    for (const auto& [offset, length] : ranges_) {
      out.text(util::as_bytes("between"));
      out.range(file_, offset, length);
    }
    return true;
  }
  void set_size(std::uint64_t size) { size_ = size; }

 private:
  const util::File& file_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
  core::Digest digest_ = core::Digest::of("not looked at");
  std::uint64_t size_ = 0;
};

TEST(StreamBlob, CopiesPiecesThatAreKnownToBeRight) {
  util::TempDir folder;
  std::mt19937 random(5);
  std::string content(3'000'000, ' ');
  for (char& letter : content) {
    letter = static_cast<char>(random());
  }
  util::write_file(folder.path() / "wheel", content);
  util::File wheel = util::File::open_read(folder.path() / "wheel");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  std::string wanted;
  for (std::uint64_t length :
       {1U, 100'000U, 40U, 32'767U, 32'768U, 1'000'000U, 5U, 9U, 2'000'000U}) {
    std::uint64_t offset = random() % (content.size() - length);
    ranges.emplace_back(offset, length);
    wanted += "between" + content.substr(offset, length);
  }
  PieceBlob blob(wheel, ranges);
  blob.set_size(wanted.size());
  NewFile file(folder.path());
  file.write_at(0, util::as_bytes("head"));
  stream_blob(blob, file, 4, util::silent_progress(), "test");
  file.publish(folder.path() / "out");
  EXPECT_EQ(util::read_file(folder.path() / "out"), "head" + wanted);

  blob.set_size(wanted.size() + 1);
  NewFile other(folder.path());
  EXPECT_THROW(stream_blob(blob, other, 0, util::silent_progress(), "test"), util::Error);
}

TEST(StreamBlob, SaysWhenAPieceIsCutOff) {
  util::TempDir folder;
  util::write_file(folder.path() / "wheel", std::string(100'000, 'x'));
  util::File wheel = util::File::open_read(folder.path() / "wheel");
  PieceBlob blob(wheel, {{50'000, 60'000}});
  blob.set_size(60'007);
  NewFile file(folder.path());
  EXPECT_THROW(stream_blob(blob, file, 0, util::silent_progress(), "test"), util::Error);
}

}  // namespace
}  // namespace cartwheel::transport

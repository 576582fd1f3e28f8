#include "core/digest.h"

#include <cctype>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/artifact.h"
#include "core/blob.h"
#include "util/error.h"

namespace cartwheel::core {
namespace {

// FIPS 180-4 examples.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Digest, IsSha256) {
  EXPECT_EQ(Digest::of(std::string_view("abc")).str(), std::string("sha256:") + kAbc);
  EXPECT_EQ(Digest::of(std::string_view()).hex(), kEmpty);
}

TEST(Digest, IsReadAsOciSpellsIt) {
  EXPECT_EQ(Digest::parse(std::string("sha256:") + kAbc), Digest::of(std::string_view("abc")));
  std::string upper = kAbc;
  upper[1] = 'A';
  for (const std::string& bad : {std::string(),
                                 std::string(kAbc),
                                 "sha256:" + upper,
                                 "sha256:" + std::string(63, '0'),
                                 "sha256:" + std::string(65, '0'),
                                 "sha256:" + std::string(66, '0'),
                                 "sha512:" + std::string(64, '0'),
                                 "SHA256:" + std::string(kAbc),
                                 "sha256:../" + std::string(61, '0')}) {
    EXPECT_THROW(Digest::parse(bad), util::Error) << bad;
  }
}

TEST(Digest, FromHexTakesEitherCase) {
  std::string upper = kAbc;
  for (char& letter : upper) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  EXPECT_EQ(Digest::from_hex(upper), Digest::of(std::string_view("abc")));
  EXPECT_FALSE(Digest::from_hex("abc"));
  EXPECT_FALSE(Digest::from_hex(""));
}

TEST(Hasher, TakesBytesInPieces) {
  Hasher hasher;
  hasher.update(util::as_bytes("a"));
  hasher.update({});
  hasher.update(util::as_bytes("bc"));
  Hasher moved = std::move(hasher);
  EXPECT_EQ(moved.finish().hex(), kAbc);
}

TEST(HashingSink, PassesOnWhatItHashes) {
  std::string out;
  util::StringSink next(out);
  HashingSink sink(&next);
  sink.write(util::as_bytes("ab"));
  sink.write(util::as_bytes("c"));
  EXPECT_EQ(out, "abc");
  EXPECT_EQ(sink.size(), 3U);
  EXPECT_EQ(sink.finish().hex(), kAbc);
}

TEST(Hash, IsReadWithItsAlgorithm) {
  struct Case {
    const char* algorithm;
    const char* abc;
  };
  for (const Case& c : {Case{"md5", "900150983cd24fb0d6963f7d28e17f72"},
                        {"sha256", kAbc},
                        {"sha384",
                         "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba"
                         "1e7cc2358baeca134c825a7"},
                        {"sha512",
                         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a2"
                         "74fc1a836ba3c23a3feebbd"
                         "454d4423643ce80e2a9ac94fa54ca49f"},
                        {"blake2b",
                         "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392"
                         "aab792dc252d5de4533cc95"
                         "18d38aa8dbf1925ab92386edd4009923"}}) {
    std::string text = std::string(c.algorithm) + ":" + c.abc;
    Hash hash = Hash::parse(text);
    EXPECT_EQ(hash.str(), text);
    AnyHasher hasher(hash.algorithm);
    hasher.update(util::as_bytes("abc"));
    EXPECT_EQ(hasher.finish(), hash.hex);
  }
}

TEST(Hash, RefusesOtherForms) {
  struct Case {
    std::string text;
    util::ErrorKind kind;
  };
  for (const Case& c : {Case{"", util::ErrorKind::malformed},
                        {kAbc, util::ErrorKind::malformed},
                        {"sha256:", util::ErrorKind::malformed},
                        {"sha256:abc", util::ErrorKind::malformed},
                        {"sha256:abcd", util::ErrorKind::malformed},
                        {"sha256:zz", util::ErrorKind::malformed},
                        {std::string("sha512:") + kAbc, util::ErrorKind::malformed},
                        {std::string("shake:") + kAbc, util::ErrorKind::unsupported},
                        {std::string("sha256-") + kAbc, util::ErrorKind::malformed}}) {
    try {
      Hash::parse(c.text);
      ADD_FAILURE() << c.text;
    } catch (const util::Error& error) {
      EXPECT_EQ(error.kind(), c.kind) << c.text;
    }
  }
  EXPECT_THROW(AnyHasher("crc32"), util::Error);
}

TEST(Artifact, GivesTheSha256AmongItsHashes) {
  Artifact artifact;
  EXPECT_FALSE(artifact.sha256());
  artifact.hashes = {{"md5", "900150983cd24fb0d6963f7d28e17f72"}, {"sha256", kAbc}};
  EXPECT_EQ(artifact.sha256(), Digest::of(std::string_view("abc")));
}

TEST(TextBlob, CanBeReadAgainAndAgain) {
  TextBlob blob("abc");
  EXPECT_EQ(blob.size(), 3U);
  EXPECT_EQ(blob.digest().hex(), kAbc);
  for (int i = 0; i < 2; ++i) {
    auto source = blob.open();
    EXPECT_EQ(util::read_all(*source, 10, "blob"), "abc");
  }
}

}  // namespace
}  // namespace cartwheel::core

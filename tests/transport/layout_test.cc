#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"

namespace cartwheel::transport {
namespace {

using util::ErrorKind;
namespace fs = std::filesystem;

class Layout : public testing::Test {
 protected:
  std::string at(const std::string& tag = "") const {
    return "oci:" + folder_.string() + (tag.empty() ? "" : ":" + tag);
  }
  std::string text(const std::string& path) const { return util::read_file(folder_ / path); }
  std::string blob(const core::Digest& digest) const {
    return text("blobs/sha256/" + digest.hex());
  }

  util::TempDir temp_;
  fs::path folder_ = temp_.path() / "out";
};

TEST_F(Layout, HasExactlyTheseFiles) {
  oci::BuiltIndex index = two_platforms();
  WriteResult result = sink(at("v1"))->write(index);
  EXPECT_EQ(result.blobs_written,
            8U);  // 3 layers, of which one is shared, 2 configs, 2 manifests, the index
  EXPECT_EQ(result.blobs_present, 0U);
  EXPECT_EQ(text("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_EQ(
      text("index.json"),
      R"({"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"v1"},"digest":")" +
          index.blob->digest().str() +
          R"(","mediaType":"application/vnd.oci.image.index.v1+json","size":)" +
          std::to_string(index.blob->size()) +
          R"(}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
  EXPECT_EQ(blob(index.blob->digest()), index.blob->text());
  for (const oci::BuiltImage& image : index.images) {
    EXPECT_EQ(blob(image.config->digest()), image.config->text());
    EXPECT_EQ(blob(image.manifest->digest()), image.manifest->text());
    for (const oci::Layer& layer : image.image.layers) {
      EXPECT_EQ(core::Digest::of(blob(layer.descriptor.digest)), layer.descriptor.digest);
    }
  }
  EXPECT_EQ(names_in(folder_).size(), 4U + 8U);  // no file besides: blobs, blobs/sha256, two texts
}

TEST_F(Layout, FilesHaveMode0644LessTheUmask) {
  mode_t old = umask(0027);
  sink(at())->write(one_platform());
  umask(old);
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (entry.is_regular_file()) {
      EXPECT_EQ(entry.status().permissions(), fs::perms(0640)) << entry.path();
    }
  }
}

TEST_F(Layout, TagIsLatestWhereNoneIsGiven) {
  sink(at())->write(one_platform());
  EXPECT_THAT(text("index.json"), testing::HasSubstr(R"(ref.name":"latest")"));
}

TEST_F(Layout, SecondWriteFindsEverythingPresent) {
  sink(at())->write(two_platforms());
  std::string before = text("index.json");
  struct stat first {};
  stat((folder_ / "index.json").c_str(), &first);
  WriteResult result = sink(at())->write(two_platforms());
  EXPECT_EQ(result.blobs_written, 0U);
  EXPECT_EQ(result.bytes_written, 0U);
  struct stat second {};
  stat((folder_ / "index.json").c_str(), &second);
  EXPECT_EQ(first.st_ino, second.st_ino);
}

TEST_F(Layout, OtherTagsAndUnknownMembersStay) {
  fs::create_directories(folder_);
  util::write_file(folder_ / "oci-layout", R"({"imageLayoutVersion": "1.0.0"})");
  std::string foreign =
      R"({"annotations":{"org.opencontainers.image.ref.name":"other"},"artifactType":"x/y","digest":"sha512:00",)"
      R"("mediaType":"a/b","platform":{"os":"linux","os.version":"9"},"size":5})";
  std::string twin =
      R"({"annotations":{"org.opencontainers.image.ref.name":"v1"},"digest":"sha256:00","size":1})";
  util::write_file(folder_ / "index.json",
                   R"({"schemaVersion": 2, "x-unknown": [1], "manifests": [)" + twin + "," +
                       foreign + "," + twin + "]}");
  oci::BuiltIndex index = one_platform();
  sink(at("v1"))->write(index);
  sink(at("v2"))->write(index);
  auto entry = [&](const std::string& tag) {
    return R"({"annotations":{"org.opencontainers.image.ref.name":")" + tag + R"("},"digest":")" +
           index.blob->digest().str() +
           R"(","mediaType":"application/vnd.oci.image.index.v1+json","size":)" +
           std::to_string(index.blob->size()) + "}";
  };
  EXPECT_EQ(text("index.json"),
            R"({"manifests":[)" + entry("v1") + "," + foreign + "," + entry("v2") +
                R"(],"schemaVersion":2,"x-unknown":[1]})");
}

TEST_F(Layout, BlobsGivenBeforeAreNotWrittenAgain) {
  oci::BuiltIndex index = two_platforms();
  auto out = sink(at());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const oci::BuiltImage& image : index.images) {
        for (const oci::Layer& layer : image.image.layers) {
          out->put_blob(*layer.blob);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_FALSE(fs::exists(folder_ / "index.json"));
  WriteResult result = out->write(index);
  EXPECT_EQ(result.blobs_written, 8U);
  EXPECT_TRUE(out->holds(index.blob->digest(), descriptors_of(index)));
}

TEST_F(Layout, BlobWithOtherBytesIsNotPublished) {
  struct Row {
    std::string given;
    const char* message;
  };
  for (const Row& row : {Row{"wrong", "the bytes have digest"},
                         Row{"rig", "has 3 bytes, wanted 5"},
                         Row{"right and more", "more than 5 bytes"},
                         Row{"", "has 0 bytes"}}) {
    auto out = sink(at());
    LyingBlob blob("right", row.given);
    expect_error(ErrorKind::integrity, row.message, [&] { out->put_blob(blob); });
    EXPECT_EQ(names_in(folder_), (std::vector<std::string>{"blobs", "blobs/sha256", "oci-layout"}));
    out->put_blob(LyingBlob("right", "right"));  // and it can be tried again
    EXPECT_EQ(blob.digest(), core::Digest::of(this->blob(blob.digest())));
    fs::remove_all(folder_);
  }
}

TEST_F(Layout, WriteWithALyingLayerChangesNoTag) {
  sink(at())->write(one_platform("before"));
  std::string before = text("index.json");
  oci::Image image = sample_image(kAmd64);
  image.layers[1].blob = std::make_shared<LyingBlob>(one_file_tar("contentlinux/amd64"), "x");
  oci::BuiltIndex index = oci::build_index({image}, {});
  expect_error(ErrorKind::integrity, "oci:", [&] { sink(at())->write(index); });
  EXPECT_EQ(text("index.json"), before);
  EXPECT_FALSE(fs::exists(folder_ / "blobs/sha256" / image.layers[1].descriptor.digest.hex()));
  EXPECT_FALSE(sink(at())->holds(index.blob->digest(), descriptors_of(index)));
}

TEST_F(Layout, BlobOfAnotherSizeIsReplaced) {
  oci::BuiltIndex index = one_platform();
  sink(at())->write(index);
  const core::Digest& digest = index.images[0].image.layers[0].descriptor.digest;
  util::write_file(folder_ / "blobs/sha256" / digest.hex(), "torn");
  EXPECT_FALSE(sink(at())->holds(index.blob->digest(), descriptors_of(index)));
  EXPECT_EQ(sink(at())->write(index).blobs_written, 1U);
  EXPECT_EQ(core::Digest::of(blob(digest)), digest);
  EXPECT_THAT(names_in(folder_), testing::Not(testing::Contains(testing::HasSubstr(".cartwheel"))));
}

TEST_F(Layout, HoldsOnlyWhatIsThereUnderItsTag) {
  oci::BuiltIndex index = two_platforms();
  std::vector<core::Descriptor> blobs = descriptors_of(index);
  EXPECT_FALSE(sink(at("v1"))->holds(index.blob->digest(), blobs));
  sink(at("v1"))->write(index);
  EXPECT_TRUE(sink(at("v1"))->holds(index.blob->digest(), blobs));
  EXPECT_FALSE(sink(at("v2"))->holds(index.blob->digest(), blobs));
  EXPECT_FALSE(sink(at("v1"))->holds(core::Digest::of("x"), blobs));
  for (const core::Descriptor& missing : blobs) {
    fs::path path = folder_ / "blobs/sha256" / missing.digest.hex();
    fs::rename(path, temp_.path() / "away");
    EXPECT_FALSE(sink(at("v1"))->holds(index.blob->digest(), blobs));
    fs::rename(temp_.path() / "away", path);
  }
  fs::remove(folder_ / "blobs/sha256" / index.blob->digest().hex());
  EXPECT_FALSE(sink(at("v1"))->holds(index.blob->digest(), blobs));
}

TEST_F(Layout, FolderThatIsNoLayoutIsRefusedAtOnce) {
  fs::create_directories(folder_);
  EXPECT_NO_THROW(sink(at()));  // empty
  util::write_file(folder_ / "photo.jpg", "x");
  expect_error(ErrorKind::refused, "no OCI layout", [&] { sink(at()); });
  expect_error(ErrorKind::refused, "no folder", [&] { sink(at() + "/photo.jpg"); });
  EXPECT_EQ(names_in(folder_), (std::vector<std::string>{"photo.jpg"}));
}

TEST_F(Layout, BrokenLayoutsAreRefusedAtOnce) {
  struct Row {
    std::string layout, index;
    ErrorKind kind;
    const char* message;
  };
  const std::string good = R"({"imageLayoutVersion":"1.0.0"})";
  const Row rows[] = {
      {R"({"imageLayoutVersion":"2.0.0"})", "", ErrorKind::unsupported, "version '2.0.0'"},
      {"{}", "", ErrorKind::unsupported, "version ''"},
      {"layout", "", ErrorKind::malformed, "oci-layout: is no JSON"},
      {good, "", ErrorKind::malformed, "index.json: is empty"},
      {good,
       R"({"schemaVersion":2,"manifests":[{"mediaTy)",
       ErrorKind::malformed,
       "index.json: is no JSON"},
      {good, "[]", ErrorKind::malformed, "index.json"},
      {good, "{}", ErrorKind::malformed, "index.json"},
      {good, R"({"schemaVersion":2,"manifests":{}})", ErrorKind::malformed, "'manifests'"},
      {good, R"({"schemaVersion":2,"manifests":[3]})", ErrorKind::malformed, "index.json"},
      {good,
       R"({"schemaVersion":2,"manifests":[{"annotations":{"a":1}}]})",
       ErrorKind::malformed,
       "'annotations'"},
  };
  for (const Row& row : rows) {
    fs::create_directories(folder_);
    util::write_file(folder_ / "oci-layout", row.layout);
    util::write_file(folder_ / "index.json", row.index);
    expect_error(row.kind, row.message, [&] { sink(at()); });
    EXPECT_EQ(text("index.json"), row.index);
  }
}

TEST_F(Layout, GoesOnAfterAKillBeforeTheIndex) {
  fs::create_directories(folder_ / "blobs/sha256");
  util::write_file(folder_ / "oci-layout", "");  // created, not yet written
  oci::BuiltIndex index = one_platform();
  sink(at())->write(index);
  EXPECT_EQ(text("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_TRUE(sink(at())->holds(index.blob->digest(), descriptors_of(index)));
}

TEST_F(Layout, TagsOfManyProcessesAreAllThere) {
  constexpr int kProcesses = 8;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    pid_t child = fork();
    if (child == 0) {
      try {
        for (int round = 0; round < 5; ++round) {
          std::string name = std::to_string(i) + "." + std::to_string(round);
          sink(at(name))->write(one_platform(name));
        }
        _exit(0);
      } catch (...) {
        _exit(1);
      }
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  for (int i = 0; i < kProcesses; ++i) {
    for (int round = 0; round < 5; ++round) {
      std::string name = std::to_string(i) + "." + std::to_string(round);
      oci::BuiltIndex index = one_platform(name);
      EXPECT_TRUE(sink(at(name))->holds(index.blob->digest(), descriptors_of(index))) << name;
    }
  }
}

TEST_F(Layout, DiskFullLeavesNothingHalf) {
  sink(at())->write(one_platform("before"));
  std::vector<std::string> before = names_in(folder_);
  EXPECT_TRUE(
      fails_on_full_disk([&] { sink(at())->write(one_platform(std::string(1 << 20, 'x'))); }));
  for (const std::string& name : names_in(folder_)) {
    if (name.starts_with("blobs/sha256/")) {
      EXPECT_EQ("blobs/sha256/" + core::Digest::of(text(name)).hex(), name);
    } else {
      EXPECT_THAT(before, testing::Contains(name));
    }
  }
  oci::BuiltIndex index = one_platform("before");
  EXPECT_TRUE(sink(at())->holds(index.blob->digest(), descriptors_of(index)));
}

TEST_F(Layout, SyncGivesTheSameBytes) {
  oci::BuiltIndex index = two_platforms();
  sink(at(), {.threads = 1, .sync = true})->write(index);
  std::string text_of_index = text("index.json");
  fs::remove_all(folder_);
  sink(at(), {.threads = 8})->write(index);
  EXPECT_EQ(text("index.json"), text_of_index);
}

}  // namespace
}  // namespace cartwheel::transport

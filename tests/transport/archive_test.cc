#include "sample.h"
#include "transport/tar_index.h"

namespace cartwheel::transport {
namespace {

using util::ErrorKind;
namespace fs = std::filesystem;

class Archive : public testing::Test {
 protected:
  std::string at(const std::string& transport, const std::string& tag = "") const {
    return transport + ":" + file_.string() + (tag.empty() ? "" : ":" + tag);
  }
  std::optional<std::string> member(const std::string& path) const {
    util::StringRandomAccess tar(util::read_file(file_));
    std::optional<TarIndex::Member> found = TarIndex(tar).find(path);
    if (!found) {
      return std::nullopt;
    }
    std::string text(found->size, '\0');
    tar.read_at(found->offset, std::as_writable_bytes(std::span(text.data(), text.size())));
    return text;
  }

  util::TempDir temp_;
  fs::path file_ = temp_.path() / "image.tar";
};

TEST_F(Archive, OfOnePlatformHasWhatDockerAndContainerdAskFor) {
  oci::BuiltIndex index = one_platform();
  sink(at("docker-archive", "registry.example/a/demo:1"))->write(index);
  const oci::BuiltImage& image = index.images[0];
  EXPECT_EQ(member("manifest.json"),
            R"([{"Config":"blobs/sha256/)" + image.config->digest().hex() +
                R"(","Layers":["blobs/sha256/)" + image.image.layers[0].descriptor.digest.hex() +
                R"(","blobs/sha256/)" + image.image.layers[1].descriptor.digest.hex() +
                R"("],"RepoTags":["registry.example/a/demo:1"]}])");
  EXPECT_EQ(
      member("index.json"),
      R"({"manifests":[{"annotations":{"io.containerd.image.name":"registry.example/a/demo:1",)"
      R"("org.opencontainers.image.ref.name":"1"},"digest":")" +
          index.blob->digest().str() +
          R"(","mediaType":"application/vnd.oci.image.index.v1+json","size":)" +
          std::to_string(index.blob->size()) +
          R"(}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2})");
  EXPECT_EQ(member("oci-layout"), R"({"imageLayoutVersion":"1.0.0"})");
  EXPECT_EQ(member("blobs/sha256/" + image.config->digest().hex()), image.config->text());
}

TEST_F(Archive, OfTwoPlatformsHasNoManifestJson) {
  oci::BuiltIndex index = two_platforms();
  sink(at("oci-archive"))->write(index);
  EXPECT_EQ(member("manifest.json"), std::nullopt);
  EXPECT_THAT(member("index.json").value_or(""),
              testing::HasSubstr(R"("io.containerd.image.name":"localhost/demo:latest")"));
  for (const core::Descriptor& blob : descriptors_of(index)) {
    std::optional<std::string> text = member("blobs/sha256/" + blob.digest.hex());
    EXPECT_EQ(core::Digest::of(text.value_or("")), blob.digest);
  }
}

TEST_F(Archive, NamesComeFromTagOrTitle) {
  struct Row {
    std::string transport, tag, title, name;
  };
  const Row rows[] = {
      {"oci-archive", "v1", "demo", "localhost/demo:v1"},
      {"oci-archive", "", "demo", "localhost/demo:latest"},
      {"oci-archive", "quay.io/x/y:v1", "demo", "quay.io/x/y:v1"},
      {"oci-archive", "v1", "My Demo", ""},
      {"oci-archive", "v1", "", ""},
      {"docker-archive", "", "demo", "localhost/demo:latest"},
      {"docker-archive", "x", "demo", "x:latest"},
  };
  for (const Row& row : rows) {
    std::map<std::string, std::string> annotations;
    if (!row.title.empty()) {
      annotations["org.opencontainers.image.title"] = row.title;
    }
    sink(at(row.transport, row.tag))->write(oci::build_index({sample_image(kAmd64)}, annotations));
    std::string wanted = row.name.empty() ? "[]" : "[\"" + row.name + "\"]";
    EXPECT_THAT(member("manifest.json").value_or(""), testing::HasSubstr("\"RepoTags\":" + wanted))
        << row.tag;
  }
}

TEST_F(Archive, SameIndexAndTagGiveTheSameBytes) {
  sink(at("oci-archive", "v1"), {.threads = 1})->write(two_platforms());
  std::string first = util::read_file(file_);
  file_ = temp_.path() / "other.tar";
  mode_t old = umask(0077);
  sink(at("oci-archive", "v1"), {.threads = 4, .sync = true})->write(two_platforms());
  umask(old);
  EXPECT_EQ(util::read_file(file_), first);
  EXPECT_EQ(first.size() % 512, 0U);
  EXPECT_EQ(first.substr(first.size() - 1024), std::string(1024, '\0'));
}

TEST_F(Archive, DockerArchiveOfTwoPlatformsIsRefused) {
  expect_error(ErrorKind::usage, "takes one platform", [&] {
    sink(at("docker-archive"))->write(two_platforms());
  });
  EXPECT_THAT(names_in(temp_.path()), testing::IsEmpty());
}

TEST_F(Archive, LyingBlobLeavesTheOldFile) {
  sink(at("oci-archive"))->write(one_platform("before"));
  std::string before = util::read_file(file_);
  oci::Image image = sample_image(kAmd64);
  image.layers[0].blob =
      std::make_shared<LyingBlob>(one_file_tar("shared"), one_file_tar("Shared"));
  expect_error(ErrorKind::integrity, "oci-archive:", [&] {
    sink(at("oci-archive"))->write(oci::build_index({image}, {}));
  });
  EXPECT_EQ(util::read_file(file_), before);
  EXPECT_EQ(names_in(temp_.path()), std::vector<std::string>{"image.tar"});
}

TEST_F(Archive, DiskFullLeavesTheOldFile) {
  sink(at("oci-archive"))->write(one_platform("before"));
  std::string before = util::read_file(file_);
  EXPECT_TRUE(fails_on_full_disk(
      [&] { sink(at("oci-archive"))->write(one_platform(std::string(1 << 20, 'x'))); }));
  EXPECT_EQ(util::read_file(file_), before);
  EXPECT_EQ(names_in(temp_.path()), std::vector<std::string>{"image.tar"});
}

TEST_F(Archive, HoldsOnlyAWholeFileWithTheTag) {
  oci::BuiltIndex index = one_platform();
  std::vector<core::Descriptor> blobs = descriptors_of(index);
  EXPECT_FALSE(sink(at("docker-archive", "a:1"))->holds(index.blob->digest(), blobs));
  sink(at("docker-archive", "a:1"))->write(index);
  EXPECT_TRUE(sink(at("docker-archive", "a:1"))->holds(index.blob->digest(), blobs));
  EXPECT_FALSE(sink(at("docker-archive", "b:1"))->holds(index.blob->digest(), blobs));
  EXPECT_FALSE(sink(at("docker-archive", "a:2"))->holds(index.blob->digest(), blobs));
  EXPECT_FALSE(sink(at("docker-archive", "a:1"))->holds(core::Digest::of("x"), blobs));
  blobs.push_back({"x/y", core::Digest::of("x"), 1, {}});
  EXPECT_FALSE(sink(at("docker-archive", "a:1"))->holds(index.blob->digest(), blobs));
  blobs.pop_back();
  fs::resize_file(file_, fs::file_size(file_) / 2);
  EXPECT_FALSE(sink(at("docker-archive", "a:1"))->holds(index.blob->digest(), blobs));
}

TEST_F(Archive, RefusesPlacesThatCannotBe) {
  expect_error(ErrorKind::not_found, "no folder", [&] {
    sink("oci-archive:" + (temp_.path() / "no/x.tar").string());
  });
  expect_error(
      ErrorKind::refused, "is no file", [&] { sink("oci-archive:" + temp_.path().string()); });
  expect_error(ErrorKind::refused, "is no file", [&] { sink("oci-archive:/dev/null"); });
}

}  // namespace
}  // namespace cartwheel::transport

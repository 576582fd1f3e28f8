#include <cstring>

#include <nlohmann/json.hpp>

#include "archive/tar_writer.h"
#include "sample.h"

namespace cartwheel::transport {
namespace {

using nlohmann::json;
using util::ErrorKind;
namespace fs = std::filesystem;

std::string content(const core::Blob& blob) {
  std::unique_ptr<util::Source> source = blob.open();
  return util::read_all(*source, 1 << 20, "blob");
}

// A tar as `docker save` writes it.
std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files,
                   const std::vector<std::pair<std::string, std::string>>& links = {}) {
  std::string out;
  for (const auto& [path, text] : files) {
    out +=
        archive::tar_header({path, archive::EntryKind::file, 0644, 0, 0, text.size(), ""}) + text;
    out.resize(out.size() + archive::tar_padding(text.size()), '\0');
  }
  for (const auto& [path, target] : links) {
    out += archive::tar_header({path, archive::EntryKind::symlink, 0777, 0, 0, 0, target});
  }
  return out + std::string(archive::kTarEnd, '\0');
}

class ReadImage : public testing::Test {
 protected:
  oci::Image read(const std::string& text, const core::Platform& platform = kAmd64) const {
    return read_image(Reference::parse(text), platform);
  }
  std::string layout() const { return "oci:" + folder_.string(); }
  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_ / path).parent_path());
    util::write_file(folder_ / path, text);
  }
  core::Descriptor put_blob(const std::string& type, const std::string& text) const {
    put("blobs/sha256/" + core::Digest::of(text).hex(), text);
    return {type, core::Digest::of(text), text.size(), {}};
  }
  void put_index(const std::vector<oci::ManifestRef>& refs) const {
    put("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
    put("index.json", oci::index_json({refs, {}}));
  }
  std::string file(const std::string& text) const {
    util::write_file(temp_.path() / "image.tar", text);
    return (temp_.path() / "image.tar").string();
  }

  util::TempDir temp_;
  fs::path folder_ = temp_.path() / "layout";
};

TEST_F(ReadImage, GivesWhatWasWritten) {
  oci::BuiltIndex index = two_platforms();
  oci::BuiltIndex one = one_platform();
  std::string tar = (temp_.path() / "a.tar").string();
  std::string docker = (temp_.path() / "b.tar").string();
  sink(layout() + ":v1")->write(index);
  sink("oci-archive:" + tar + ":v1")->write(index);
  sink("docker-archive:" + docker + ":demo:v1")->write(one);
  for (const std::string& reference :
       {layout() + ":v1", layout(), "oci-archive:" + tar, "oci-archive:" + tar + ":v1"}) {
    for (const oci::BuiltImage& built : index.images) {
      oci::Image image = read(reference, built.image.platform);
      EXPECT_EQ(oci::config_json(image), built.config->text());
      EXPECT_EQ(oci::manifest_json(image), built.manifest->text());
      EXPECT_EQ(content(*image.layers[1].blob), one_file_tar("content" + image.platform.str()));
      EXPECT_NO_THROW(oci::check(image));
    }
  }
  for (const std::string& reference : {"docker-archive:" + docker,
                                       "docker-archive:" + docker + ":demo:v1",
                                       "docker-archive:" + docker + ":docker.io/library/demo:v1"}) {
    oci::Image image = read(reference);
    EXPECT_EQ(oci::config_json(image), one.images[0].config->text());
    EXPECT_EQ(content(*image.layers[0].blob), one_file_tar("shared"));
    expect_error(ErrorKind::not_found, "linux/arm64", [&] { read(reference, kArm64); });
  }
}

TEST_F(ReadImage, ReadsLayoutsOfOthers) {
  oci::BuiltIndex index = two_platforms();
  sink(layout())->write(index);
  core::Descriptor amd64 = index.images[0].descriptor();
  core::Descriptor arm64 = index.images[1].descriptor();
  // manifests straight in index.json, with platforms and an attestation
  put_index({{amd64, kAmd64, ""},
             {arm64, kArm64, ""},
             {put_blob("application/json", "{}"), std::nullopt, "unknown/unknown"}});
  EXPECT_EQ(oci::manifest_json(read(layout(), kArm64)), index.images[1].manifest->text());
  // a manifest without platform: its config tells
  put_index({{arm64, std::nullopt, ""}});
  EXPECT_EQ(oci::manifest_json(read(layout(), kArm64)), index.images[1].manifest->text());
  expect_error(ErrorKind::not_found, "only: linux/arm64", [&] { read(layout(), kAmd64); });
  // an index in an index
  core::Descriptor inner =
      put_blob(std::string(core::kIndexType), oci::index_json({{{amd64, kAmd64, ""}}, {}}));
  core::Descriptor outer =
      put_blob(std::string(core::kIndexType), oci::index_json({{{inner, std::nullopt, ""}}, {}}));
  put_index({{outer, std::nullopt, ""}});
  EXPECT_EQ(oci::manifest_json(read(layout())), index.images[0].manifest->text());
}

TEST_F(ReadImage, NamesTheTagsThatThereAre) {
  sink(layout() + ":v1")->write(one_platform("1"));
  EXPECT_NO_THROW(read(layout()));
  sink(layout() + ":v2")->write(one_platform("2"));
  expect_error(ErrorKind::usage, "name a tag: v1, v2", [&] { read(layout()); });
  expect_error(ErrorKind::not_found, "no tag 'v3' (did you mean 'v1'?), only: v1, v2", [&] {
    read(layout() + ":v3");
  });
  EXPECT_EQ(content(*read(layout() + ":v2").layers[1].blob), one_file_tar("2linux/amd64"));
}

TEST_F(ReadImage, ChecksDigestsWhenBytesAreRead) {
  oci::BuiltIndex index = one_platform();
  sink(layout())->write(index);
  const core::Digest& layer = index.images[0].image.layers[1].descriptor.digest;
  std::string path = "blobs/sha256/" + layer.hex();
  std::string good = util::read_file(folder_ / path);
  std::string bad = good;
  bad[700] ^= 1;
  put(path, bad);
  oci::Image image = read(layout());
  expect_error(ErrorKind::integrity, layer.str(), [&] { content(*image.layers[1].blob); });
  put(path, good + "x");
  expect_error(ErrorKind::integrity, "bytes, wanted", [&] { read(layout()); });
  fs::remove(folder_ / path);
  expect_error(ErrorKind::not_found, path, [&] { read(layout()); });
  put(path, good);
  for (const core::Digest& digest : {index.blob->digest(),
                                     index.images[0].manifest->digest(),
                                     index.images[0].config->digest()}) {
    std::string text = util::read_file(folder_ / "blobs/sha256" / digest.hex());
    std::string changed = text;
    changed[changed.size() / 2] ^= 1;
    put("blobs/sha256/" + digest.hex(), changed);
    expect_error(ErrorKind::integrity, digest.str(), [&] { read(layout()); });
    put("blobs/sha256/" + digest.hex(), text);
  }
  EXPECT_NO_THROW(read(layout()));
}

TEST_F(ReadImage, RefusesWhatIsNoImage) {
  expect_error(ErrorKind::not_found, "no such folder", [&] { read(layout()); });
  put("x", "x");
  expect_error(ErrorKind::not_found, "oci-layout", [&] { read(layout()); });
  put_index({});
  expect_error(ErrorKind::not_found, "holds no image", [&] { read(layout()); });
  put("index.json", "{");
  expect_error(ErrorKind::malformed, "index.json", [&] { read(layout()); });
  expect_error(ErrorKind::not_found, "gone.tar", [&] {
    read("oci-archive:" + (temp_.path() / "gone.tar").string());
  });
  expect_error(ErrorKind::malformed, "tar header", [&] { read("oci-archive:" + file("no tar")); });
  expect_error(ErrorKind::not_found, "oci-layout", [&] {
    read("oci-archive:" + file(tar_of({{"a", "b"}})));
  });
  expect_error(ErrorKind::not_found, "manifest.json", [&] {
    read("docker-archive:" + file(tar_of({{"a", "b"}})));
  });
  expect_error(ErrorKind::unsupported, "compressed", [&] {
    read("docker-archive:" + file("\x1f\x8b\x08 and more"));
  });
}

TEST_F(ReadImage, PlatformOfTheIndexMustBeThatOfTheConfig) {
  oci::BuiltIndex index = one_platform();
  sink(layout())->write(index);
  put_index({{index.images[0].descriptor(), kArm64, ""}});
  expect_error(ErrorKind::malformed, "the index says linux/arm64", [&] { read(layout(), kArm64); });
}

class DockerSave : public ReadImage {
 protected:
  // As docker 20.10 writes it: two layers with the same bytes are one file and a link.
  std::string save(const std::string& layer_text,
                   const std::string& names = R"(["demo:1","demo:2"])") const {
    std::string tar = one_file_tar("docker");
    std::string id = core::Digest::of(tar).str();
    json config = {{"architecture", "amd64"},
                   {"os", "linux"},
                   {"docker_version", "20.10"},
                   {"config", {{"Env", {"A=1"}}, {"Image", ""}}},
                   {"history", {{{"created_by", "x"}}, {{"created_by", "y"}}}},
                   {"rootfs", {{"type", "layers"}, {"diff_ids", {id, id}}}}};
    std::string name = core::Digest::of(config.dump()).hex() + ".json";
    std::string manifest = R"([{"Config":")" + name + R"(","RepoTags":)" + names +
                           R"(,"Layers":["a/layer.tar","b/layer.tar"]}])";
    return file(
        tar_of({{name, config.dump()}, {"a/layer.tar", layer_text}, {"manifest.json", manifest}},
               {{"b/layer.tar", "../a/layer.tar"}}));
  }
};

TEST_F(DockerSave, IsReadWithItsPlainLayers) {
  oci::Image image = read("docker-archive:" + save(one_file_tar("docker")) + ":demo:2");
  ASSERT_EQ(image.layers.size(), 2U);
  for (const oci::Layer& layer : image.layers) {
    EXPECT_EQ(layer.descriptor.media_type, core::kLayerTarType);
    EXPECT_EQ(layer.descriptor.digest, layer.diff_id);
    EXPECT_EQ(content(*layer.blob), one_file_tar("docker"));
  }
  EXPECT_EQ(image.other.at("docker_version"), R"("20.10")");
  EXPECT_NO_THROW(oci::check(image));
}

TEST_F(DockerSave, CompressedLayerIsHashed) {
  std::string gzip = "\x1f\x8b\x08 as if";
  oci::Image image = read("docker-archive:" + save(gzip));
  EXPECT_EQ(image.layers[1].descriptor.media_type, core::kLayerGzipType);
  EXPECT_EQ(image.layers[1].descriptor.digest, core::Digest::of(gzip));
  EXPECT_EQ(content(*image.layers[1].blob), gzip);
}

TEST_F(DockerSave, WrongLayerIsFoundWhenItIsRead) {
  oci::Image image = read("docker-archive:" + save(one_file_tar("dockes")));
  expect_error(ErrorKind::integrity, "has digest", [&] { content(*image.layers[0].blob); });
}

TEST_F(DockerSave, UnknownNameIsRefusedWithThoseThatThereAre) {
  expect_error(ErrorKind::not_found, "no image 'other:1', only: demo:1, demo:2", [&] {
    read("docker-archive:" + save(one_file_tar("docker")) + ":other:1");
  });
  EXPECT_NO_THROW(read("docker-archive:" + save(one_file_tar("docker"), "null")));
}

}  // namespace
}  // namespace cartwheel::transport
